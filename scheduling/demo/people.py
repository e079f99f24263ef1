"""The people of a new demo: a coordinator, an open round, and a few who have registered, all by talking to the bot."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from bot.chat.events import Address, Said
from bot.keeping import store
from bot.people import coordinators
from scheduling.running import Bot

FORMAT = "speed"
DEMO_ANSWERS = ("name", "contact", "role", "grade", "profession", "department", "wanted_profession", "availability")
DEMO_PEOPLE = (
    ("Amara Okafor", "mentor", "Grade 7", "Policy", "HM Treasury", "", "tuesdays, thursday mornings"),
    ("Bryn Hughes", "mentor", "SEO", "Digital, data and technology", "Met Office", "", "weekday mornings"),
    ("Chidi Nwosu", "mentor", "Grade 6", "Operational delivery", "Home Office", "", "any"),
    ("Dana Levi", "both", "SEO", "Policy", "Cabinet Office", "Policy", "mornings"),
    ("Elif Demir", "mentee", "HEO", "Statistics", "Office for National Statistics", "Policy", "any"),
    ("Fergus Boyd", "mentee", "HEO", "Policy", "Scottish Government", "Policy", "weekday afternoons"),
    ("Gwen Parry", "mentee", "EO", "Operational delivery", "Welsh Government", "Digital, data and technology", "any"),
    ("Hari Patel", "mentee", "SEO", "Finance", "Department for Transport", "Operational delivery", "mon am, wed pm"),
)


async def furnish(bot: Bot, at: Callable[[str], Address]) -> None:
    """Give a new demo its people; `at` returns where somebody is."""
    ids = count(1)

    async def say(user: str, text: str) -> None:
        await bot.receive(Said(f"demo:{next(ids)}", at(user), text))

    code = store.run(bot.engine, bot.house, lambda db: coordinators.new_code(db, bot.clock.now()))
    closes = bot.clock.now() + timedelta(days=14)
    await say("cora", code)
    programme = bot.house.programmes[FORMAT]
    which = (programme.name,) if len(bot.house.programmes) > 1 else ()
    for words in ("new round", *which, "Speed mentoring, first round", "today", closes.strftime("%d/%m/%Y")):
        await say("cora", words)
    await say("cora", "my name is Cora Lindqvist")
    for row in DEMO_PEOPLE:
        user = row[0].split()[0].casefold()
        given = dict(zip(DEMO_ANSWERS, (row[0], f"{user}@example.gov.uk", *row[1:]), strict=True))
        await say(user, "register")
        answers: dict[str, str] = {}
        while (step := programme.flow.next(answers)) is not None:
            text = given.get(step.name) or ("skip" if step.optional else step.default or "yes")
            text = step.choices[0].label if text == "yes" and step.kind == "choice" else text
            await say(user, text)
            answers[step.name] = step.read("" if text == "skip" else text) or ""  # type: ignore[assignment]
        await say(user, "confirm registration")
    await bot.settled()
