"""What `app.py doctor` finds in the database: each thing that can be wrong, how it is, and what to do about it."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, and_, asc, case, desc, func, text
from sqlalchemy import select as rows_of
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from bot.chat.ports import Finding
from bot.keeping import keycheck
from bot.keeping.store import migration_config, safe_with_wal, transaction
from bot.keeping.tables import SEALED, Outbox, SetAside, sealed_columns
from bot.people.tables import Account, Person
from bot.programme.house import House
from bot.programme.house import house as house_of
from scheduling.due import dates
from scheduling.watch import Watched, look

CLOCK_OFF = 5.0  # seconds that our clock and the database's may differ
LATE = 60.0  # seconds that a date or a reply may be late
BULK_LATE = 3600.0  # seconds that a message in bulk may be late: a platform's pace is slow
SAMPLE = 50  # sealed values of each kind, the oldest and the newest so many
MOST_ROWS = 10  # rows set aside that are listed
FULL_SYNC = 2  # what SQLite calls FULL
NORMAL_ENDS = frozenset({"reader_gone", "unreachable"})  # messages to people who have left

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


def look_over(engine: Engine, house: House, now: Callable[[], datetime]) -> list[Finding]:
    """Return how the database is, the most basic things first; it stops where nothing further can be looked at."""
    found: list[Finding] = []
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and file != ":memory:" and not Path(file).is_file():
        say = f"There is no file {file} yet. Check SPEEDMENTOR_DATABASE; `app.py serve` makes a new one."
        return [Finding("database", good=False, say=say)]
    try:
        with transaction(engine, house, read_only=True) as db:
            found += _safety(db)
            found.append(_schema(db))
            if not found[-1].good:
                return found
            found += [_keys(db), _coordinators(db)]
            found += _set_aside(db, now())
            given_up, people = _given_up(db), _people(db)
        watched = look(engine, house, now)
        found += [*_clock(watched), _dates(watched), *_messages(watched), given_up, people]
    except SQLAlchemyError as error:
        say = (
            f"The database does not answer as it should ({type(error).__name__}). Check SPEEDMENTOR_DATABASE, that the "
            "server runs and lets this machine in, and that no other program keeps the file locked."
        )
        found.append(Finding("database", good=False, say=say))
    return found


def _safety(db: Session) -> Iterator[Finding]:
    """Yield whether this database keeps what was committed."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        version = connection.execute(text("SHOW server_version")).scalar_one()
        yield Finding("database", good=True, say=f"PostgreSQL {version} answers.")
        loose = [
            name
            for name in ("fsync", "synchronous_commit")
            if connection.execute(text(f"SHOW {name}")).scalar_one() == "off"
        ]
        say = (
            f"{' and '.join(loose)} off: a power cut can lose what was decided. Turn it on in the server's settings."
            if loose
            else "What is committed is on disk."
        )
        yield Finding("durability", good=not loose, say=say)
        return
    asked = ("journal_mode", "synchronous", "foreign_keys", "quick_check(1)")
    journal, synchronous, keys, sound = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked)
    yield Finding("database", good=True, say=f"SQLite {sqlite3.sqlite_version}, journal mode {journal}.")
    safe = journal != "wal" or safe_with_wal(sqlite3.sqlite_version_info)
    say = (
        "What is committed is on disk."
        if safe and synchronous == FULL_SYNC
        else f"Journal mode {journal} is not safe with SQLite {sqlite3.sqlite_version}, or something has set "
        "synchronous lower. Close every other program that has the file open, and start the bot again."
    )
    yield Finding("durability", good=safe and synchronous == FULL_SYNC, say=say)
    say = "Foreign keys are on." if keys else "Foreign keys are off in this build of SQLite. Use another Python."
    yield Finding("foreign keys", good=bool(keys), say=say)
    say = (
        "The file is sound."
        if sound == "ok"
        else "The file is damaged. Stop the bot, keep the file, and restore the latest backup: see docs/operating.md."
    )
    yield Finding("file", good=sound == "ok", say=say)


