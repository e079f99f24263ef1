"""The chat page in a real browser: what a person sees, hears, presses and types."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Locator, Page, expect

from bot.chat.cards import Button, Card, Choice, Fact, Field, File
from bot.chat.events import Pressed, Said
from tests.adapters.web.conftest import Chat, address

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser")]

FEW = (Choice("mentor", "Mentor"), Choice("mentee", "Mentee"), Choice("both", "Both"))
MANY = tuple(Choice(f"g{n}", f"Grade {n}") for n in range(8))
EVERY_KIND = Card(
    "Nearly done.\n\nYou can change all of it later.",
    title="About you",
    facts=(Fact("Department", "Home Office"),),
    fields=(
        Field("role", "Role", "choice", FEW, hint="One of three."),
        Field("grade", "Grade", "choice", MANY),
        Field("when", "When can you meet?", "choices", FEW, ("mentor",)),
        Field("name", "Name", "text", value="Ada"),
        Field("about", "Biography", "long", optional=True, hint="A few sentences."),
        Field("mail", "E-mail", "email"),
        Field("count", "How many mentees?", "number"),
        Field("day", "Which day?", "date"),
        Field("at", "Date and time", "datetime"),
    ),
    buttons=(Button("Save", "save", "7"), Button("Back", "back"), Button("Read more", url="https://example.org/")),
    files=(File("session.ics", "text/calendar", "BEGIN:VCALENDAR\r\n"),),
)
EMPTY = {"title": "", "facts": [], "fields": [], "files": []}
BUTTON = {"label": "Press me", "action": "a", "value": ""}
HOSTILE = '<script>window.hacked = 1</script>"><img src=x onerror="window.hacked = 1">\'&amp; \u202egnp.exe'


def echo(event: Said | Pressed) -> Card:
    """Repeat what was said."""
    return Card(f"You said {event.text}." if isinstance(event, Said) else f"That was {event.action}.")


async def test_somebody_is_chosen_writes_and_is_answered(page: Page, chat: Chat) -> None:
    """The whole of it: be somebody, write, Enter, and the answer is in the conversation."""
    chat.answer = echo
    await page.goto("/")
    await page.get_by_label("You are").select_option("Ada Byron · mentor")
    await page.get_by_label("Message").fill("hello")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("there")
    await page.keyboard.press("Enter")

    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_contain_text("You said hello\nthere.")
    await expect(log.locator(".mine")).to_have_count(1)
    assert await page.get_by_label("Message").input_value() == ""
    assert [event.text for event in chat.events if isinstance(event, Said)] == ["hello\nthere"]
    assert page.url.endswith("/?as=ada")
    await expect(page).to_have_title("Ada Byron · Speedmentor")

    await page.get_by_label("Message").fill("again")
    await page.get_by_role("button", name="Send").click()
    await expect(log).to_contain_text("You said again.")
    await page.reload()
    await expect(log).to_contain_text("You said again.")
    await expect(log.locator(".message")).to_have_count(4)


async def test_every_kind_of_field_is_labelled_filled_and_sent(page: Page, chat: Chat) -> None:
    """Each input is found by its label; a press gathers them all and shows as what was pressed."""
    ref = await chat.send("ada", EVERY_KIND)
    await page.goto("/?as=ada")
    await page.get_by_role("group", name="Role").get_by_label("Both").check()
    await page.get_by_label("Grade", exact=True).select_option("Grade 7")
    when = page.get_by_role("group", name="When can you meet?")
    await expect(when.get_by_label("Mentor")).to_be_checked()
    await when.get_by_label("Mentee").check()
    assert await page.get_by_label("Name").input_value() == "Ada"
    await page.get_by_label("Biography (optional)").fill("Analyst.\nPoet.")
    await page.get_by_label("E-mail").fill("ada@example.org")
    await page.get_by_label("How many mentees?").fill("2")
    await page.get_by_label("Which day?").fill("2026-11-24")
    await page.get_by_label("Date and time").fill("2026-11-24T15:00")
    await expect(page.get_by_label("Biography (optional)")).to_have_accessible_description("A few sentences.")
    await expect(page.get_by_role("group", name="Role")).to_have_accessible_description("One of three.")
    await expect(page.get_by_role("link", name="Read more")).to_have_attribute("href", "https://example.org/")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("You pressed: Save")).to_be_visible()
    assert chat.events == [
        Pressed(
            chat.events[0].id,
            address("ada"),
            "save",
            "7",
            {
                "role": "both",
                "grade": "g7",
                "when": ("mentor", "mentee"),
                "name": "Ada",
                "about": "Analyst.\nPoet.",
                "mail": "ada@example.org",
                "count": "2",
                "day": "2026-11-24",
                "at": "2026-11-24T15:00",
            },
            ref,
        )
    ]


async def test_nothing_filled_in_is_sent_as_nothing(page: Page, chat: Chat) -> None:
    """Empty is "" or (), for the bot to ask again."""
    fields = (Field("a", "A", "choice", FEW), Field("b", "B", "choice", MANY), Field("c", "C", "choices", FEW))
    optional = Field("d", "D", "choice", FEW, optional=True)
    await chat.send("ada", Card("x", fields=(*fields, optional), buttons=(Button("Save", "save"),)))
    await page.goto("/?as=ada")
    await expect(page.get_by_role("group", name="D").get_by_label("No answer")).to_be_checked()
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("You pressed: Save")).to_be_visible()
    assert isinstance(chat.events[0], Pressed)
    assert chat.events[0].fields == {"a": "", "b": "", "c": (), "d": ""}


async def test_a_half_typed_date_is_not_lost(page: Page, chat: Chat) -> None:
    """A browser would send nothing for it; the page says so instead, and says where."""
    await chat.send("ada", Card("x", fields=(Field("day", "Day", "date"),), buttons=(Button("Save", "save"),)))
    await page.goto("/?as=ada")
    await page.get_by_label("Day").press("2")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_role("status")).to_have_text(re.compile("not complete"))
    await expect(page.get_by_label("Day")).to_be_focused()
    assert chat.events == []


async def test_two_clicks_are_one_press_and_the_focus_stays(page: Page, chat: Chat) -> None:
    """The card's buttons rest until the answer is there, then work again, for a stale card too."""
    chat.open.clear()
    await chat.send("ada", Card("Did you meet?", buttons=(Button("Yes", "yes"), Button("No", "no"))))
    await page.goto("/?as=ada")
    yes, no = page.get_by_role("button", name="Yes"), page.get_by_role("button", name="No")
    await yes.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(yes).to_be_disabled()
    await expect(no).to_be_disabled()
    await no.dispatch_event("click")
    chat.open.set()
    await expect(yes).to_be_enabled()
    await expect(yes).to_be_focused()
    await expect(page.get_by_text("You pressed: Yes")).to_have_count(1)
    await no.click()

    await expect(page.get_by_text("You pressed: No")).to_be_visible()
    assert [event.action for event in chat.events if isinstance(event, Pressed)] == ["yes", "no"]


