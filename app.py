"""Composition root and command line: settings → database → messengers → clock. Nothing happens at import."""

import asyncio
import json
import logging
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer
from aiohttp import web
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from rich.progress import Progress as Bar
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people as made_up
from adapters.web.connect import Persona, Step, WebMessenger, add_to
from adapters.web.store import Store
from bot import coordinators, people, store
from bot.cards import Card
from bot.core import redrawn, respond
from bot.events import Address, Event, Said
from bot.house import House, programme_of
from bot.matching import files, solve
from bot.models import Person, Registration, Round
from bot.programme import Programme, WrongProgrammeError, load_all
from bot.seal import Seal, new_key
from bot.times import Calendar
from scheduling.clock import Clock, DemoClock, DemoTime
from scheduling.outbox import Job, take
from scheduling.promises import BrokenPromiseError
from scheduling.simulation import Progress, funnel
from scheduling.simulation import simulate as live

HOST, PORT = "127.0.0.1", 3978
DEMO_TENANT = "demo"
DEMO_FORMAT = "speed"

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="speedmentor: mentoring programmes, run in chat.")


class Settings(BaseSettings):
    """What `serve` and the other commands read from the environment, or from a file named .env."""

    model_config = SettingsConfigDict(env_prefix="SPEEDMENTOR_", env_file=".env", extra="ignore")

    database: str
    keys: SecretStr
    network: str = "our network"
    link: str = ""
    zone: str = "Europe/London"
    country: str = "GB"
    subdivision: str = "ENG"


# ---------------------------------------------------------------------------------------------------- one running bot


@dataclass
class Bot:
    """A bot that is set up: events go in through `receive`, messages go out through the messengers."""

    engine: Engine
    house: House
    clock: Clock

    async def receive(self, event: Event) -> Card | None:
        """Handle an event in one transaction; return after the commit, with the card that a pressed one turns into."""

        def work(db: Session) -> tuple[list[Job], list[int], Card | None]:
            now = self.clock.now()
            rows = respond(event, db, now)
            jobs = take(rows, db, now)
            return jobs, [row.id for row in rows if row.state == "pending" and not row.bulk], redrawn(event, rows, db)

        jobs, rest, card = await asyncio.to_thread(store.run, self.engine, self.house, work)
        if jobs or rest:
            self.clock.wake(jobs, rest)
        return card


# ---------------------------------------------------------------------------------------------------- the demo


@dataclass
class Demo:
    """What the chat page may do in a demo and nowhere else: be anyone, and move the bot's clock."""

    bot: Bot
    clock: DemoClock

    @property
    def zone(self) -> str:
        """The zone that the clock is shown in."""
        return self.bot.house.zone

    def now(self) -> datetime:
        """Return the time on the bot's clock."""
        return self.clock.now()

    async def people(self) -> Sequence[Persona]:
        """Return everybody who has spoken to the bot, coordinators first."""
        return await asyncio.to_thread(self._people)

    async def new_person(self, name: str) -> str:
        """Let somebody new walk in and say hello; they are known by their name."""
        user = "-".join(name.casefold().split())
        if not user or any(persona.id == user for persona in await self.people()):
            raise ValueError("Somebody of that name is here already. Please choose another name.")
        await self.bot.receive(Said(f"hello:{user}", Address("web", DEMO_TENANT, user), "hello"))
        await self.clock.settled()
        await asyncio.to_thread(_name, self.bot, user, name)
        return user

    async def move(self, step: Step) -> datetime:
        """Move the bot's clock forward; everything that comes due on the way happens at its own moment."""
        days = {"day": 1, "week": 7}.get(step)
        to = self.clock.now() + timedelta(days=days) if days else await self.clock.next_due()
        return await self.clock.advance(to) if to is not None else self.clock.now()

    def _people(self) -> list[Persona]:
        with store.transaction(self.bot.engine, self.bot.house, read_only=True) as db:
            found = db.exec(select(Person).where(Person.platform == "web", Person.state == people.ACTIVE)).all()
            personas = []
            for person in sorted(found, key=lambda each: (not each.coordinator, each.id)):
                query = select(Registration, Round).join(Round).where(Registration.person_id == person.id)
                latest = db.exec(query.order_by(col(Registration.id).desc())).first()
                note = "coordinator" if person.coordinator else ""
                if latest and latest[1].programme:
                    programme = programme_of(latest[1], db)
                    named = (programme.of_kind("role"), programme.report.by[0])
                    shown = [programme.show(name, latest[0].answers) for name in named]
                    note = " · ".join([note, *(text for text in shown if text)]).strip(" ·")
                personas.append(Persona(person.user, person.name or person.user, note))
            return personas


