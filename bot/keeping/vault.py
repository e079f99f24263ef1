"""The Vault of bot.chat.ports on the database: every secret sealed and bound to its name, shared by all replicas."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from bot.keeping.store import House, insert_once, run, seal_of
from bot.keeping.tables import Secret


@dataclass(frozen=True, slots=True)
class DatabaseVault:
    """Keeps the secrets of adapters; each call is a transaction of its own."""

    engine: Engine
    house: House
    now: Callable[[], datetime]

    def keep(self, name: str, secret: str, until: datetime | None = None) -> None:
        """Keep `secret` under `name`, in place of an earlier one; it is gone after `until`."""

        def work(db: Session) -> None:
            row = db.get(Secret, name, with_for_update=True) or Secret(name=name)
            row.token, row.until = seal_of(db).close("vault", name, secret), until
            db.add(row)

        run(self.engine, self.house, work)

    def read(self, name: str) -> str | None:
        """Return the secret, or None if there is none."""
        return run(self.engine, self.house, lambda db: self._open(db.get(Secret, name), db))

    def take(self, name: str) -> str | None:
        """Return the secret and forget it: of several that ask, one gets it."""

        def work(db: Session) -> str | None:
            row = db.get(Secret, name, with_for_update=True)
            if row is not None:
                db.delete(row)
            return self._open(row, db)

        return run(self.engine, self.house, work)

    def names(self, prefix: str) -> Sequence[str]:
        """Return the names that begin with `prefix`, in order."""

        def work(db: Session) -> list[str]:
            self._sweep(db)
            return list(db.exec(select(Secret.name).where(col(Secret.name).startswith(prefix, autoescape=True))).all())

        return sorted(run(self.engine, self.house, work))

    def claim(self, name: str, seconds: float) -> bool:
        """Tell whether the caller may do what `name` stands for; nobody else may until it is taken or time is up."""

        def work(db: Session) -> bool:
            self._sweep(db)
            sealed = seal_of(db).close("vault", name, "claimed")
            values = {"name": name, "token": sealed, "until": self.now() + timedelta(seconds=seconds)}
            return insert_once(Secret, values, db)

        return run(self.engine, self.house, work)

    def _open(self, row: Secret | None, db: Session) -> str | None:
        if row is None or (row.until is not None and row.until <= self.now()):
            return None
        return str(seal_of(db).open("vault", row.name, row.token))

    def _sweep(self, db: Session) -> None:
        db.exec(delete(Secret).where(col(Secret.until) <= self.now()))