async def test_a_redraw_takes_neither_focus_nor_words(page: Page, chat: Chat) -> None:
    """Only what changed is drawn; what is being typed stays, with the cursor in its place."""
    bio = Field("bio", "Biography", "long", value="")
    ref = await chat.send("ada", Card("One.", fields=(bio,), buttons=(Button("Save", "save"), Button("Skip", "skip"))))
    await page.goto("/?as=ada")
    await page.get_by_label("Biography").fill("I am half")
    await page.keyboard.press("ArrowLeft")
    await chat.send("ada", Card("Something else."))
    await expect(page.get_by_text("Something else.")).to_be_visible()
    await chat.send("ada", Card("Two.", fields=(bio,), buttons=(Button("Save", "save"),)), replaces=ref)
    await expect(page.get_by_text("Two.")).to_be_visible()
    await page.keyboard.type("-")
    assert await page.get_by_label("Biography").input_value() == "I am hal-f"

    changed = Field("bio", "Biography", "long", value="", hint="Briefly.")
    await chat.send("ada", Card("Three.", fields=(changed,), buttons=(Button("Save", "save"),)), replaces=ref)
    await expect(page.get_by_text("Briefly.")).to_be_visible()
    await expect(page.get_by_label("Biography")).to_be_focused()
    assert await page.get_by_label("Biography").input_value() == "I am hal-f"