def _name(bot: Bot, user: str, name: str) -> None:
    with store.transaction(bot.engine, bot.house) as db:
        person = people.find(Address("web", DEMO_TENANT, user), db)
        if person is not None and not person.name:
            person.name = name


DEMO_ANSWERS = ("name", "contact", "role", "grade", "profession", "department", "wanted_profession", "availability")
DEMO_PEOPLE = (
    ("Amara Okafor", "mentor", "Grade 7", "Policy", "HM Treasury", "", "tuesdays, thursday mornings"),
    ("Bryn Hughes", "mentor", "SEO", "Digital, data and technology", "Met Office", "", "weekday mornings"),
    ("Chidi Nwosu", "mentor", "Grade 6", "Operational delivery", "Home Office", "", "any"),
    ("Dana Levi", "both", "SEO", "Policy", "Cabinet Office", "Policy", "mornings"),
    ("Elif Demir", "mentee", "HEO", "Statistics", "Office for National Statistics", "Policy", "any"),
    ("Fergus Boyd", "mentee", "HEO", "Policy", "Scottish Government", "Policy", "weekday afternoons"),
    ("Gwen Parry", "mentee", "EO", "Operational delivery", "Welsh Government", "Digital, data and technology", "any"),
    ("Hari Patel", "mentee", "SEO", "Finance", "Department for Transport", "Operational delivery", "mon am, wed pm"),
)


async def _furnish(bot: Bot) -> None:
    """Give a new demo a coordinator, an open round and a few people who have registered, all by talking to the bot."""
    ids = count(1)

    async def say(user: str, text: str) -> None:
        await bot.receive(Said(f"demo:{next(ids)}", Address("web", DEMO_TENANT, user), text))

    code = store.run(bot.engine, bot.house, lambda db: coordinators.new_code(db, bot.clock.now()))
    closes = bot.clock.now() + timedelta(days=14)
    await say("cora", code)
    programme = bot.house.programmes[DEMO_FORMAT]
    which = (programme.name,) if len(bot.house.programmes) > 1 else ()
    for text in ("new round", *which, "Speed mentoring, first round", "today", closes.strftime("%d/%m/%Y")):
        await say("cora", text)
    _name(bot, "cora", "Cora Lindqvist")
    for row in DEMO_PEOPLE:
        user = row[0].split()[0].casefold()
        given = dict(zip(DEMO_ANSWERS, (row[0], f"{user}@example.gov.uk", *row[1:]), strict=True))
        await say(user, "register")
        answers: dict[str, str] = {}
        while (step := programme.flow.next(answers)) is not None:
            text = given.get(step.name) or ("skip" if step.optional else step.default or "yes")
            text = step.choices[0].label if text == "yes" and step.kind == "choice" else text
            await say(user, text)
            answers[step.name] = step.read("" if text == "skip" else text) or ""  # type: ignore[assignment]
        await say(user, "confirm registration")


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("speedmentor-data"),
    port: Annotated[int, typer.Option(help="The port of the chat page.")] = PORT,
) -> None:
    """Try everything in the browser, on this machine, without any account."""
    _quiet_logs()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        door = socket.create_server((HOST, port))
    except OSError:
        _stop(f"Port {port} is in use. Stop what uses it, or choose another: make demo ARGS='--port 3979'")
    with _alone(folder / "running.lock"), door:
        asyncio.run(_demo(folder, door))


