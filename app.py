"""Composition root and command line: settings → database → messengers → clock. Nothing happens at import."""

import asyncio
import socket
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import typer
from aiohttp import web
from sqlalchemy import Engine

from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people as made_up
from adapters.health.logs import quiet_logs, set_up_logs
from adapters.serving import serving
from adapters.serving.platforms import Platform, connected
from adapters.teams.package import write_package
from adapters.web.connect import Persona, WebMessenger, add_to
from adapters.web.store import Store
from bot.chat.ports import Finding
from bot.front import opening, sheets
from bot.front.parts import build
from bot.front.refusals import RefusedError, refusing
from bot.front.settings import HOST, PORT, read_settings
from bot.keeping import store
from bot.keeping.backup import backup as backup_of
from bot.keeping.keycheck import WrongKeysError
from bot.keeping.resealing import reseal
from bot.keeping.seal import NotYoursError, Seal, new_key
from bot.keeping.vault import DatabaseVault
from bot.people import coordinators
from bot.programme.house import House
from scheduling import simulation
from scheduling.clock import DemoClock, real_now
from scheduling.demo.folder import Folder
from scheduling.demo.people import furnish
from scheduling.demo.playing import Demo
from scheduling.findings import look_over
from scheduling.running import Bot, set_up

WEB, DEMO = "web", "demo"  # the platform and the tenant of everybody in a demo
GROUPS = frozenset({"slack"})  # platforms on which the bot can bring two people into a conversation of their own