async def test_a_press_redraws_its_card_and_the_focus_stays_there(page: Page, chat: Chat) -> None:
    """Where the pressed button is gone the card itself has the focus, so Tab goes on from there."""
    chat.redraw = True
    chat.answer = lambda _: Card("Thank you.", buttons=(Button("Change", "change"),))
    form = Card("Did you meet?", fields=(Field("note", "Note", "text"),), buttons=(Button("We met", "met"),))
    await chat.send("ada", form)
    await page.goto("/?as=ada")
    await page.get_by_label("Note").fill("It went well")
    await page.keyboard.press("Enter")  # as in any form
    await expect(page.get_by_text("Thank you.")).to_be_visible()
    await expect(page.get_by_role("button", name="We met")).to_have_count(0)
    await expect(page.locator("article").first).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Change")).to_be_focused()
    await expect(page.get_by_role("button", name="Change")).to_be_enabled()


async def test_the_answer_to_a_press_on_an_older_card_stays_in_sight(page: Page, chat: Chat) -> None:
    """A card far up is redrawn where it is, and the conversation does not jump away from it."""
    chat.redraw = True
    long = "\n\n".join(f"Line {number} of the answer." for number in range(12))
    chat.answer = lambda _: Card(long, buttons=(Button("Change", "change"),))
    await chat.send("ada", Card("Did you meet?", buttons=(Button("We met", "met"),)))
    for number in range(3):
        await chat.send("ada", Card(f"Something else {number}."))
    await page.goto("/?as=ada")
    await page.get_by_role("button", name="We met").click()
    await expect(page.get_by_text("You pressed: We met")).to_be_attached()
    await expect(page.get_by_text("Line 0 of the answer.")).to_be_in_viewport()
    await page.wait_for_timeout(300)  # nor does it jump a moment later
    await expect(page.get_by_text("Line 0 of the answer.")).to_be_in_viewport()


async def test_nothing_moves_away_from_who_is_reading_or_writing(page: Page, chat: Chat) -> None:
    """An old card grows without pushing what is in sight, and a message waits while another card is being filled in."""
    old = await chat.send("ada", Card("Did you meet?", buttons=(Button("We met", "met"),)))
    for number in range(12):
        await chat.send("ada", Card(f"Something else {number}.\n\nAnd more of it."))
    await chat.send(
        "ada", Card("Your turn.", fields=(Field("note", "Note", "text"),), buttons=(Button("Save", "save"),))
    )
    await page.goto("/?as=ada")
    await page.get_by_label("Note").fill("half a sen")
    top = "document.activeElement.getBoundingClientRect().top"
    before = await page.evaluate(top)
    await chat.send("ada", Card("\n\n".join("What happened since." for _ in range(9))), replaces=old)
    await expect(page.get_by_text("What happened since.").first).to_be_attached()
    assert await page.evaluate(top) == pytest.approx(before, abs=1)
    await chat.send("ada", Card("By the way.\n\n" + "\n".join("A line." for _ in range(30))))
    await expect(page.get_by_role("button", name="New messages")).to_be_visible()
    assert await page.evaluate(top) == pytest.approx(before, abs=1)


