// The chat page. One tab is one person; the truth is the server's, and every message is drawn in its place by its id.
// Texts are only ever set as text: there is no way from a message to markup.

import { fieldOf, make, plain } from "/fields.js";

const $ = (id) => document.getElementById(id);

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// At most one `job` at a time; asked again meanwhile, it runs once more, and all who asked wait for that.
function oneAtATime(job) {
  let running = null;
  let again = false;
  return () => {
    again = true;
    running ??= (async () => {
      try {
        while (again) {
          again = false;
          await job();
        }
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

// ---------------------------------------------------------------------------------------------- asking the server

const NOT_ANSWERING = "The bot is not answering. It may be restarting;";

class Problem extends Error {
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status; // 0: no answer at all
  }
}

async function ask(path, body, patience = 60_000) {
  const options = { signal: AbortSignal.timeout(patience) };
  if (body) Object.assign(options, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let answer;
  let content;
  try {
    answer = await fetch(path, options);
    content = await answer.json();
  } catch {
    throw new Problem(`${NOT_ANSWERING} please try again in a moment.`, answer?.status >= 400 ? answer.status : 0);
  }
  if (!answer.ok) throw new Problem(content.problem ?? "That did not work.", answer.status);
  return content;
}

// -------------------------------------------------------------------------------------------------- telling people

let hushed = 0;

function tell(sentence, { lasting = false } = {}) {
  clearTimeout(hushed);
  if ($("status").textContent !== sentence) $("status").textContent = sentence;
  $("status").classList.toggle("trouble", lasting);
  if (sentence && !lasting) hushed = setTimeout(() => tell(""), 12_000);
}

function settle() {
  if ($("status").classList.contains("trouble")) tell("");
}

// ------------------------------------------------------------------------------------------------------------ time

const formatter = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
const DAY = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const HOUR = formatter({ hour: "2-digit", minute: "2-digit" });
const BRIEF = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
const CLOCK = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };

// The parts are put together here: browsers differ over commas.
function written(moment, format) {
  return Object.fromEntries(format.formatToParts(new Date(moment)).map((part) => [part.type, part.value]));
}

function dayOf(moment) {
  const day = written(moment, DAY);
  return `${day.weekday} ${day.day} ${day.month} ${day.year}`;
}

function hourOf(moment) {
  const time = written(moment, HOUR);
  return `${time.hour}:${time.minute}`;
}

function showClock({ now, zone }) {
  const at = written(now, formatter({ ...CLOCK, timeZone: zone }));
  const place = zone.split("/").at(-1).replaceAll("_", " ");
  const text = `${at.weekday} ${at.day} ${at.month} ${at.year}, ${at.hour}:${at.minute} (${place})`;
  if ($("time").textContent !== text) $("time").textContent = text;
  $("time").dateTime = now;
  const brief = written(now, formatter({ ...BRIEF, timeZone: zone }));
  $("hour").replaceChildren(`${brief.day} ${brief.month}`, make("span", { class: "exactly" }, `, ${brief.hour}:${brief.minute}`));
  return text;
}

for (const button of $("clock").querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    const bar = $("clock");
    if (bar.ariaBusy === "true") return;
    const buttons = [...bar.querySelectorAll("button")];
    bar.ariaBusy = "true";
    for (const other of buttons) other.ariaDisabled = "true";
    button.classList.add("working");
    tell("The clock is moving…", { lasting: true });
    try {
      tell(`The bot’s clock is now ${showClock(await ask("/api/clock", { step: button.dataset.step }, 600_000))}.`);
    } catch (problem) {
      tell(problem.message);
    } finally {
      bar.ariaBusy = "false";
      for (const other of buttons) other.ariaDisabled = "false";
      button.classList.remove("working");
      look();
    }
  });
}

// On a small screen the clock and who else has news are behind a button.
function unfold(open) {
  $("more").ariaExpanded = String(open);
  $("tools").classList.toggle("open", open);
}

$("more").addEventListener("click", () => unfold($("more").ariaExpanded !== "true"));

document.addEventListener("pointerdown", (event) => $("tools").parentElement.contains(event.target) || unfold(false));

$("tools").parentElement.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) unfold(false);
});

