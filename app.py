"""Composition root and command line: settings → database → messengers → clock. Nothing happens at import."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Annotated, NoReturn, Protocol, TextIO

import structlog
import typer
from aiohttp import web
from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from rich.progress import Progress as Bar
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people as made_up
from adapters.health import connect as health
from adapters.health.logs import set_up_logs
from adapters.slack import connect as slack
from adapters.teams import connect as teams
from adapters.teams.package import write_package
from adapters.web.connect import Persona, Step, WebMessenger, add_to
from adapters.web.store import Store
from bot.calendar.times import Calendar
from bot.chat.cards import Card
from bot.chat.events import Address, Event, Said
from bot.chat.ports import Finding, Messenger, Receive
from bot.desk import importing
from bot.front.respond import digest_of, redrawn, respond
from bot.front.routes import DUE, PRESSED
from bot.keeping import keycheck, store
from bot.keeping.alone import AlreadyRunningError, alone, database_file
from bot.keeping.backup import backup as backup_of
from bot.keeping.resealing import SEALED, reseal
from bot.keeping.seal import NotYoursError, Seal, new_key
from bot.keeping.vault import DatabaseVault
from bot.matching import files, solve
from bot.people import coordinators, persons
from bot.people.tables import Person, Registration, Round
from bot.programme.file import Programme, WrongProgrammeError, load_all
from bot.programme.house import House, programme_of
from scheduling.clock import Clock, DemoClock, DemoTime, real_now
from scheduling.findings import look_over
from scheduling.outbox import Job, take
from scheduling.simulation import Progress, funnel
from scheduling.simulation import simulate as live
from scheduling.simulation.promises import BrokenPromiseError
from scheduling.watch import Metrics

HOST, PORT = "127.0.0.1", 3978
MOST_BYTES = 1024 * 1024  # of a request
DEMO_TENANT = "demo"
DEMO_FORMAT = "speed"

log = structlog.get_logger()
cli = typer.Typer(add_completion=False, no_args_is_help=True, help="speedmentor: mentoring programmes, run in chat.")


class Settings(BaseSettings):
    """What `serve` and the other commands read from the environment, or from a file named .env."""

    model_config = SettingsConfigDict(env_prefix="SPEEDMENTOR_", env_file=".env", extra="ignore")

    database: str
    keys: SecretStr
    host: str = HOST
    port: int = PORT
    network: str = "our network"
    link: str = ""
    zone: str = "Europe/London"
    country: str = "GB"
    subdivision: str = "ENG"

    @field_validator("database")
    @classmethod
    def _of_a_kind_we_know(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except SQLAlchemyError:
            backend = ""
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("neither sqlite:///path nor postgresql://…")
        return value


# ---------------------------------------------------------------------------------------------------- one running bot


@dataclass
class Bot:
    """A bot that is set up: events go in through `receive`, messages go out through the messengers."""

    engine: Engine
    house: House
    clock: Clock
    metrics: Metrics = field(default_factory=Metrics)

    async def receive(self, event: Event) -> Card | None:
        """Handle an event in one transaction; return after the commit, with the card that a pressed one turns into."""

        def work(db: Session) -> tuple[list[Job], list[int], Card | None]:
            now = self.clock.now()
            rows = respond(event, db, now)
            jobs = (
                [] if self.clock.stopping else take(rows, db, now)
            )  # else another process or the next start sends them
            return jobs, [row.id for row in rows if row.state == "pending" and not row.bulk], redrawn(event, rows, db)

        began = time.perf_counter()
        jobs, rest, card = await asyncio.to_thread(store.run, self.engine, self.house, work)
        seconds, kind, action = time.perf_counter() - began, type(event).__name__.lower(), getattr(event, "action", "")
        self.metrics.handled(kind, seconds, action)
        known = action if action in PRESSED else ""
        log.info("handled", kind=kind, action=known, event_id=digest_of(event)[:16], seconds=round(seconds, 3))
        if jobs or (rest and not self.clock.stopping):
            self.clock.wake(jobs, rest)
        return card


# ---------------------------------------------------------------------------------------------------- serving


class Platform(Protocol):
    """A platform that is set up: the way out, the way in, and what starts and stops with the program."""

    @property
    def messenger(self) -> Messenger:
        """Return the way out."""
        ...

    def add_to(self, application: web.Application, receive: Receive) -> None:
        """Add the endpoints that the platform calls."""
        ...

    async def start(self, receive: Receive) -> None:
        """Open what has to be open to hear from it."""
        ...

    async def stop(self) -> None:
        """Close it."""
        ...

    async def check(self) -> list[Finding]:
        """Return how it is doing, for `doctor`."""
        ...


@cli.command()
def serve(
    dangerously_allow_unauthenticated_teams: Annotated[
        bool, typer.Option(help="Take Teams activities from anybody, on this machine only: for local test clients.")
    ] = False,
) -> None:
    """Run the bot for the platforms that are set up, until it is told to stop."""
    settings = _settings()
    if dangerously_allow_unauthenticated_teams and not ip_address(settings.host).is_loopback:
        _stop(
            "--dangerously-allow-unauthenticated-teams lets anybody speak as anybody, so SPEEDMENTOR_HOST has to be "
            "127.0.0.1 with it."
        )
    set_up_logs(sys.stderr, as_json=not sys.stderr.isatty())
    with _sole(settings.database):
        engine, house = _open(settings)
        platforms = _platforms(engine, house, unauthenticated=dangerously_allow_unauthenticated_teams)
        if not platforms:
            _stop(
                "No platform is set up. For Slack set SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET "
                "(docs/slack.md), for Teams MICROSOFT_APP_ID (docs/teams.md). To look around first: app.py demo."
            )
        try:
            door = socket.create_server((settings.host, settings.port))
        except OSError as error:
            _stop(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}. "
                "Set SPEEDMENTOR_HOST and SPEEDMENTOR_PORT to an address of this machine that is free."
            )
        with door:
            asyncio.run(_serve(engine, house, platforms, door))


async def _serve(engine: Engine, house: House, platforms: Mapping[str, Platform], door: socket.socket) -> None:
    metrics = Metrics({*PRESSED, *DUE}, platforms)
    clock = Clock(engine, house, {name: platform.messenger for name, platform in platforms.items()}, real_now, metrics)
    bot = Bot(engine, house, clock, metrics)
    application = web.Application(client_max_size=MOST_BYTES)

    def look() -> None:
        with store.transaction(engine, house, read_only=True) as db:
            db.connection().execute(text("SELECT 1"))

    async def ready() -> Mapping[str, str]:
        await asyncio.to_thread(look)
        return {"clock": "stopping" if clock.stopping else "ok", "database": "ok"}

    health.add_to(application, ready, lambda: asyncio.to_thread(metrics.render, engine, house, clock.now))
    for platform in platforms.values():
        platform.add_to(application, bot.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, door).start()
    clock.start()
    for platform in platforms.values():
        await platform.start(bot.receive)
    host, port = door.getsockname()[:2]
    print(f"speedmentor serves {' and '.join(platforms)} on http://{host}:{port}. Ctrl-C stops it.", flush=True)
    await _told_to_stop()
    await clock.stop()  # what is under way is finished; what comes in from now on is kept for whoever runs next
    await runner.cleanup()
    await clock.settled()
    for platform in platforms.values():
        await platform.stop()
    engine.dispose()


async def _told_to_stop() -> None:
    """Wait for Ctrl-C or for whoever runs this program to end it."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _platforms(engine: Engine, house: House, *, unauthenticated: bool = False) -> dict[str, Platform]:
    vault = DatabaseVault(engine, house, real_now)
    try:
        found: dict[str, Platform | None] = {
            "slack": slack.set_up(slack.SlackSettings(), vault, real_now),
            "teams": teams.set_up(teams.TeamsSettings(), vault, real_now, dangerously_unauthenticated=unauthenticated),
        }
    except ValidationError as error:
        _stop("\n".join(f"{line['loc'][0]}: {line['msg']}" for line in error.errors()))
    except ValueError as error:
        _stop(str(error))
    return {name: platform for name, platform in found.items() if platform is not None}


