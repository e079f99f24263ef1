"""Who: finding them, what they said, where they stand, coordinators, leaving and being forgotten."""

from bot.people import coordinators, home, leaving, my_data, pausing, persons
from bot.people.tables import Person
from bot.programme.part import Command, Date, Part, always, pressed

PART = Part(
    name="people",
    pressed={
        "home": home.home,
        "home_tab": pressed(home.tab, who=persons.writer, may=persons.oneself, still=always),
        "help": pressed(home.guide, who=persons.writer, may=persons.oneself, still=always),
        "pause": pressed(pausing.pause, who=persons.writer, may=persons.oneself, still=always),
        "resume": pressed(pausing.resume, who=persons.writer, may=persons.oneself, still=always),
        "withdraw": pressed(leaving.withdraw, who=persons.writer, may=persons.oneself, still=leaving.taking_part),
        "withdraw_surely": pressed(
            leaving.withdraw_surely, who=persons.writer, may=persons.oneself, still=leaving.taking_part
        ),
        "erase": pressed(leaving.erase, who=persons.writer, may=persons.oneself, still=always),
        "erase_surely": pressed(leaving.erase_surely, who=persons.writer, may=persons.oneself, still=always),
        "my_data": pressed(my_data.my_data, who=persons.writer, may=persons.oneself, still=always),
        "call_me": pressed(pausing.call_me, who=persons.writer, may=persons.oneself, still=always),
    },
    due={"end_pause": Date(Person.resume_due_at, pausing.pause_over)},
    said=(
        Command(r"help|commands|what can (?:i|you) do", "help"),
        Command(r"status|home|where do i stand", "home"),
        Command(r"hello|hi|hey|good (?:morning|afternoon|evening)|start", "home", bare=False),
        Command(r"pause(?: until (?P<until>.+))?", "pause"),
        Command(r"resume|unpause|i am back", "resume"),
        Command(r"withdraw", "withdraw"),
        Command(r"erase(?: me| my data| everything)?|delete my data|forget me", "erase"),
        Command(r"my data|export(?: my data)?", "my_data"),
        Command(r"(?:my name is|call me|i am called) (?P<name>.+?)[.!]?", "call_me", bare=False, exact=True),
    ),
    codes={rf"\s*{coordinators.CODE}\s*": coordinators.redeem},
    standing=pausing.standing,
    held=my_data.coordinating,
    left=leaving.left,
    moments={"ended": leaving.ended, "forgotten": leaving.forgotten},
    erase=leaving.forget_consents,
    needs=home.needs,
)
