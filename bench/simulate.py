"""How a simulated programme grows with its people: python -m bench.simulate [SIZE …] [--large] [--weeks 60] [--seed 1].

Runs 100 and 1,000 people (with --large, 10,000 too), or as many as asked for, each on a fresh SQLite database, and
prints a Markdown table. Growth compares a person's share with that of the first line: 1.00 is flat.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people
from bot.front.parts import build, load_all
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate
from bot.people import coordinators
from scheduling.simulation import Progress, Result, simulate

SIZES, LARGE = (100, 1_000), 10_000
MENTORS = 0.436  # of all people, as in 425 mentors and 550 mentees
COLUMNS = (
    "people",
    "events",
    "dates",
    "messages",
    "seconds",
    "events/s",
    "messages/s",
    "ms per person",
    "growth",
    "MB",
    "kB per person",
    "growth",
)


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("sizes", nargs="*", type=int, help="how many people, instead of 100 and 1,000")
    options.add_argument("--large", action="store_true", help="10,000 people too")
    options.add_argument("--weeks", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'---:|' * len(COLUMNS)}")
    first: tuple[float, float] | None = None
    for size in (*(asked.sizes or SIZES), *((LARGE,) if asked.large else ())):
        result = run(size, asked.weeks, asked.seed)
        each = (result.seconds / size * 1000, result.database_bytes / size / 1000)
        first = first or each
        cells = (
            f"{size:,}",
            f"{result.events:,}",
            f"{result.due_handled:,}",
            f"{result.messages:,}",
            f"{result.seconds:,.1f}",
            f"{result.events / result.seconds:,.0f}",
            f"{result.messages / result.seconds:,.0f}",
            f"{each[0]:,.0f}",
            f"{each[0] / first[0]:.2f}",
            f"{result.database_bytes / 1e6:,.1f}",
            f"{each[1]:,.1f}",
            f"{each[1] / first[1]:.2f}",
        )
        print(f"| {' | '.join(cells)} |", flush=True)


def run(size: int, weeks: int, seed: int) -> Result:
    """Run one programme with so many people."""
    mentors = round(size * MENTORS)
    house = build({"speed": load_all()["speed"]}, Seal([new_key()]))
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'simulated.db'}")
        migrate(engine)
        crowd = Crowd(people(mentors, size - mentors, seed, weeks), seed)
        try:
            return simulate(engine, house, crowd, coordinators.new_code, weeks=weeks, seed=seed, watch=told)
        finally:
            engine.dispose()


def told(progress: Progress) -> None:
    """Show how far it is, where the table does not go."""
    done = f"week {progress.week} of {progress.weeks}: {progress.events:,} events, {progress.messages:,} messages"
    print(
        f"\r{done}, {progress.seconds:,.0f} s", end="\n" if progress.week >= progress.weeks - 1 else "", file=sys.stderr
    )


if __name__ == "__main__":
    main()
