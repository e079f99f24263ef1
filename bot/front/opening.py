"""Opening up: the formats, the house and the database that the settings name. What is wrong with them is refused."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.calendar.times import Calendar
from bot.front.parts import build, load_all
from bot.front.refusals import RefusedError, refusing
from bot.front.settings import Settings
from bot.keeping import keycheck, store
from bot.keeping.alone import AlreadyRunningError, alone, database_file
from bot.keeping.seal import Seal
from bot.keeping.tables import sealed_columns
from bot.programme.file import Programme, WrongProgrammeError
from bot.programme.house import House


def formats() -> dict[str, Programme]:
    """Return every programme format that there is, by its key."""
    try:
        return load_all()
    except WrongProgrammeError as error:
        raise RefusedError("\n".join(error.lines)) from None


def format_named(key: str) -> Programme:
    """Return the format with this key."""
    found = formats()
    if key not in found:
        raise RefusedError(f"--programme {key}: there is no such format. There is: {', '.join(sorted(found))}.")
    return found[key]


def house_of(settings: Settings, groups: Collection[str] = ()) -> House:
    """Return the house that the settings describe; `groups` are as there."""
    try:
        seal = Seal(settings.keys.get_secret_value().split(","))
    except ValueError:
        raise RefusedError(
            "SPEEDMENTOR_KEYS is not a key, or not several with commas between. `app.py new-key` prints one."
        ) from None
    try:
        calendar = Calendar(settings.country, settings.subdivision)
    except ValueError as error:
        raise RefusedError(f"SPEEDMENTOR_COUNTRY or SPEEDMENTOR_SUBDIVISION: {error}") from None
    named = {"zone": settings.zone, "link": settings.link, "network": settings.network}
    return build(formats(), seal, calendar=calendar, groups=frozenset(groups), **named)


def open_up(settings: Settings, groups: Collection[str] = (), hint: str = "") -> tuple[Engine, House]:
    """Return the database, up to date, and the house whose keys it is sealed with.

    `hint` follows the sentence that refuses another key than the database's.
    """
    house = house_of(settings, groups)
    try:
        engine = store.connect(settings.database)
        migrate(engine, house)
    except (store.StrangeSchemaError, store.OthersRunError) as error:
        raise RefusedError(str(error)) from None
    except keycheck.WrongKeysError as error:
        raise RefusedError(f"{error}{hint}") from None
    except SQLAlchemyError as error:  # its text may hold the password
        name = type(getattr(error, "orig", None) or error).__name__
        raise RefusedError(
            f"SPEEDMENTOR_DATABASE cannot be opened ({name}). It should be sqlite:///path/to/file in a folder that is "
            "there, or postgresql://user:password@host/name of a server that answers."
        ) from None
    return engine, house


def migrate(engine: Engine, house: House) -> None:
    """Bring the tables up to date, and note in them which keys they are sealed with; another key is refused."""
    store.migrate(engine, partial(keycheck.keep, seal=house.seal, sealed=sealed_columns()), seal=house.seal)


@contextmanager
def sole(database: str) -> Iterator[None]:
    """Let no second server run on the same SQLite file; PostgreSQL takes as many as there are."""
    file = database_file(database)
    with ExitStack() as held:
        if file:
            with refusing(AlreadyRunningError, ValueError):
                held.enter_context(alone(file))
        yield