@contextmanager
def _sole(database: str) -> Iterator[None]:
    """Let no second server run on the same SQLite file; PostgreSQL takes as many as there are."""
    file = database_file(database)
    with ExitStack() as held:
        try:
            if file:
                held.enter_context(alone(file))
        except (AlreadyRunningError, ValueError) as error:
            _stop(str(error))
        yield


@cli.command()
def doctor() -> None:
    """Look over the database, the clock and the platforms, and say what to do about what is not right."""
    settings = _settings()
    _quiet_logs()
    engine, house = store.connect(settings.database), _house(settings)
    findings = look_over(engine, house, real_now)
    platforms = _platforms(engine, house)
    for platform in platforms.values():
        findings += asyncio.run(platform.check())
    if not platforms:
        findings.append(Finding("platforms", good=False, say="None is set up. See docs/slack.md and docs/teams.md."))
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'LOOK'}  {finding.what}: {finding.say}")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="Where the copy goes; a file that does not exist yet.")]) -> None:
    """Copy the SQLite database to a file, also while the bot runs."""
    try:
        backup_of(_settings().database, file)
    except ValueError as error:
        _stop(str(error))
    print(f"Everything is in {file}. Keep SPEEDMENTOR_KEYS too: without them, private answers cannot be read.")


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
            found = db.exec(select(Person).where(Person.platform == "web", Person.state == persons.ACTIVE)).all()
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
                personas.append(Persona(person.user, person.name or person.suggestion or person.user, note))
            return personas


