"""Who: finding them, what they said, where they stand, coordinators, leaving and being forgotten."""

from bot.people import coordinators, home, leaving, my_data, pausing
from bot.people.tables import Person
from bot.programme.part import Command, Date, Part

PART = Part(
    name="people",
    pressed={
        "home": home.home,
        "home_tab": home.tab,
        "help": home.guide,
        "pause": pausing.pause,
        "resume": pausing.resume,
        "withdraw": leaving.withdraw,
        "withdraw_surely": leaving.withdraw_surely,
        "erase": leaving.erase,
        "erase_surely": leaving.erase_surely,
        "my_data": my_data.my_data,
        "call_me": pausing.call_me,
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
    erase=leaving.forget_consents,
    needs=home.needs,
)
