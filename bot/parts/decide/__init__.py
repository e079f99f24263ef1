"""After a session, each is asked in private whether to go on."""

from bot.groups import sides
from bot.groups.tables import Match
from bot.parts.decide import decisions
from bot.parts.decide.section import Decide
from bot.people import persons
from bot.programme.part import Date, Part, pressed

their_match = sides.theirs("announced")

PART = Part(
    name="decide",
    sections={"decide": Decide},
    pressed={
        "go_on": pressed(
            decisions.go_on, who=persons.writer, may=their_match, still=decisions.until_told(decisions.is_wish)
        ),
        "longer_term": pressed(
            decisions.longer_term, who=persons.writer, may=their_match, still=decisions.until_told(decisions.is_offer)
        ),
    },
    due={"reveal": Date(Match.reveal_due_at, decisions.reveal)},
    state=decisions.state,
    stage=decisions.STAGE,
    begin=decisions.begin,
    ask=decisions.ask,
    end=decisions.end,
    held=decisions.held,
    held_in=decisions.held_in,
    erase=decisions.erase,
)