async def test_a_form_that_is_not_complete_says_why_and_keeps_the_rest(page: Page, chat: Chat) -> None:
    """What is wrong is read out, each time, and the next questions are read from their beginning."""
    mail, role = Field("mail", "E-mail", "email"), Field("role", "Role", "choice", FEW)
    save = (Button("Next", "next"),)
    wrong = Card("That is no address.\n\nStill open: Role.\n\nAbout you.", fields=(mail, role), buttons=save)
    after = Card("When?", title="Page 2", fields=(Field("day", "Day", "date", optional=True),), buttons=save)
    answers = iter((wrong, wrong, after))
    chat.redraw, chat.answer = True, lambda _: next(answers)
    await chat.send("ada", Card("About you.", title="Page 1", fields=(mail, role), buttons=save))
    await page.goto("/?as=ada")
    alert, send = page.get_by_role("alert"), page.get_by_role("button", name="Next", exact=True)
    await expect(page.get_by_role("group", name="Role (required)")).to_be_visible()
    await page.get_by_label("E-mail").fill("ada")
    await send.click()
    await expect(alert).to_have_text("That is no address.Still open: Role.")
    await alert.evaluate("alert => alert.dataset.old = ''")
    await send.click()
    await expect(page.locator("[role=alert]:not([data-old])")).to_have_text("That is no address.Still open: Role.")
    assert await page.get_by_label("E-mail").input_value() == "ada"
    await send.click()
    await expect(page.get_by_role("article", name="Page 2")).to_be_focused()
    await expect(alert).to_have_count(0)
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Day (optional)")).to_be_focused()


async def test_a_press_that_cannot_be_sent_says_so_and_can_be_repeated(page: Page, chat: Chat) -> None:
    """It happens once however often it is pressed, and another button of the card takes its place."""
    await chat.send("ada", Card("Did you meet?", buttons=(Button("Yes", "yes"), Button("No", "no"))))
    await page.goto("/?as=ada")
    yes, no = page.get_by_role("button", name="Yes"), page.get_by_role("button", name="No")
    for presses in ((yes, yes), (yes, no)):
        await page.route("**/api/events", lambda route: route.abort())
        await presses[0].click()
        await expect(page.get_by_role("status")).to_have_text(re.compile("what you pressed is kept"))
        await expect(yes).to_be_enabled()
        await expect(no).to_be_enabled()
        await presses[1].click()
        await page.unroute("**/api/events")
        await expect(page.get_by_role("status")).to_be_empty()
    await expect(page.get_by_text("You pressed: No")).to_be_visible()
    assert [event.action for event in chat.events if isinstance(event, Pressed)] == ["yes", "no"]


async def test_hostile_words_are_only_words(page: Page, chat: Chat) -> None:
    """Wherever a text may stand, it stands as text: names, titles, labels, hints, choices, files and own words."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    choices = (Choice("a", HOSTILE),)
    await chat.demo.new_person(HOSTILE)
    hostile = Card(
        HOSTILE,
        title=HOSTILE,
        facts=(Fact(HOSTILE, HOSTILE),),
        fields=(
            Field(HOSTILE, HOSTILE, "choice", choices, hint=HOSTILE),
            Field("b", HOSTILE, "choice", choices * 6, value=HOSTILE),
            Field("c", HOSTILE, "long", value=HOSTILE),
            Field("d", HOSTILE, "text", value=HOSTILE, hint=HOSTILE),
        ),
        buttons=(Button(HOSTILE, HOSTILE, HOSTILE), Button(HOSTILE, url=f"https://example.org/{HOSTILE}")),
        files=(File(HOSTILE, "text/html", HOSTILE),),
    )
    await chat.send("person-3", hostile)
    await page.goto("/")
    await expect(page.locator("#faces")).to_contain_text(HOSTILE)
    await page.goto("/?as=person-3")
    for selector in ("h2", ".text p", "dt", "dd", "legend", ".hint", ".option", ".files", ".buttons button"):
        await expect(page.locator(f"#messages {selector}").first).to_contain_text(HOSTILE)
    await page.get_by_label("Message").fill(HOSTILE)
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine")).to_contain_text(HOSTILE)
    await page.locator("#messages .buttons button").click()
    await expect(page.locator(".pressed")).to_contain_text(HOSTILE)

    assert await page.evaluate("window.hacked") is None
    assert await page.locator("#messages script, #messages img, header script, header img").count() == 0
    assert dialogs == []
    assert isinstance(chat.events[1], Pressed)
    assert chat.events[1].fields[HOSTILE] == ""


async def test_many_tabs_each_with_their_person_hear_by_themselves(context: BrowserContext, chat: Chat) -> None:
    """More tabs than a browser's six connections: one listens for all, and the next takes over when it closes."""
    people = ["ada", "grace", "morgan", "ada"] * 2
    tabs = [await context.new_page() for _ in people]
    for tab, person in zip(tabs, people, strict=True):
        await tab.goto(f"/?as={person}")
    await chat.send("grace", Card("For Grace."))
    for tab, person in zip(tabs, people, strict=True):
        await expect(tab.get_by_text("For Grace.")).to_have_count(1 if person == "grace" else 0)
    await tabs[0].close()
    await asyncio.sleep(0.3)
    await chat.send("ada", Card("For Ada."))
    await expect(tabs[3].get_by_text("For Ada.")).to_be_visible()
    assert len(chat.messenger.tabs) == 1


