// What a card is filled in with. Texts are only ever set as text.

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined && value !== "") node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export const plain = (name) => name.replace(/[\u202a-\u202e\u2066-\u2069]/g, ""); // an option's text cannot be isolated

let serial = 0;
const FEW = 5; // choices to show all at once
const INPUTS = { email: "email", number: "number", date: "date", datetime: "datetime-local" };

// Return the field's node. It can `read()` and `write(value)` what it holds, knows the bot's own word for it (`given`),
// and whether somebody has `typed`.
export function fieldOf(message, field) {
  const id = `field-${++serial}`;
  const hint = field.hint ? make("p", { class: "hint", id: `${id}-hint`, dir: "auto" }, field.hint) : "";
  const described = hint ? `${id}-hint` : undefined;
  const optional = field.optional ? make("span", { class: "optional" }, " (optional)") : "";
  let node;
  if (field.kind === "choices" || (field.kind === "choice" && field.choices.length <= FEW)) {
    const many = field.kind === "choices";
    const choices = many || !field.optional ? field.choices : [...field.choices, { code: "", label: "No answer" }];
    const inputs = choices.map(({ code }) => {
      const input = make("input", { type: many ? "checkbox" : "radio", name: id, "data-code": code });
      input.value = code;
      return input;
    });
    const labels = choices.map(({ label }, n) => make("label", { class: "option" }, inputs[n], make("span", { dir: "auto" }, label)));
    const legend = make("legend", { dir: "auto" }, field.label, optional || make("span", { class: "aside" }, " (required)"));
    const options = make("div", { class: choices.length > FEW ? "options many" : "options" }, ...labels);
    node = make("fieldset", { class: "field", "aria-describedby": described }, legend, hint, options);
    node.read = () => {
      const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
      return many ? chosen : (chosen[0] ?? "");
    };
    node.write = (value) => inputs.forEach((input) => (input.checked = many ? value.includes(input.value) : input.value === value));
  } else {
    const attributes = { id, "aria-describedby": described, "aria-required": field.optional ? undefined : "true", autocomplete: "off" };
    let input;
    if (field.kind === "choice") {
      input = make("select", attributes, new Option(field.optional ? "No answer" : "Choose…", ""), ...field.choices.map(({ code, label }) => new Option(plain(label), code)));
    } else if (field.kind === "long") {
      input = make("textarea", { ...attributes, rows: 4, maxlength: 4000, dir: "auto" });
    } else {
      input = make("input", { ...attributes, type: INPUTS[field.kind] ?? "text", maxlength: 4000, step: field.kind === "number" ? "any" : undefined });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) message.querySelector("button[data-key]")?.click();
      });
    }
    node = make("div", { class: "field" }, make("label", { for: id, dir: "auto" }, field.label, optional), hint, input);
    node.read = () => input.value;
    node.write = (value) => {
      input.value = value;
      if (input.selectedIndex === -1) input.value = ""; // what was chosen is not in the list any more
    };
    node.broken = () => (input.validity.badInput ? input : null);
  }
  node.kind = field.kind;
  node.given = JSON.stringify(field.value);
  node.write(field.value);
  node.addEventListener("input", () => (node.typed = true));
  return node;
}