$("tools").parentElement.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || $("more").ariaExpanded !== "true") return;
  if ($("tools").contains(document.activeElement)) $("more").focus();
  unfold(false);
});

// ---------------------------------------------------------------------------------------------------------- people

const NEWCOMER = "+"; // no user's id: what the page's own option is called
let people = [];
let me = "";

function titleOf(person) {
  const unread = person.unread ? ` (${person.unread})` : "";
  return plain(person.name) + (person.note ? ` · ${plain(person.note)}` : "") + unread;
}

const lookAtPeople = oneAtATime(async () => {
  people = (await ask("/api/people")).people;
  showPeople();
});

function showPeople() {
  const wanted = [["", "Choose…"], ...people.map((person) => [person.id, titleOf(person)]), [NEWCOMER, "New person…"]];
  const options = [...$("who").options];
  if (wanted.length === options.length && wanted.every(([id], i) => options[i].value === id)) {
    wanted.forEach(([, title], i) => options[i].text !== title && (options[i].text = title));
  } else {
    $("who").replaceChildren(...wanted.map(([id, title]) => new Option(title, id)));
    $("who").value = $("newcomer").hidden ? me : NEWCOMER;
  }
  showOthers();
  showTitle();
  if (!me) showFaces();
}

function linkTo(person, ...children) {
  const link = make("a", { href: `/?as=${encodeURIComponent(person.id)}` }, ...children);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    become(person.id, { focus: true });
  });
  return link;
}

function showOthers() {
  const waiting = people.filter((person) => person.unread && person.id !== me);
  const shown = waiting.slice(0, 4);
  const nav = $("others");
  nav.hidden = !me || !waiting.length;
  const links = shown.map((person) => ({
    key: `person ${person.id}`,
    was: titleOf(person),
    make: () => linkTo(person, make("bdi", {}, person.name), " ", make("span", { class: "count" }, `${person.unread}`)),
  }));
  const more = waiting.length - shown.length;
  if (more) links.push({ key: "more", was: `${more}`, make: () => make("span", {}, `and ${more} more`) });
  const count = me ? waiting.reduce((sum, person) => sum + person.unread, 0) : 0;
  if ($("elsewhere").textContent !== (count ? `${count} unread for others` : "")) {
    const mark = [make("span", { class: "count" }, `${count}`), make("span", { class: "aside" }, " unread for others")];
    $("elsewhere").replaceChildren(...(count ? mark : []));
  }
  links.unshift({ key: "what", was: "", make: () => make("span", {}, "Unread for") });
  keepingFocus(nav, $("who"), () => inPlace(nav, links));
}

function showFaces() {
  const faces = people.slice(0, 12).map((person) => ({
    key: person.id,
    was: titleOf(person),
    make: () =>
      make("li", {}, linkTo(
        person,
        make("bdi", {}, person.name),
        make("small", {}, person.note || "no role yet", person.unread ? ` · ${person.unread} unread` : ""),
      )),
  }));
  const newcomer = () => {
    const button = make("button", { type: "button" }, "New person…");
    button.addEventListener("click", askName);
    return make("li", {}, button);
  };
  keepingFocus($("faces"), $("who"), () => inPlace($("faces"), [...faces, { key: NEWCOMER, was: "", make: newcomer }]));
}

function showTitle() {
  const person = people.find(({ id }) => id === me);
  const unread = person?.unread ? `(${person.unread}) ` : "";
  document.title = person ? `${unread}${plain(person.name)} · Speedmentor` : "Speedmentor";
}

function askName() {
  unfold(false);
  $("who").value = NEWCOMER;
  $("newcomer").hidden = false;
  $("newcomer-name").value = "";
  $("newcomer-name").focus();
}

