"""A simulation that somebody watches: its database, thrown away if it has no other place, and a bar that fills."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar
from sqlalchemy import Engine

from bot.keeping.store import connect
from scheduling.simulation.living import Progress


@contextmanager
def database(url: str = "") -> Iterator[Engine]:
    """Lend the database of this URL; without one, a new file that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(url or f"sqlite:///{folder}/simulated.db")
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def bar(weeks: int) -> Iterator[Callable[[Progress], None]]:
    """Show on the standard error output how far a simulation has come, as it is told every week."""
    with Bar(console=Console(stderr=True)) as shown:
        task = shown.add_task("week 0", total=weeks)

        def watch(progress: Progress) -> None:
            seen = f"week {progress.week}: {progress.events:,} events, {progress.messages:,} messages"
            shown.update(task, completed=progress.week, description=seen)

        yield watch