def _name(bot: Bot, user: str, name: str) -> None:
    with store.transaction(bot.engine, bot.house) as db:
        person = persons.find(Address("web", DEMO_TENANT, user), db)
        if person is not None:
            person.suggestion = name


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
    for words in ("new round", *which, "Speed mentoring, first round", "today", closes.strftime("%d/%m/%Y")):
        await say("cora", words)
    await say("cora", "my name is Cora Lindqvist")
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
    with _sole(f"sqlite:///{folder / 'demo.sqlite'}"), door:
        asyncio.run(_demo(folder, door))


async def _demo(folder: Path, door: socket.socket) -> None:
    settings = Settings(database=f"sqlite:///{folder / 'demo.sqlite'}", keys=SecretStr(_demo_key(folder)))
    hint = f" The demo's key is in {folder / 'demo.key'}; delete {folder} to begin afresh."
    engine, house = _open(settings, hint)
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
        await _told_to_stop()
        await clock.stop()
        await runner.cleanup()
        engine.dispose()
        print("\nStopped. Everything is kept; start it again to go on.")


# ---------------------------------------------------------------------------------------------------- other commands


@cli.command()
def coordinator() -> None:
    """Print a one-time code; whoever types it to the bot becomes a coordinator."""
    engine, house = _open(_settings())
    code = store.run(engine, house, lambda db: coordinators.new_code(db, real_now()))
    print(f"{code}\n\nType this to the bot, in a direct message, within a week. It works once.")


@cli.command("reseal")
def seal_again() -> None:
    """Seal everything with the newest key, the first of SPEEDMENTOR_KEYS; older ones can go afterwards."""
    engine, house = _open(_settings())
    try:
        count = reseal(engine, house)
    except NotYoursError:
        _stop("Something is sealed with a key that is not in SPEEDMENTOR_KEYS. Put it back, after the newest one.")
    print(
        f"{count} sealed values are under the newest key. Leave older keys out of SPEEDMENTOR_KEYS at the next start."
    )


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
    cohort = _cohort(texts, chosen, chosen.import_, (mentors.name, mentees.name))
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