$("who").addEventListener("change", () => ($("who").value === NEWCOMER ? askName() : become($("who").value)));

$("newcomer-cancel").addEventListener("click", () => {
  $("newcomer").hidden = true;
  $("who").value = me;
  $("who").focus();
});

$("newcomer").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { person } = await ask("/api/people", { name: $("newcomer-name").value });
    await lookAtPeople();
    become(person, { focus: true });
  } catch (problem) {
    tell(problem.message);
  }
});

// ---------------------------------------------------------------------------------------------------- conversation

const drafts = new Map(); // what each person has half written
let nodes = new Map(); // message id → its node
let version = 0;
let newest = 0; // id of the bot's latest message drawn
let seen = 0; // id up to which this tab has said "read"

function become(person, { focus = false, remember = true } = {}) {
  drafts.set(me, $("message").value);
  me = person;
  if (remember) history.pushState(null, "", person ? `/?as=${encodeURIComponent(person)}` : "/");
  $("newcomer").hidden = true;
  unfold(false);
  $("who").value = person;
  $("message").value = drafts.get(person) ?? "";
  $("welcome").hidden = Boolean(person);
  for (const part of ["log", "composer", "to-newest", "to-composer"]) $(part).hidden = !person;
  tell("");
  forget();
  showPending();
  showPeople();
  fit();
  if (focus) (person ? $("message") : $("who")).focus();
  return look();
}

function forget() {
  nodes = new Map();
  version = newest = seen = 0;
  $("messages").replaceChildren();
  $("latest").hidden = true;
  $("hush").hidden = true;
}

const look = oneAtATime(async () => {
  lookAtPeople().catch(() => {});
  if (!me) return;
  const history = nodes;
  try {
    const news = await ask(`/api/messages?person=${encodeURIComponent(me)}&after=${version}`);
    if (history !== nodes) return; // somebody else by now, who has asked already
    if (news.version < version) {
      forget(); // another history: the demo was begun anew
      look();
      return;
    }
    draw(news.messages, version === 0);
    version = news.version;
    markRead();
  } catch (problem) {
    tell(`${NOT_ANSWERING} this page will catch up by itself.`, { lasting: true });
  }
});

async function markRead() {
  if (document.visibilityState !== "visible" || newest <= seen) return;
  const [person, upto] = [me, newest];
  seen = newest;
  try {
    await ask("/api/read", { person, upto });
  } catch {
    if (person === me) seen = 0; // said again with the next look
  }
}

let answering = null; // the card that was pressed last
let pinned = true; // whether the end of the conversation was in sight when it was last drawn or scrolled

