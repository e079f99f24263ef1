"""After a session, each is asked in private whether to go on."""

from bot.groups.tables import Match
from bot.parts.decide import decisions
from bot.parts.decide.section import Decide
from bot.programme.part import Date, Part

PART = Part(
    name="decide",
    sections={"decide": Decide},
    pressed={"go_on": decisions.go_on, "longer_term": decisions.longer_term},
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