@cli.command("import")
def bring_in(
    round_: Annotated[str, typer.Option("--round", help="The round's name or number.")],
    mentors: Annotated[Path, typer.Option(help="A CSV file with one mentor a row.")],
    mentees: Annotated[Path, typer.Option(help="A CSV file with one mentee a row.")],
    invitations: Annotated[Path | None, typer.Option(help="A new CSV file for personal codes, to mail-merge.")] = None,
    new_codes: Annotated[bool, typer.Option("--new-codes", help="New codes for all who have not come.")] = False,
    consent_given: Annotated[bool, typer.Option("--consent-given", help="They agreed to it, on the form.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and keep nothing.")] = False,
    new_round: Annotated[bool, typer.Option("--new-round", help="Open a round of this name first.")] = False,
    closes: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When that closes.")] = None,
    programme: Annotated[str, typer.Option(help="The format of that new round.")] = "speed",
) -> None:
    """Bring the people of two files into a round. Doing it again changes nothing."""
    (engine, house), now = _open(_settings()), real_now()
    opening = (house.programmes.get(programme), closes) if new_round else None
    try:
        texts = mentors.read_bytes(), mentees.read_bytes()
    except OSError as error:
        _stop(f"{error.filename}: cannot be read: {error.strerror}")

    def work(db: Session) -> tuple[Round, importing.Brought]:
        found = _round_to_fill(round_, opening, db, now)
        chosen = house.programmes[found.programme]
        if chosen.import_ is None:
            _stop(f"The format {chosen.key} has no [import] table that names the columns.")
        plan = importing.columns(chosen, chosen.import_, consent=consent_given)
        cohort = _cohort(texts, chosen, plan, (mentors.name, mentees.name))
        return found, importing.bring_in(cohort, found, db, now, consent=consent_given)

    if dry_run:
        with store.transaction(engine, house) as db:
            found, brought = work(db)
            print(importing.told(brought, found, consent=consent_given, trial=True))
            db.rollback()
        return
    with _private_file(invitations) as file:
        found, brought = store.run(engine, house, work)
        for event in brought.known:
            store.run(engine, house, partial(respond, event, now=now))
        print(importing.told(brought, found, consent=consent_given))
        if file is not None:
            listed = store.run(engine, house, lambda db: importing.invite(found, db, now, again=new_codes))
            if listed:
                file.write(importing.sheet(listed))
            print(importing.invited(len(listed), str(invitations)))


def _round_to_fill(
    named: str, opening: tuple[Programme | None, datetime | None] | None, db: Session, now: datetime
) -> Round:
    """Return the round of this name or number, or a new one; or stop with the reason why there is none."""
    if opening is None:
        found = importing.round_named(named, db)
    else:
        programme, closes = opening
        if programme is None or closes is None:
            _stop("--new-round also needs --closes 2026-12-18, and in --programme a format that there is.")
        found = importing.new_round(named, programme, closes.date(), db, now)
    return found if isinstance(found, Round) else _stop(found)


def _cohort(texts: tuple[bytes, bytes], chosen: Programme, plan: files.Import, names: tuple[str, str]) -> files.Cohort:
    """Return the people of two files, or stop with everything that is wrong with them."""
    cohort = files.read(
        *texts,
        plan,
        words=chosen.choice_words,
        other=[step.name for step in chosen.flow.steps if step.other],
        private=[name for name, question in chosen.questions.items() if question.private],
        most=chosen.match.most,
        names=names,
    )
    return _stop("\n".join(str(problem) for problem in cohort)) if isinstance(cohort, list) else cohort