async def test_unread_marks_are_seen_live(page: Page, chat: Chat) -> None:
    """Who has news is in the list and one click away; being them reads it."""
    await page.goto("/?as=ada")
    await expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    for _ in range(2):
        await chat.send("grace", Card("News."))
    await expect(page.get_by_label("You are").locator("option[value=grace]")).to_have_text("Grace Hopper · mentee (2)")
    await page.get_by_role("link", name="Grace Hopper 2").click()

    await expect(page.get_by_text("News.")).to_have_count(2)
    await expect(page.get_by_label("You are")).to_have_value("grace")
    await expect(page.get_by_label("You are").locator("option[value=grace]")).to_have_text("Grace Hopper · mentee")
    await expect(page.get_by_label("Message")).to_be_focused()
    await page.go_back()
    await expect(page.get_by_label("You are")).to_have_value("ada")
    assert chat.store.unread() == {}


async def test_a_tab_in_the_background_counts_in_its_title(page: Page, chat: Chat) -> None:
    """What nobody looks at stays unread."""
    await page.goto("/?as=ada")
    await expect(page).to_have_title("Ada Byron · Speedmentor")
    await page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    await chat.send("ada", Card("News."))
    await expect(page).to_have_title("(1) Ada Byron · Speedmentor")
    await page.evaluate("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page).to_have_title("Ada Byron · Speedmentor")


async def test_the_clock_moves_and_says_so(page: Page, chat: Chat) -> None:
    """It is busy while it moves, and the new time is told to those who do not see it."""
    await page.goto("/?as=ada")
    bar = page.get_by_role("region", name="The bot’s clock")
    await expect(bar).to_contain_text("Bot’s clock: Sat 21 Nov 2026, 18:20 (London)")
    for name in ("One day", "One week", "Next thing due"):
        await bar.get_by_role("button", name=name).click()
        await expect(bar.get_by_role("button", name=name)).to_be_enabled()
    told = "The bot’s clock is now Sun 29 Nov 2026, 19:20 (London)."
    await expect(page.get_by_role("status")).to_have_text(told)
    assert chat.demo.moves == ["day", "week", "next"]


async def test_somebody_new_is_asked_for_a_name_in_the_page(page: Page, chat: Chat) -> None:
    """A name makes a person, Cancel makes none, and a refusal is a sentence."""
    await page.goto("/")
    who = page.get_by_label("You are")
    await who.select_option("New person…")
    await page.get_by_role("button", name="Cancel").click()
    await expect(who).to_be_focused()
    await who.select_option("New person…")
    await expect(page.get_by_label("What are they called?")).to_be_focused()
    await page.keyboard.type("Nobody")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Nobody is nobody's name.")
    await page.get_by_label("What are they called?").fill("Alan Turing")
    await page.get_by_role("button", name="Begin").click()

    await expect(page.get_by_label("Message")).to_be_focused()
    await expect(who.locator("option:checked")).to_have_text("Alan Turing")
    assert chat.demo.cast[-1].name == "Alan Turing"


async def test_a_link_to_nobody_asks_who_one_is(page: Page) -> None:
    """An old link is no dead end."""
    await page.goto("/?as=ghost")
    await expect(page.get_by_role("heading", name="Who would you like to be?")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text(re.compile("Nobody here goes by that link"))


async def test_while_the_bot_is_away_words_are_kept_and_then_said_once(
    page: Page, chat: Chat, server: TestServer
) -> None:
    """It may restart at any moment; what was written meanwhile arrives, in order."""
    chat.answer = echo
    await page.goto("/?as=ada")
    await page.get_by_label("Message").fill("before")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You said before.")).to_be_visible()
    port = server.port
    await server.close()
    for text in ("during", "and after"):
        await page.get_by_label("Message").fill(text)
        await page.keyboard.press("Enter")
    kept = "The bot is not answering. It may be restarting; your message is kept and will be sent again."
    await expect(page.get_by_role("status")).to_have_text(kept)
    await expect(page.get_by_text("Waiting to be sent")).to_have_count(2)

    again = Chat(chat.store, chat.demo)
    again.answer = echo
    async with TestServer(again.app(), port=port):
        await expect(page.get_by_text("You said and after.")).to_be_visible()
        await expect(page.get_by_role("status")).to_be_empty()
        await expect(page.locator(".mine")).to_have_count(3)
        assert [event.text for event in again.events if isinstance(event, Said)] == ["during", "and after"]


async def test_what_is_on_its_way_survives_a_reload(page: Page, chat: Chat) -> None:
    """The page sends it again under the same id, so it is said once."""
    chat.answer = echo
    chat.open.clear()
    await page.goto("/?as=ada")
    await page.get_by_label("Message").fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine")).to_have_count(1)
    await page.reload()
    await page.get_by_label("Message").fill("there")
    await page.keyboard.press("Enter")
    chat.open.set()
    await expect(page.get_by_text("You said there.")).to_be_visible()
    await expect(page.get_by_text("You said hello.")).to_have_count(1)
    await expect(page.locator(".mine")).to_have_count(2)
    assert [event.text for event in chat.events if isinstance(event, Said)] == ["hello", "there"]


async def test_a_failure_of_the_bot_is_tried_again_and_then_told(page: Page, chat: Chat) -> None:
    """A stumble heals by itself; a lasting failure is said, and the next message still goes."""
    chat.answer = echo
    chat.problems = 1
    await page.goto("/?as=ada")
    await page.get_by_label("Message").fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You said hello.")).to_be_visible()
    assert len(chat.events) == 1
    await expect(page.locator(".mine")).to_have_count(1)

    chat.problems = 4
    await page.get_by_label("Message").fill("trouble")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text(re.compile("please try again later"), timeout=12_000)
    await page.get_by_label("Message").fill("better?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You said better?.")).to_be_visible()


async def test_a_file_is_saved_under_its_name(page: Page, chat: Chat, tmp_path: Path) -> None:
    """The link is the file's name."""
    await chat.send("ada", EVERY_KIND)
    await page.goto("/?as=ada")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="session.ics").click()
    saved = await download.value
    await saved.save_as(tmp_path / "saved.ics")

    assert saved.suggested_filename == "session.ics"
    assert (tmp_path / "saved.ics").read_bytes() == b"BEGIN:VCALENDAR\r\n"