class Commands(typer.core.TyperGroup):
    """The commands. One that is refused says why, and ends with 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RefusedError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(2) from None


cli = typer.Typer(
    cls=Commands, add_completion=False, no_args_is_help=True, help="speedmentor: mentoring programmes, run in chat."
)


# ---------------------------------------------------------------------------------------------------- serving


@cli.command()
def serve(
    dangerously_allow_unauthenticated_teams: Annotated[
        bool, typer.Option(help="Take Teams activities from anybody, on this machine only: for local test clients.")
    ] = False,
) -> None:
    """Run the bot for the platforms that are set up, until it is told to stop."""
    settings = read_settings()
    if dangerously_allow_unauthenticated_teams and not ip_address(settings.host).is_loopback:
        raise RefusedError(
            "--dangerously-allow-unauthenticated-teams lets anybody speak as anybody, so SPEEDMENTOR_HOST has to be "
            "127.0.0.1 with it."
        )
    set_up_logs(sys.stderr, as_json=not sys.stderr.isatty())
    with opening.sole(settings.database):
        engine, house = opening.open_up(settings, GROUPS)
        platforms = _platforms(engine, house, unauthenticated=dangerously_allow_unauthenticated_teams)
        if not platforms:
            raise RefusedError(
                "No platform is set up. For Slack set SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET "
                "(docs/slack.md), for Teams MICROSOFT_APP_ID (docs/teams.md). To look around first: app.py demo."
            )
        try:
            door = socket.create_server((settings.host, settings.port))
        except OSError as error:
            raise RefusedError(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}. "
                "Set SPEEDMENTOR_HOST and SPEEDMENTOR_PORT to an address of this machine that is free."
            ) from None
        with door:
            asyncio.run(_serve(engine, house, platforms, door))


async def _serve(engine: Engine, house: House, platforms: Mapping[str, Platform], door: socket.socket) -> None:
    bot = set_up(engine, house, {name: platform.messenger for name, platform in platforms.items()}, real_now)
    host, port = door.getsockname()[:2]
    told = f"speedmentor serves {' and '.join(platforms)} on http://{host}:{port}. Ctrl-C stops it."
    application = serving.website(bot, platforms.values())
    await serving.serve(application, door, bot, platforms.values(), partial(print, told, flush=True))
    engine.dispose()


def _platforms(engine: Engine, house: House, *, unauthenticated: bool = False) -> dict[str, Platform]:
    with refusing(ValueError):
        return connected(DatabaseVault(engine, house, real_now), real_now, unauthenticated=unauthenticated)


@cli.command()
def doctor() -> None:
    """Look over the database, the clock and the platforms, and say what to do about what is not right."""
    settings = read_settings()
    quiet_logs()
    engine, house = store.connect(settings.database), opening.house_of(settings, GROUPS)
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
    with refusing(ValueError):
        backup_of(read_settings().database, file)
    print(f"Everything is in {file}. Keep SPEEDMENTOR_KEYS too: without them, private answers cannot be read.")


# ---------------------------------------------------------------------------------------------------- the demo


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("speedmentor-data"),
    port: Annotated[int, typer.Option(help="The port of the chat page.")] = PORT,
) -> None:
    """Try everything in the browser, on this machine, without any account."""
    quiet_logs()
    kept = Folder(folder)
    try:
        door = socket.create_server((HOST, port))
    except OSError:
        raise RefusedError(
            f"Port {port} is in use. Stop what uses it, or choose another: make demo ARGS='--port 3979'"
        ) from None
    with opening.sole(kept.database), door:
        asyncio.run(_demo(kept, door))


async def _demo(kept: Folder, door: socket.socket) -> None:
    engine, house = opening.open_up(kept.settings(), GROUPS, kept.hint)
    now = kept.time()
    with Store(kept.chat, now) as history:
        messenger = WebMessenger(history)
        clock = DemoClock(engine, house, {WEB: messenger}, now)
        bot = Bot(engine, house, clock)
        page = Demo(bot, clock, WEB, DEMO, Persona)
        if not await page.people():
            await furnish(bot, page.at)
            for persona in await page.people():
                history.read(persona.id, max(shown.id for shown in history.messages(persona.id)[0]))
        application = web.Application()
        add_to(application, messenger, bot.receive, page, tenant=DEMO)
        port = door.getsockname()[1]
        told = f"speedmentor is running. Open http://{HOST}:{port}/ in your browser. Ctrl-C stops it."
        await serving.serve(application, door, bot, (), partial(print, told, flush=True))
        engine.dispose()
        print("\nStopped. Everything is kept; start it again to go on.")


# ---------------------------------------------------------------------------------------------------- other commands


@cli.command()
def coordinator() -> None:
    """Print a one-time code; whoever types it to the bot becomes a coordinator."""
    engine, house = opening.open_up(read_settings(), GROUPS)
    code = store.run(engine, house, lambda db: coordinators.new_code(db, real_now()))
    print(f"{code}\n\nType this to the bot, in a direct message, within a week. It works once.")


@cli.command("reseal")
def seal_again() -> None:
    """Seal everything with the newest key, the first of SPEEDMENTOR_KEYS; older ones can go afterwards."""
    engine, house = opening.open_up(read_settings(), GROUPS)
    try:
        count = reseal(engine, house)
    except NotYoursError:
        raise RefusedError(
            "Something is sealed with a key that is not in SPEEDMENTOR_KEYS. Put it back, after the newest one."
        ) from None
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
    matched = sheets.match(sheets.Sheets(mentors, mentees), programme, opening.formats())
    if out is not None:
        matched.write(out)
    print(matched.to_json() if as_json else matched.summary)


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
    (engine, house), now = opening.open_up(read_settings(), GROUPS), real_now()
    wanted = sheets.Wanted(round_, new_round, programme, closes, consent_given, invitations, new_codes)
    for told in sheets.bring_in(engine, house, sheets.Sheets(mentors, mentees), wanted, now, trial=dry_run):
        print(told)


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
    quiet_logs()
    house = build({programme: opening.format_named(programme)}, Seal([new_key()]))
    crowd = Crowd(made_up(mentors, mentees, seed, weeks), seed)
    with simulation.database(database) as engine, simulation.bar(weeks) as watch:
        try:
            opening.migrate(engine, house)
            appoint = coordinators.new_code
            result = simulation.simulate(engine, house, crowd, appoint, weeks=weeks, seed=seed, watch=watch)
        except WrongKeysError:
            raise RefusedError(
                "--database names one that is in use. A simulation needs an empty one; nothing was changed."
            ) from None
        except simulation.BrokenPromiseError as error:
            raise RefusedError(f"A promise was broken: {error}") from None
    print("\n".join(simulation.funnel(result)))
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
    with refusing(ValueError):
        write_package(out, app_id, host=host, name=name, **{page: url for page, url in pages.items() if url})
    print(f"{out} is written. Upload it in the Teams admin centre; docs/teams.md shows where.")


@cli.command("new-key")
def print_key() -> None:
    """Print a fresh key for SPEEDMENTOR_KEYS. Keep it safe: without it, private answers cannot be read."""
    print(new_key())


if __name__ == "__main__":
    cli()