def _schema(db: Session) -> Finding:
    scripts = ScriptDirectory.from_config(migration_config())
    wanted, known = scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()}
    there = db.connection().dialect.has_table(db.connection(), "alembic_version")
    found = db.connection().execute(text("SELECT max(version_num) FROM alembic_version")).scalar() if there else None
    if found == wanted:
        return Finding("tables", good=True, say=f"They are at revision {found}, as this version wants.")
    if found is None:
        return Finding("tables", good=False, say="There are none yet. `app.py serve` makes them when it starts.")
    if found in known:
        say = (
            f"They are at revision {found}, and this version wants {wanted}. `app.py serve` changes them at its start."
        )
        return Finding("tables", good=False, say=say)
    say = (
        f"They are at revision {found}, which this version does not know: a newer one has used them. Start that "
        "version, or restore a backup from before."
    )
    return Finding("tables", good=False, say=say)


def _keys(db: Session) -> Finding:
    seal, looked_at, closed = house_of(db).seal, 0, []
    if not keycheck.fits(db.connection(), seal):
        return Finding("keys", good=False, say=keycheck.REFUSAL)
    for token in sealed_columns():
        tokens: set[str] = set()
        for end in (asc, desc):
            order = [end(key) for key in token.table.primary_key]
            tokens |= set(db.execute(rows_of(token).where(token != "").order_by(*order).limit(SAMPLE)).scalars())
        looked_at += len(tokens)
        lost = sum(not seal.opens(each) for each in tokens)
        if lost:
            closed.append(f"{lost} of {len(tokens)} {token.info[SEALED]}")
    if not closed:
        return Finding("keys", good=True, say=f"They open everything that was tried: {looked_at} sealed values.")
    say = (
        f"They do not open what is stored; of those tried: {', '.join(closed)}. Put the key that sealed them back into "
        "SPEEDMENTOR_KEYS, after the newest one. Without it nobody can read them."
    )
    return Finding("keys", good=False, say=say)


def _coordinators(db: Session) -> Finding:
    those = (col(Person.coordinator).is_(True), col(Person.state) == "active")
    count = rows_of(func.count(col(Person.id)))
    many = db.execute(count.where(*those)).scalar_one()
    there = (col(Account.person_id) == Person.id, col(Account.current), col(Account.reachable))
    reachable = db.execute(count.join(Account, and_(*there)).where(*those)).scalar_one()
    if reachable:
        return Finding("coordinators", good=True, say=f"{_many(reachable, 'person')} can coordinate.")
    say = "Nobody coordinates." if not many else "None of those who coordinate can be reached."
    say += " Print a code with `app.py coordinator`; whoever types it to the bot becomes a coordinator."
    return Finding("coordinators", good=False, say=say)


def _set_aside(db: Session, now: datetime) -> Iterator[Finding]:
    rows: list[SetAside] = []
    for action, date in dates(house_of(db)).columns.items():
        same = (col(SetAside.row_id) == date.class_.id, col(SetAside.due) == date, col(SetAside.action) == action)
        rows += db.execute(rows_of(SetAside).join(date.class_, same[0]).where(*same[1:])).scalars()
    if not rows:
        yield Finding("set aside", good=True, say="No row is set aside.")
    for row in sorted(rows, key=lambda each: -each.attempts)[:MOST_ROWS]:
        again = f"in {_span((row.until - now).total_seconds())}" if row.until > now else "now"
        say = (
            f"{row.action} of row {row.row_id} failed with {_code(row.reason)}, {_many(row.attempts, 'time')}. It is "
            f"tried again {again}. If a restart or a newer version does not mend it, report it with the log's lines "
            "around “set aside”."
        )
        yield Finding("set aside", good=False, say=say)
    if len(rows) > MOST_ROWS:
        yield Finding("set aside", good=False, say=f"{len(rows) - MOST_ROWS} more rows are set aside.")


def _clock(watched: Watched) -> Iterator[Finding]:
    if watched.ahead is None:
        return
    say = f"This machine's clock and the database's differ by {abs(watched.ahead):.1f} seconds."
    good = abs(watched.ahead) <= CLOCK_OFF
    yield Finding(
        "clock", good=good, say=say if good else f"{say} Let both take their time from the same servers (NTP)."
    )