async def test_a_long_history_opens_quickly_at_its_end(page: Page, chat: Chat) -> None:
    """Eight hundred messages, and the newest is in view; reading further up is left in peace."""
    chat.store._db.execute("PRAGMA synchronous = OFF")  # the test need not survive a power cut
    for n in range(800):
        body = {"text": f"Message {n}."} if n % 2 else {**EMPTY, "text": f"Answer {n}.", "buttons": [BUTTON] * 3}
        chat.store.post("ada", body, key=str(n), event=f"event-{n}" if n % 2 else "")
    await page.goto("/?as=ada")
    await expect(page.get_by_text("Message 799.")).to_be_in_viewport()

    await page.locator("#log").evaluate("log => log.scrollTop = 0")
    await chat.send("ada", Card("Something new."))
    await expect(page.get_by_role("button", name="New messages")).to_be_visible()
    await expect(page.get_by_text("Answer 0.", exact=True)).to_be_in_viewport()
    await page.get_by_role("button", name="New messages").click()
    await expect(page.get_by_text("Something new.")).to_be_in_viewport()


async def test_it_fits_a_phone(page: Page, chat: Chat) -> None:
    """Upright, on its side or zoomed: nothing is wider than the screen, and most of it is for the conversation."""
    await chat.send("ada", EVERY_KIND)
    await chat.send("ada", Card("x" * 300, title="y" * 200, buttons=(Button("z" * 150, "z"),)))
    for person in ("grace", "morgan"):
        await chat.send(person, Card("News."))
    for path in ("/", "/?as=ada"):
        await page.goto(path)
        await expect(page.get_by_label("You are").locator("option")).to_have_count(5)
        await page.wait_for_load_state("load")
        for width, height in ((320, 568), (640, 320), (844, 390), (800, 720)):
            await page.set_viewport_size({"width": width, "height": height})
            for part in ("document.documentElement", "document.getElementById('log')"):
                assert await page.evaluate(f"{part}.scrollWidth - {part}.clientWidth") <= 0
            assert await page.evaluate("document.querySelector('header').offsetHeight / innerHeight") < 0.2
    await expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)

    await page.set_viewport_size({"width": 320, "height": 320})
    clock, more = page.get_by_role("button", name="One day"), page.get_by_role("button", name="Clock and news")
    await expect(clock).to_be_hidden()
    await more.click()
    await clock.click()
    await expect(page.get_by_role("status")).to_have_text(re.compile("clock is now"))
    await page.keyboard.press("Escape")
    await expect(clock).to_be_hidden()
    await expect(more).to_be_focused()


