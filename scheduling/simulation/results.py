"""What became of everybody in a simulated programme: counted in the database, and shown as a funnel."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, text
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.groups.tables import Group, GroupMember, Series
from bot.meetings.tables import Meeting
from bot.parts.closing.tables import SurveyTaken
from bot.parts.series.tables import CheckInAnswer
from bot.people.tables import Account, Person, Registration
from bot.programme.questions import MENTEE, MENTOR

MEGABYTE = 1_000_000


@dataclass
class Result:
    """What became of everybody, and what it took.

    `seconds` are real ones, by kind of work in `seconds_of`; `slowest` are the longest that single events took, by
    what was pressed.
    """

    people: int = 0
    registered: int = 0
    mentees_matched: int = 0
    mentors_matched: int = 0
    unmatched: int = 0
    pairs: int = 0
    sessions_booked: int = 0
    sessions_held: int = 0
    going_on: int = 0
    check_ins_answered: int = 0
    surveys: int = 0
    withdrawn: int = 0
    erased: int = 0
    paused: int = 0
    messages: int = 0
    expired: int = 0
    unreachable: int = 0
    lost: int = 0
    duplicates: int = 0
    events: int = 0
    due_handled: int = 0
    database_bytes: int = 0
    weeks: int = 0
    seed: int = 0
    seconds: float = 0.0
    seconds_of: dict[str, float] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), indent=2)


def funnel(result: Result) -> list[str]:
    """Return what became of everybody, in the order of the journey, and what one second of it did, as lines of text."""
    steps: Mapping[str, int] = {
        "wrote to the bot": result.people,
        "registered": result.registered,
        "mentees matched": result.mentees_matched,
        "mentors matched": result.mentors_matched,
        "registered without a match": result.unmatched,
        "matches announced": result.pairs,
        "sessions booked": result.sessions_booked,
        "sessions held": result.sessions_held,
        "pairs that went on": result.going_on,
        "check-ins answered": result.check_ins_answered,
        "closing surveys": result.surveys,
        "took a break": result.paused,
        "withdrew": result.withdrawn,
        "had everything erased": result.erased,
    }
    most = max(steps.values()) or 1
    lines = [f"{count:>7,}  {'█' * round(30 * count / most):<30}  {label}" for label, count in steps.items()]
    seconds, megabytes = result.seconds or 1, result.database_bytes / MEGABYTE
    done = f"{result.events:,} events, {result.due_handled:,} dates and {result.messages:,} messages"
    slow = ", ".join(f"{action} {took:.2f} s" for action, took in result.slowest.items())
    spent = ", ".join(f"{kind} {took:.1f} s" for kind, took in result.seconds_of.items())
    return [
        *lines,
        "",
        f"{done} of {result.weeks} weeks in {seconds:,.1f} s; {result.lost} lost, {result.duplicates} sent twice.",
        f"One second: {result.events / seconds:,.0f} events and {result.messages / seconds:,.0f} messages ({spent}).",
        f"The database has {megabytes:,.1f} MB. Slowest: {slow}.",
    ]


def count(result: Result, db: Session) -> None:
    """Put into the result what the database says of everybody."""

    def number(column: Any, *where: Any) -> int:
        return int(db.execute(rows_of(func.count(column)).where(*where)).scalar_one())

    members = col(GroupMember.registration_id).distinct()
    result.registered = number(col(Registration.id), col(Registration.registered_at).is_not(None))
    result.mentees_matched = number(members, GroupMember.side == MENTEE)
    result.mentors_matched = number(members, GroupMember.side == MENTOR)
    result.pairs = number(col(Group.id))
    result.sessions_booked = number(col(Meeting.id), col(Meeting.state).in_(("booked", "held", "missed")))
    result.sessions_held = number(col(Meeting.id), Meeting.state == "held")
    result.going_on = number(col(Series.id))
    result.check_ins_answered = number(col(CheckInAnswer.series_id))
    result.surveys = number(col(SurveyTaken.series_id), SurveyTaken.answered > 0)
    result.withdrawn = number(col(Registration.id), Registration.state == "withdrawn")
    result.erased = number(col(Person.id), Person.state == "erased")
    result.unreachable = number(col(Account.id), col(Account.current), col(Account.reachable).is_(False))
    matched = rows_of(col(GroupMember.id)).where(col(GroupMember.registration_id) == Registration.id)
    result.unmatched = number(col(Registration.id), Registration.state == "registered", ~matched.exists())


def size(db: Session, engine: Engine) -> int:
    """Return how many bytes the database has."""
    if engine.dialect.name == "postgresql":
        return int(db.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    path = Path(engine.url.database or "")
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))
