"""Many years of a pair in any order, where `make test` lives a few: python -m tests.scheduling.pair_years."""

import argparse
import shutil
import tempfile
from itertools import count
from pathlib import Path
from time import perf_counter

from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate
from bot.programme.file import load_all
from bot.programme.house import House
from tests.scheduling.test_pair_year import live


def main() -> None:
    """Live them on SQLite, and say how many they were; whatever breaks a promise ends it."""
    parser = argparse.ArgumentParser(description="Years of a pair in any order.")
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--steps", type=int, default=40)
    asked = parser.parse_args()
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        template, numbers = Path(folder) / "template.db", count()
        engine = connect(f"sqlite:///{template}")
        migrate(engine)
        engine.dispose()

        def new() -> str:
            return f"sqlite:///{shutil.copyfile(template, template.with_name(f'{next(numbers)}.db'))}"

        live(new, House(load_all(), Seal([new_key()])), asked.years, asked.steps)
    print(f"{asked.years} years of up to {asked.steps} steps each, {perf_counter() - began:.0f} seconds")  # noqa: T201


if __name__ == "__main__":
    main()