async def test_the_keyboard_comes_to_the_newest_card_first(page: Page, chat: Chat) -> None:
    """Past what was said long ago, which Page Up leads to; a card that has nothing to press is in nobody's way."""
    await chat.send("ada", Card("Old.", buttons=(Button("Old button", "old"),)))
    await chat.send(
        "ada", Card("New.", fields=(Field("note", "Note", "text"),), buttons=(Button("New button", "new"),))
    )
    await chat.send("ada", Card("✓ You said yes.", title="Going on"))
    await page.goto("/?as=ada")
    await expect(page.get_by_text("You said yes.")).to_be_visible()
    await expect(page.locator("article").last).to_have_class("message settled")

    async def tab_to(target: Locator, key: str = "Tab") -> None:
        await page.keyboard.press(key)
        await expect(target).to_be_focused()

    await tab_to(page.get_by_role("link", name="Skip to the newest message"))
    await tab_to(page.get_by_role("article", name="Going on"), "Enter")
    await tab_to(page.get_by_label("Message"))
    log, old = page.get_by_role("log"), page.get_by_role("button", name="Old button")
    await tab_to(page.get_by_role("button", name="New button"), "Shift+Tab")
    await tab_to(page.get_by_label("Note"), "Shift+Tab")
    await tab_to(log, "Shift+Tab")
    await expect(page.get_by_text("Page Up and Page Down")).to_be_visible()
    for name in ("Going on", "New.", "Old."):
        await tab_to(page.get_by_role("article", name=name), "PageUp")
    await tab_to(old)
    await tab_to(page.get_by_label("Note"))
    assert await old.get_attribute("tabindex") == "-1"


async def test_a_started_over_demo_is_noticed(page: Page, chat: Chat, tmp_path: Path, server: TestServer) -> None:
    """A tab that was left open shows the new history, not a mixture."""
    for n in range(5):
        await chat.send("ada", Card(f"Old {n}."))
    await page.goto("/?as=ada")
    await expect(page.get_by_text("Old 4.")).to_be_visible()
    port = server.port
    await server.close()
    with type(chat.store)(tmp_path / "new.db", chat.demo.now) as store:
        again = Chat(store, chat.demo)
        await again.send("ada", Card("New."))
        async with TestServer(again.app(), port=port):
            await expect(page.get_by_text("New.")).to_be_visible()
            await expect(page.get_by_text("Old 4.")).to_have_count(0)