def _dates(watched: Watched) -> Finding:
    action, seconds = max(watched.overdue.items(), key=lambda each: each[1], default=("", 0.0))
    if seconds <= LATE:
        return Finding("dates", good=True, say="No date is late.")
    say = (
        f"{action} is {_span(seconds)} late. Is `app.py serve` running? If it is, look for “tick failed” in its log. "
        "What is late is done once, by itself."
    )
    return Finding("dates", good=False, say=say)


def _messages(watched: Watched) -> Iterator[Finding]:
    late = {key: each for key, each in watched.ready.items() if each.lag > (BULK_LATE if key[1] else LATE)}
    if not late:
        waiting = (
            f"{_many(watched.waiting, 'message')} to be sent, none too late." if watched.waiting else "Nothing waits."
        )
        yield Finding("delivery", good=True, say=waiting)
    for (platform, bulk), each in sorted(late.items()):
        kind = "in bulk" if bulk else "in reply to somebody"
        say = (
            f"{_many(each.count, 'message')} to {_code(platform)}, {kind}, could go; the oldest for {_span(each.lag)}. "
            f"Is `app.py serve` running with {_code(platform)} set up? If so, look at the platform's status page."
        )
        yield Finding("delivery", good=False, say=say)
    unclear = int(sum(many for (_, state), many in watched.ended.items() if state == "unknown"))
    if unclear:
        say = (
            f"The platform gave no clear answer on {_many(unclear, 'message')}. They are looked up or sent once more "
            "within minutes. If the number stays, look at the network between here and the platform."
        )
        yield Finding("unknown outcomes", good=True, say=say)


def _given_up(db: Session) -> Finding:
    many = func.count(col(Outbox.id))
    query = rows_of(col(Outbox.platform), col(Outbox.reason), many).where(col(Outbox.state) == "dead")
    rows = db.execute(query.group_by(col(Outbox.platform), col(Outbox.reason))).all()
    odd = sorted(
        ((count, platform, reason) for platform, reason, count in rows if reason not in NORMAL_ENDS), reverse=True
    )
    if not odd:
        left = sum(count for _, _, count in rows)
        say = f"Nothing but {_many(left, 'message')} to people who have left." if left else "Nothing in the last month."
        return Finding("given up", good=True, say=say)
    listed = "; ".join(
        f"{_many(count, 'message')} to {_code(platform)}: {_code(reason)}"
        for count, platform, reason in odd[:MOST_ROWS]
    )
    say = f"Given up in the last month: {listed}. The code is the platform's: see docs/slack.md or docs/teams.md."
    return Finding("given up", good=False, say=say)


def _people(db: Session) -> Finding:
    platform, everybody = col(Account.platform), func.count(col(Account.id))
    query = rows_of(platform, everybody, func.sum(case((col(Account.reachable).is_(True), 0), else_=1)))
    query = query.join(Person).where(col(Account.current), col(Person.state) == "active")
    lost = [row for row in db.execute(query.group_by(platform).order_by(platform)) if row[2]]
    if not lost:
        return Finding("people", good=True, say="Everybody can be reached.")
    listed = ", ".join(f"{_code(platform)}: {many} of {all_}" for platform, all_, many in lost)
    if any(many == all_ for _, all_, many in lost):
        say = "A whole platform is lost: look whether the app is still installed there, and at its credentials."
        return Finding("people", good=False, say=f"Some cannot be reached ({listed}). {say}")
    say = "They left, or took the app out; coordinators see who. Whoever writes to the bot can be reached again."
    return Finding("people", good=True, say=f"Some cannot be reached ({listed}). {say}")


def _code(name: str) -> str:
    """Return a name if it is one, and nothing that somebody could have written."""
    return name if _CODE.fullmatch(name) else "(no name)"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what if count == 1 else {'person': 'people'}.get(what, what + 's')}"


def _span(seconds: float) -> str:
    """Return a length of time in the largest unit that fits."""
    span = timedelta(seconds=max(seconds, 0))
    for what, unit in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= unit:
            return _many(span // unit, what)
    return _many(span // timedelta(seconds=1), "second")