@contextmanager
def _private_file(path: Path | None) -> Iterator[TextIO | None]:
    """Lend a new file that only this user can read; gone if nothing was written. One that is there stops everything."""
    if path is None:
        yield None
        return
    try:
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        _stop(f"{path}: cannot be written: {error.strerror}. Please name a file that is not there yet.")
    try:
        with os.fdopen(opened, "w", encoding="utf-8-sig", newline="") as file:
            yield file
    finally:
        if path.stat().st_size == 0:
            path.unlink()


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
        try:
            _migrate(engine, house)
            result = live(engine, house, crowd, coordinators.new_code, weeks=weeks, seed=seed, watch=watch)
        except keycheck.WrongKeysError:
            _stop("--database names one that is in use. A simulation needs an empty one; nothing was changed.")
        except BrokenPromiseError as error:
            _stop(f"A promise was broken: {error}")
        finally:
            engine.dispose()
    print("\n".join(funnel(result)))
    if json_file is not None:
        json_file.write_text(result.to_json(), encoding="utf-8")


@cli.command()
def teams_package(
    app_id: Annotated[str, typer.Option(help="The Microsoft App ID of the bot.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("speedmentor-teams.zip"),
    host: Annotated[str, typer.Option(help="Where the bot is reached, such as mentoring.example.org.")] = "",
    name: Annotated[str, typer.Option(help="What the app is called in Teams.")] = "speedmentor",
    website: Annotated[str, typer.Option(help="Your page about the programme; Teams links to it.")] = "",
    privacy: Annotated[str, typer.Option(help="Your privacy statement.")] = "",
    terms: Annotated[str, typer.Option(help="Your terms of use.")] = "",
) -> None:
    """Write the app package that an administrator uploads to Teams."""
    pages = {"website": website, "privacy": privacy, "terms": terms}
    try:
        write_package(out, app_id, host=host, name=name, **{page: url for page, url in pages.items() if url})
    except ValueError as error:
        _stop(str(error))
    print(f"{out} is written. Upload it in the Teams admin centre; docs/teams.md shows where.")


@cli.command("new-key")
def print_key() -> None:
    """Print a fresh key for SPEEDMENTOR_KEYS. Keep it safe: without it, private answers cannot be read."""
    print(new_key())


# ---------------------------------------------------------------------------------------------------- setting up


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"SPEEDMENTOR_{str(line['loc'][0]).upper()}" for line in error.errors())
        hint = " Make a key once with `python app.py new-key`, and keep it." if "SPEEDMENTOR_KEYS" in names else ""
        _stop(f"These settings are missing or wrong: {names}. Set them in the environment or in a file .env.{hint}")


def _open(settings: Settings, hint: str = "") -> tuple[Engine, House]:
    """Return the database, up to date, and the house whose keys it is sealed with; or stop with the reason."""
    house = _house(settings)
    try:
        engine = store.connect(settings.database)
        _migrate(engine, house)
    except store.StrangeSchemaError as error:
        _stop(str(error))
    except keycheck.WrongKeysError as error:
        _stop(f"{error}{hint}")
    except SQLAlchemyError as error:  # its text may hold the password
        name = type(getattr(error, "orig", None) or error).__name__
        _stop(
            f"SPEEDMENTOR_DATABASE cannot be opened ({name}). It should be sqlite:///path/to/file in a folder that is "
            "there, or postgresql://user:password@host/name of a server that answers."
        )
    return engine, house


def _migrate(engine: Engine, house: House) -> None:
    store.migrate(engine, partial(keycheck.keep, seal=house.seal, sealed=SEALED))


def _house(settings: Settings) -> House:
    try:
        seal = Seal(settings.keys.get_secret_value().split(","))
    except ValueError:
        _stop("SPEEDMENTOR_KEYS is not a key, or not several with commas between. `app.py new-key` prints one.")
    try:
        calendar = Calendar(settings.country, settings.subdivision)
    except ValueError as error:
        _stop(f"SPEEDMENTOR_COUNTRY or SPEEDMENTOR_SUBDIVISION: {error}")
    named = (settings.zone, settings.link, settings.network)
    return House(_programmes(), seal, calendar, *named, groups=frozenset({"slack"}))


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


def _quiet_logs() -> None:
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


if __name__ == "__main__":
    cli()
