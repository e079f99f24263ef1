"""After a session, each is asked in private whether to go on."""

from bot.groups import views
from bot.groups.tables import Group
from bot.parts.decide import decisions
from bot.parts.decide.section import Decide
from bot.people import persons
from bot.programme.part import Date, Part, pressed

their_group = views.theirs("live")

PART = Part(
    name="decide",
    sections={"decide": Decide},
    pressed={
        "go_on": pressed(
            decisions.go_on, who=persons.writer, may=their_group, still=decisions.until_told(decisions.is_wish)
        ),
        "longer_term": pressed(
            decisions.longer_term, who=persons.writer, may=their_group, still=decisions.until_told(decisions.is_offer)
        ),
    },
    due={"reveal": Date(Group.reveal_due_at, decisions.reveal)},
    state=decisions.state,
    stage=decisions.STAGE,
    begin=decisions.begin,
    ask=decisions.ask,
    back=decisions.back,
    end=decisions.end,
    parted=decisions.parted,
    held=decisions.held,
    held_in=decisions.held_in,
    erase=decisions.erase,
)
