"""The tables of this room: what the solver is told of two people, and what it proposes."""

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.keeping.tables import an_id, row_of
from bot.programme.questions import MENTOR, Role


class Proposal(SQLModel, table=True):
    """Two people whom the solver would bring together. Coordinators see it; announcing makes a group of it.

    `reasons` names the public rules that speak for it, and `score` is what those weigh. `origin` is solver, or hand for
    a pair that a coordinator keeps.
    """

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"),)
    id: int = an_id()
    round_id: int = row_of("round")
    mentor_id: int = row_of("registration")
    mentee_id: int = row_of("registration")
    origin: str = "solver"
    score: int = 0
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)

    @property
    def pair(self) -> tuple[int, int]:
        """The registrations of the two: of the mentor and of the mentee."""
        return self.mentor_id, self.mentee_id

    def on(self, side: Role) -> int:
        """Return the registration of the one on this side."""
        return self.mentor_id if side == MENTOR else self.mentee_id


class PairRule(SQLModel, table=True):
    """A coordinator's word on two people: lock (keep them) or forbid (never propose them)."""

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"),)
    id: int = an_id()
    round_id: int = row_of("round")
    mentor_id: int = row_of("registration")
    mentee_id: int = row_of("registration")
    kind: str

    @property
    def pair(self) -> tuple[int, int]:
        """The registrations of the two: of the mentor and of the mentee."""
        return self.mentor_id, self.mentee_id