function atItsEnd() {
  const log = $("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
}

function draw(messages, whole) {
  drawIn($("log"), messages, whole);
  pinned = atItsEnd();
}

function drawIn(log, messages, whole) {
  const hold = whole ? () => {} : holdStill();
  const halfFilled = [...(inUse()?.querySelectorAll(".field") ?? [])].some((field) => field.typed);
  const atEnd = atItsEnd() && !halfFilled; // nothing takes away what somebody is filling in
  const fresh = [];
  let redrawn = null;
  const before = newest;
  log.ariaBusy = whole ? "true" : "false"; // a whole history is not read aloud
  for (const message of messages) {
    const node = nodes.get(message.id);
    if (node) {
      redraw(node, message);
      if (node === answering) redrawn = node;
    } else {
      fresh.push(...begin(message, fresh.at(-1) ?? $("messages").lastElementChild));
    }
    if (!message.mine) newest = Math.max(newest, message.id);
  }
  $("messages").append(...fresh);
  $("hush").hidden = nodes.size > 0;
  hold();
  rove();
  showPending();
  if (whole) requestAnimationFrame(() => (log.ariaBusy = "false"));
  if (redrawn && !whole && newest === before) {
    answering = null;
    bringIntoSight(redrawn); // the answer to a press on an older card is where that card is
    if (inUse() === redrawn && !inSight(document.activeElement)) redrawn.focus({ preventScroll: true });
    return;
  }
  const mine = messages.some((message) => message.mine && message.body.pressed === undefined);
  if (whole || (fresh.length && (atEnd || mine))) {
    const first = whole ? [...nodes.values()].findLast((node) => node.body.pressed === undefined) : fresh[0];
    log.scrollTop = Math.min(log.scrollHeight, (first?.offsetTop ?? 0) - 24); // a tall card is shown from its beginning
  } else if (newest > before) {
    $("latest").hidden = false;
  } else if (messages.length && atEnd && !inUse()) {
    log.scrollTop = log.scrollHeight;
  }
}

// Return what puts the conversation back to where it stands now: what has the focus, else what is topmost in sight.
function holdStill() {
  const log = $("log");
  const used = inUse();
  const card = used && inSight(used) ? used : [...nodes.values()].find(inSight);
  const marks = [used && card === used ? document.activeElement : null, card].filter(Boolean);
  const tops = marks.map((mark) => mark.getBoundingClientRect().top);
  return () => {
    const n = marks.findIndex((mark) => log.contains(mark));
    if (n >= 0) log.scrollTop += marks[n].getBoundingClientRect().top - tops[n];
  };
}

function inSight(node) {
  const [box, frame] = [node.getBoundingClientRect(), $("log").getBoundingClientRect()];
  return box.bottom > frame.top && box.top < frame.bottom;
}

function bringIntoSight(node) {
  const log = $("log");
  const [top, bottom] = [node.offsetTop - 16, node.offsetTop + node.offsetHeight + 16];
  if (top < log.scrollTop || bottom - top > log.clientHeight) log.scrollTop = top;
  else if (bottom > log.scrollTop + log.clientHeight) log.scrollTop = bottom - log.clientHeight;
}

// Return the message's new node, after a line with its day where the day changes from `before`.
function begin(message, before) {
  const day = dayOf(message.at);
  const node = make("article", { class: message.mine ? "message mine" : "message", tabindex: -1, "data-day": day });
  node.dataset.id = message.id;
  node.dataset.event = message.event;
  nodes.set(message.id, node);
  redraw(node, message);
  return before?.dataset.day === day ? [node] : [make("p", { class: "day", "data-day": day }, day), node];
}

function redraw(node, message) {
  const again = node.childElementCount > 0;
  const used = again && node.contains(document.activeElement);
  const asked = asksOf(node.body);
  noteWhatIsNew(node, message.body);
  node.body = message.body;
  node.classList.toggle("settled", !message.mine && isSettled(message.body));
  keepingFocus(node, node, () => inPlace(node, message.mine ? ownParts(message) : cardParts(node, message)));
  node.setAttribute("aria-labelledby", nameOf(node));
  setBusy(node, node.ariaBusy === "true");
  reach(node, node.reached);
  if (!again) return;
  const others = asksOf(message.body) !== "" && asksOf(message.body) !== asked;
  if (used && others && node === answering) node.focus({ preventScroll: true }); // other questions, from their beginning
  delete node.dataset.redrawn;
  void node.offsetWidth; // so that the animation begins anew
  node.dataset.redrawn = "";
}

// A card that was pressed and asks the same again says first why: what was put above its words is a note, read out at
// once; and once more if nothing has changed.
function noteWhatIsNew(node, body) {
  const [old, again] = [node.body, node === answering && asksOf(body) !== "" && asksOf(body) === asksOf(node.body)];
  const same = (part) => JSON.stringify(old?.[part]) === JSON.stringify(body[part]);
  if (again && ["text", "facts", "buttons"].every(same)) {
    node.notes ||= 1;
    node.times += 1;
  } else if (!same("text")) {
    const was = paragraphsOf(old?.text ?? "");
    node.notes = again ? Math.max(paragraphsOf(body.text).findIndex((paragraph) => was.includes(paragraph)), 0) : 0;
    node.times = 0;
  }
}

const asksOf = (card) => (card?.fields ?? []).map(({ name }) => name).join();
const paragraphsOf = (text) => text.split(/\n{2,}/).filter((paragraph) => paragraph.trim());

// Nothing to press and nothing to fill in, only what became of it.
function isSettled({ title, text, facts, fields, buttons, files }) {
  if ([facts, fields, buttons, files].some((part) => part.length)) return false;
  const lines = text.split("\n");
  return lines.at(-1).startsWith("✓ ") && (title !== "" || lines.length > 1) && text.length < 400;
}

// Return the id of the words that name a message: its title, else how it begins.
function nameOf(node) {
  const name = node.querySelector("h2, .text p, .pressed");
  name.id = `name-${node.dataset.id}`;
  return name.id;
}

// Run `change`; if it took away what had the focus, give it to what came in its place, else to `fallback`.
function keepingFocus(parent, fallback, change) {
  const active = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.closest("[data-key]")?.dataset.key;
  const code = active?.dataset.code;
  change();
  if (!active || parent.contains(document.activeElement)) return;
  const part = [...parent.querySelectorAll("[data-key]")].find((other) => other.dataset.key === key);
  const takers = part ? [part, ...part.querySelectorAll("*")].filter((taker) => taker.matches("a, button, input, select, textarea")) : [];
  (takers.find((taker) => taker.dataset.code === code) ?? takers[0] ?? fallback).focus({ preventScroll: true });
}

// Make `parent`'s children these `parts`, in this order, touching only what changed: focus and half-typed words stay.
function inPlace(parent, parts) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const keys = new Set(parts.map((part) => part.key));
  for (const [key, child] of old) if (!keys.has(key)) child.remove();
  let next = parent.firstElementChild;
  for (const part of parts) {
    let child = old.get(part.key);
    if (!child || child.was !== part.was) {
      const fresh = part.make();
      fresh.dataset.key = part.key;
      fresh.was = part.was;
      if (child?.kind && child.kind === fresh.kind && (child.typed || child.given === fresh.given)) {
        fresh.write(child.read());
        fresh.typed = child.typed;
      }
      if (child) {
        if (next === child) next = child.nextElementSibling;
        child.remove();
      }
      child = fresh;
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

function ownParts({ body, at }) {
  const said = body.pressed === undefined;
  return [
    { key: "own", was: "", make: () => (said ? texts(body.text, "You said:") : make("p", { class: "pressed", dir: "auto" }, `You pressed: ${body.pressed}`)) },
    { key: "at", was: at, make: () => timeOf(at) },
  ];
}

function timeOf(at) {
  return make("p", { class: "at" }, make("time", { datetime: at }, hourOf(at)));
}

// The first `notes` paragraphs are read out at once.
function texts(text, who, notes = 0) {
  const node = make("div", { class: "text" }, make("span", { class: "aside" }, who));
  const parts = paragraphsOf(text).map(linesOf);
  if (notes) node.append(make("div", { class: "note", role: "alert" }, ...parts.splice(0, notes).flat()));
  node.append(...parts.flat());
  return node;
}

// Lines that begin with a dot are a list.
function linesOf(paragraph) {
  const parts = [];
  for (const line of paragraph.split("\n")) {
    const item = line.startsWith("• ");
    const last = parts.at(-1);
    if (item === (last?.localName === "ul")) {
      last ? last.append(item ? make("li", { dir: "auto" }, line.slice(2)) : `\n${line}`) : parts.push(make("p", { dir: "auto" }, line));
    } else {
      parts.push(item ? make("ul", { class: "list" }, make("li", { dir: "auto" }, line.slice(2))) : make("p", { dir: "auto" }, line));
    }
  }
  return parts;
}

function cardParts(node, message) {
  const card = message.body;
  const parts = [];
  const add = (key, was, maker) => parts.push({ key, was: JSON.stringify(was), make: maker });
  add("text", [card.title, card.text, node.notes, node.times], () => {
    const text = texts(card.text, "The bot said:", node.notes);
    if (card.title) text.querySelector(".aside").after(make("h2", { dir: "auto" }, card.title));
    return text;
  });
  if (card.facts.length) {
    add("facts", card.facts, () =>
      make("dl", {}, ...card.facts.map((fact) => make("div", {}, make("dt", { dir: "auto" }, fact.label), make("dd", { dir: "auto" }, fact.value)))),
    );
  }
  for (const field of card.fields) add(`field ${field.name}`, field, () => fieldOf(node, field));
  if (card.buttons.length) {
    const solid = card.fields.length > 0; // a form's first button sends it; among answers none is preferred
    add("buttons", [card.buttons, solid], () => {
      const row = make("div", { class: solid ? "buttons form" : "buttons" });
      card.buttons.forEach((button, n) => row.append(buttonOf(node, button, `button ${button.action} ${button.value} ${n}`)));
      return row;
    });
  }
  if (card.files.length) {
    add("files", card.files, () =>
      make("ul", { class: "files" }, ...card.files.map((file, n) => {
        const query = new URLSearchParams({ person: me, message: message.id, n });
        return make("li", {}, make("a", { href: `/api/file?${query}`, download: file.name }, make("bdi", {}, file.name)));
      })),
    );
  }
  add("at", message.at, () => timeOf(message.at));
  return parts;
}

// --------------------------------------------------------------------------------------------------- fields, buttons

function buttonOf(node, button, key) {
  if (button.url) {
    return make("a", { class: "button", href: button.url, target: "_blank", rel: "noopener noreferrer", "data-key": key, dir: "auto" }, button.label);
  }
  const pressed = make("button", { type: "button", "data-key": key, dir: "auto" }, button.label);
  pressed.addEventListener("click", () => press(node, button, pressed));
  return pressed;
}

async function press(node, button, pressed) {
  if (node.ariaBusy === "true") return;
  const fields = [...node.querySelectorAll(".field")];
  const broken = fields.map((field) => field.broken?.()).find(Boolean);
  if (broken) {
    tell("One of the dates or numbers is not complete. Please finish it or clear it.");
    broken.focus();
    return;
  }
  const answers = fields.map((field) => [field.dataset.key.slice("field ".length), field.read()]);
  const event = {
    kind: "pressed",
    action: button.action,
    value: button.value,
    label: button.label.slice(0, 200),
    fields: Object.fromEntries(answers),
    card: node.dataset.id,
  };
  for (const field of fields) field.typed = false; // sent: from here on the bot's word counts
  answering = node;
  setBusy(node, true);
  pressed.classList.add("working");
  pressed.ariaBusy = "true";
  const settled = resend(event) ?? send(event);
  node.waits = settled;
  await settled;
  if (node.waits === settled) setBusy(node, false);
}

// Not `disabled`: that would take the focus away.
function setBusy(node, busy) {
  node.ariaBusy = String(busy);
  for (const button of node.querySelectorAll("button")) {
    button.ariaDisabled = String(busy);
    if (busy) continue;
    button.classList.remove("working");
    button.removeAttribute("aria-busy");
  }
}

// --------------------------------------------------------------------------------------------------------- sending

// What this tab has still to send, oldest first. Each event keeps its id from before the first attempt, so that it
// happens once however often it is sent; session storage keeps it over a reload.
const OUTBOX = "speedmentor.outbox";
const ATTEMPTS = 4; // where the bot answers that it failed; where it does not answer, there is no limit
const outbox = JSON.parse(sessionStorage.getItem(OUTBOX) ?? "[]");
const sent = new Map(); // event id → what to call once it is settled
let hurry = () => {};
let flying = null; // the id of the event that is on its way now

function send(event) {
  const whole = { id: crypto.randomUUID(), person: me, ...event };
  outbox.push(whole);
  sessionStorage.setItem(OUTBOX, JSON.stringify(outbox));
  showPending();
  const settled = new Promise((done) => sent.set(whole.id, done));
  deliver();
  return settled;
}

// What was pressed on a card and waits to be sent again goes at once if it is pressed again, and gives way to another
// press. Return when it is settled, or nothing if nothing waits.
function resend(event) {
  const waiting = outbox.find((other) => onSameCard(other, { ...event, person: me }));
  if (!waiting) return undefined;
  const { id, person } = waiting;
  if (JSON.stringify(waiting) === JSON.stringify({ id, person, ...event })) {
    const settled = new Promise((done) => sent.set(id, done));
    hurry();
    return settled;
  }
  const settled = send(event);
  if (id !== flying) drop(waiting);
  hurry();
  return settled;
}

const onSameCard = (one, other) => one.kind === "pressed" && one.card === other.card && one.person === other.person;

function drop(event) {
  outbox.splice(outbox.indexOf(event), 1);
  sessionStorage.setItem(OUTBOX, JSON.stringify(outbox));
  sent.get(event.id)?.();
  sent.delete(event.id);
}

// The buttons of a card whose press could not be sent work again.
function release(event) {
  const node = event.person === me && event.kind === "pressed" ? nodes.get(Number(event.card)) : null;
  if (node) setBusy(node, false);
}

const deliver = oneAtATime(async () => {
  let failed = 0;
  while (outbox.length) {
    const [event] = outbox;
    const slow = setTimeout(() => $("pending").classList.add("slow"), 400);
    flying = event.id;
    try {
      await ask("/api/events", event);
      settle();
    } catch (problem) {
      failed += 1;
      if (problem.status === 0 || (problem.status >= 500 && failed < ATTEMPTS)) {
        const what = event.kind === "said" ? "your message is kept and will be sent again." : "what you pressed is kept and will be sent again. You can also press it again.";
        tell(`${NOT_ANSWERING} ${what}`, { lasting: true });
        flying = null;
        outbox.forEach(release);
        if (outbox.slice(1).some((other) => onSameCard(other, event))) {
          drop(event); // something else was pressed there meanwhile
          continue;
        }
        showPending({ waiting: true });
        await Promise.race([pause(Math.min(4000, 250 * 2 ** failed)), new Promise((now) => (hurry = now))]);
        continue;
      }
      tell(`${problem.message} ${problem.status >= 500 ? "It was tried several times; please try again later." : ""}`.trim());
    } finally {
      clearTimeout(slow);
      $("pending").classList.remove("slow");
    }
    failed = 0;
    flying = null;
    outbox.shift();
    sessionStorage.setItem(OUTBOX, JSON.stringify(outbox));
    await look();
    showPending();
    sent.get(event.id)?.();
    sent.delete(event.id);
  }
});

// Show what was said and is not in the history yet.
function showPending({ waiting = false } = {}) {
  const known = new Set([...nodes.values()].map((node) => node.dataset.event).filter(Boolean));
  const waits = outbox.filter((event) => event.person === me && event.kind === "said" && !known.has(event.id));
  inPlace($("pending"), waits.map((event) => ({
    key: event.id,
    was: String(waiting),
    make: () => make("div", { class: "message mine" }, texts(event.text, "You said:"), make("p", { class: "at" }, waiting ? "Waiting to be sent" : "Sending…")),
  })));
  if (waits.length) {
    $("hush").hidden = true;
    $("log").scrollTop = $("log").scrollHeight;
  }
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("message").value.trim();
  if (!text) return;
  $("message").value = "";
  fit();
  send({ kind: "said", text });
});

$("message").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

function fit() {
  $("message").style.height = "auto";
  $("message").style.height = `${Math.min($("message").scrollHeight + 2, 160)}px`;
}
$("message").addEventListener("input", fit);

// --------------------------------------------------------------------------------------------------------- updates

// A browser keeps only six connections to one server, so one tab listens for all of them.
const tabs = new BroadcastChannel("speedmentor");
let down = 0;

function heard(news) {
  if (news) {
    if (down) hurry();
    clearTimeout(down);
    down = 0;
    showClock(news);
    if (!outbox.length && $("clock").ariaBusy !== "true") settle();
    look();
  } else {
    down ||= setTimeout(() => outbox.length || tell(`${NOT_ANSWERING} this page will catch up by itself.`, { lasting: true }), 1500);
  }
}

function listen() {
  const stream = new EventSource("/api/updates");
  const spread = (news) => {
    heard(news);
    tabs.postMessage(news);
  };
  stream.onmessage = (event) => spread(JSON.parse(event.data));
  stream.onerror = () => {
    spread(null);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

tabs.onmessage = (event) => heard(event.data);

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());

$("log").addEventListener("scroll", () => {
  const log = $("log");
  pinned = atItsEnd();
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 40) $("latest").hidden = true;
});

// Where the end was in sight it stays so, when the keyboard of a phone comes up or the message grows.
new ResizeObserver(() => pinned && !inUse() && ($("log").scrollTop = $("log").scrollHeight)).observe($("log"));

$("latest").addEventListener("click", () => {
  $("log").scrollTop = $("log").scrollHeight;
  $("log").focus();
});

// ---------------------------------------------------------------------------------------------------- by keyboard

// Tab comes to the newest card that has something to press or fill in, and to no older one: to those Page Up leads.
// Whichever card is being used is within reach of Tab, too.
const CONTROLS = "a, button, input, select, textarea";
const inUse = () => (document.activeElement ?? document.body).closest("#messages .message");
const newestWith = (controls) => [...nodes.values()].findLast((node) => node.matches(":not(.mine)") && (!controls || node.querySelector(controls)));

function reach(node, reached = false) {
  node.reached = reached;
  for (const control of node.querySelectorAll(CONTROLS)) reached ? control.removeAttribute("tabindex") : (control.tabIndex = -1);
}

function rove() {
  const reached = new Set([inUse(), newestWith(CONTROLS)]);
  for (const node of nodes.values()) if (node.reached !== reached.has(node)) reach(node, reached.has(node));
}

function visit(node) {
  if (!node) return;
  node.focus({ preventScroll: true });
  bringIntoSight(node);
}

$("log").addEventListener("focusin", rove);
$("log").addEventListener("focusout", (event) => event.relatedTarget && setTimeout(rove));

$("log").addEventListener("keydown", (event) => {
  const step = { PageUp: -1, PageDown: 1 }[event.key];
  if (!step || event.target.matches("select, textarea, input:not([type=checkbox], [type=radio])")) return;
  event.preventDefault();
  const all = [...nodes.values()];
  const here = all.indexOf(inUse());
  visit(here < 0 ? all.at(-1) : all[here + step]);
});

for (const [link, target] of [["to-newest", () => newestWith() ?? $("log")], ["to-composer", () => $("message")]]) {
  $(link).addEventListener("click", (event) => {
    event.preventDefault();
    const node = target();
    nodes.has(Number(node.dataset.id)) ? visit(node) : node.focus();
  });
}

// ----------------------------------------------------------------------------------------------------------- begin

async function arrive() {
  await lookAtPeople().catch(() => {});
  const wanted = new URLSearchParams(location.search).get("as") ?? "";
  const known = !wanted || !people.length || people.some((person) => person.id === wanted);
  become(known ? wanted : "", { remember: !known });
  if (!known) tell("Nobody here goes by that link. Please choose who you are.");
}

addEventListener("popstate", arrive);
await arrive();
deliver();
navigator.locks.request("speedmentor-updates", () => {
  listen();
  return new Promise(() => {}); // until this tab closes; then the next in line listens
});
ask("/api/clock").then(showClock, () => heard(null));