async def _demo(folder: Path, door: socket.socket) -> None:
    house = _house(Settings(database=f"sqlite:///{folder / 'demo.sqlite'}", keys=SecretStr(_demo_key(folder))))
    engine = store.connect(f"sqlite:///{folder / 'demo.sqlite'}")
    store.migrate(engine)
    moved = folder / "clock.json"
    offset = timedelta(seconds=json.loads(moved.read_text()) if moved.exists() else 0)
    now = DemoTime(offset, lambda ahead: moved.write_text(json.dumps(ahead.total_seconds())))
    with Store(folder / "chat.sqlite", now) as history:
        messenger = WebMessenger(history)
        clock = DemoClock(engine, house, {"web": messenger}, now)
        bot = Bot(engine, house, clock)
        page = Demo(bot, clock)
        if not await page.people():
            await _furnish(bot)
            await clock.settled()
            for persona in await page.people():
                history.read(persona.id, max(shown.id for shown in history.messages(persona.id)[0]))
        application = web.Application()
        add_to(application, messenger, bot.receive, page, tenant=DEMO_TENANT)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.SockSite(runner, door).start()
        clock.start()
        address = f"http://{HOST}:{door.getsockname()[1]}/"
        print(f"speedmentor is running. Open {address} in your browser. Ctrl-C stops it.", flush=True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("\nStopped. Everything is kept; start it again to go on.")
        finally:
            await clock.stop()
            await runner.cleanup()
            engine.dispose()


# ---------------------------------------------------------------------------------------------------- other commands


@cli.command()
def coordinator() -> None:
    """Print a one-time code; whoever types it to the bot becomes a coordinator."""
    settings = _settings()
    engine = _open(settings)
    code = store.run(engine, _house(settings), lambda db: coordinators.new_code(db, datetime.now(UTC)))
    print(f"{code}\n\nType this to the bot, in a direct message, within a week. It works once.")


@cli.command()
def match(
    mentors: Annotated[Path, typer.Option(help="A CSV file with one mentor a row.")],
    mentees: Annotated[Path, typer.Option(help="A CSV file with one mentee a row.")],
    out: Annotated[Path | None, typer.Option(help="A folder for matches.csv, people.csv and summary.txt.")] = None,
    programme: Annotated[str, typer.Option(help="The format whose rules apply.")] = "speed",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Match the people of two files, without the bot: the files that programmes have today go in, files come out."""
    chosen = _programmes().get(programme)
    if chosen is None or chosen.import_ is None:
        _stop(f"--programme {programme}: there is no such format, or it has no [import] table that names the columns.")
    try:
        texts = mentors.read_bytes(), mentees.read_bytes()
    except OSError as error:
        _stop(f"{error.filename}: cannot be read: {error.strerror}")
    begun = time.perf_counter()
    cohort = files.read(
        *texts,
        chosen.import_,
        words=chosen.choice_words,
        other=[step.name for step in chosen.flow.steps if step.other],
        private=[name for name, question in chosen.questions.items() if question.private],
        most=chosen.match.most,
        names=(mentors.name, mentees.name),
    )
    if isinstance(cohort, list):
        _stop("\n".join(str(problem) for problem in cohort))
    solution = solve(chosen.match, chosen.question_infos, cohort.mentors, cohort.mentees)
    seconds = time.perf_counter() - begun
    written = files.write(chosen.match, chosen.question_infos, cohort, solution, show=chosen.report.shortage_by[:1])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            (out / name).write_text(text, encoding="utf-8", newline="")
    if as_json:
        pairs = [(cohort.people[pair.mentor].email, cohort.people[pair.mentee].email) for pair in solution.pairs]
        result = {"levels": solution.levels, "pairs": pairs, "seconds": round(seconds, 4)}
        print(json.dumps({**result, "certified": solution.certified, "bound": solution.bound}))
    else:
        print(written["summary.txt"])


@cli.command()
def simulate(
    mentors: Annotated[int, typer.Option(min=1, help="How many mentors.")] = 425,
    mentees: Annotated[int, typer.Option(min=1, help="How many mentees.")] = 550,
    weeks: Annotated[int, typer.Option(min=8, help="How many weeks to live through.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people do the same.")] = 1,
    programme: Annotated[str, typer.Option(help="The format.")] = "speed",
    database: Annotated[str, typer.Option(help="An empty database; without one, a file that is thrown away.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result there as one JSON object.")] = None,
) -> None:
    """Live a whole programme with made-up people, and check all the while that every promise is kept."""
    _quiet_logs()
    formats = _programmes()
    if programme not in formats:
        _stop(f"--programme {programme}: there is no such format. There is: {', '.join(sorted(formats))}.")
    house = House({programme: formats[programme]}, Seal([new_key()]))
    crowd = Crowd(made_up(mentors, mentees, seed, weeks), seed)
    with tempfile.TemporaryDirectory() as folder, Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task("week 0", total=weeks)

        def watch(progress: Progress) -> None:
            seen = f"week {progress.week}: {progress.events:,} events, {progress.messages:,} messages"
            bar.update(task, completed=progress.week, description=seen)

        engine = store.connect(database or f"sqlite:///{folder}/simulated.db")
        store.migrate(engine)
        try:
            result = live(engine, house, crowd, coordinators.new_code, weeks=weeks, seed=seed, watch=watch)
        except BrokenPromiseError as error:
            _stop(f"A promise was broken: {error}")
        finally:
            engine.dispose()
    print("\n".join(funnel(result)))
    if json_file is not None:
        json_file.write_text(result.to_json(), encoding="utf-8")


@cli.command("new-key")
def print_key() -> None:
    """Print a fresh key for SPEEDMENTOR_KEYS. Keep it safe: without it, private answers cannot be read."""
    print(new_key())


@cli.command()
def serve() -> None:
    """Run the bot for the platforms that are set up."""
    settings = _settings()
    _open(settings)
    _house(settings)
    _stop("No platform is set up. Slack and Teams come with a later version; until then, try `app.py demo`.")


# ---------------------------------------------------------------------------------------------------- setting up


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"SPEEDMENTOR_{str(line['loc'][0]).upper()}" for line in error.errors())
        _stop(f"These settings are missing or wrong: {names}. Set them in the environment or in a file named .env.")


def _open(settings: Settings) -> Engine:
    engine = store.connect(settings.database)
    try:
        store.migrate(engine)
    except store.StrangeSchemaError as error:
        _stop(str(error))
    return engine


def _house(settings: Settings) -> House:
    try:
        seal = Seal(settings.keys.get_secret_value().split(","))
    except ValueError:
        _stop("SPEEDMENTOR_KEYS is not a key, or not several with commas between. `app.py new-key` prints one.")
    try:
        calendar = Calendar(settings.country, settings.subdivision)
    except ValueError as error:
        _stop(f"SPEEDMENTOR_COUNTRY or SPEEDMENTOR_SUBDIVISION: {error}")
    return House(_programmes(), seal, calendar, settings.zone, settings.link, settings.network)


def _programmes() -> dict[str, Programme]:
    try:
        return load_all()
    except WrongProgrammeError as error:
        _stop("\n".join(error.lines))


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(2)


def _demo_key(folder: Path) -> str:
    path = folder / "demo.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_key())
    return path.read_text().strip()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that the operating system lets go of when this process ends, however it ends."""
    lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        _stop(f"A bot is running on {path.parent} already. Use that one, or stop it first.")
    try:
        yield
    finally:
        lock.close()


def _quiet_logs() -> None:
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


if __name__ == "__main__":
    cli()
