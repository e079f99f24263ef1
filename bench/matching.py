"""How long matching takes and how much memory, from a hundred people to a hundred thousand.

    python -m bench.matching                                   the table
    python -m bench.matching --plot docs/matching.svg          and the picture
    python -m bench.matching --against /tmp/mm/bin/python      and mentor-match beside it, on 500 + 500 and 386 + 500

The comparison wants an environment of its own: python -m venv /tmp/mm && /tmp/mm/bin/pip install mentor-match==7.0.1
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.matching import check, solve
from tests.bot.matching.cohorts import QUESTIONS, SPEED, allowed, cohort

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
LIMITS = {10_000: (5.0, 1.5 * 1024), 100_000: (120.0, 6.0 * 1024)}  # people: seconds and MiB not to be exceeded
CHECKED = 3_000  # people up to which the independent checker runs too


@dataclass(frozen=True, slots=True)
class Measure:
    """One solve: of how many, the seconds it took and the processor's, the process's peak in MiB, and what came out."""

    mentors: int
    mentees: int
    seconds: float
    busy: float
    mib: float
    pairs: int
    levels: tuple[int, ...]
    certified: bool
    checked: bool


def measure(mentors: int, mentees: int) -> Measure:
    """Solve one made-up cohort in this process; the people are there already, as they are when a round closes."""
    ours, theirs = cohort(mentors, mentees)
    solve(SPEED, QUESTIONS, ours[:5], theirs[:5])  # what is done once is not counted
    start, busy = time.perf_counter(), time.process_time()
    solution = solve(SPEED, QUESTIONS, ours, theirs)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = mentors + mentees <= CHECKED
    if few:
        assert check(SPEED, QUESTIONS, ours, theirs, solution) == []
    return Measure(mentors, mentees, seconds, busy, mib, len(solution.pairs), solution.levels, solution.certified, few)


def apart(mentors: int, mentees: int) -> Measure:
    """Measure in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.matching", "--one", f"{mentors}+{mentees}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return Measure(**{**found, "levels": tuple(found["levels"])})


def exponent(points: list[tuple[float, float]]) -> float:
    """Return the slope of the line through the points in a plot with both axes logarithmic (least squares)."""
    x, y = ([math.log(value) for value in side] for side in zip(*points, strict=True))
    middle = sum(x) / len(x), sum(y) / len(y)
    rise = sum((a - middle[0]) * (b - middle[1]) for a, b in zip(x, y, strict=True))
    return rise / sum((a - middle[0]) ** 2 for a in x)


OTHER = """
import json, operator, sys, time
import matching.rules.rule as rl
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
class M(Mentor):
    def __init__(self, **given):
        super().__init__(**given)
        self.extra = given["extra"]
class E(Mentee):
    def __init__(self, **given):
        super().__init__(**given)
        self.extra = given["extra"]
data = json.load(sys.stdin)
mentors, mentees = [M(**one) for one in data["mentors"]], [E(**one) for one in data["mentees"]]
def rules():
    return [
        rl.Disqualify(lambda m: m.mentor.organisation == m.mentee.organisation),
        rl.Disqualify(rl.Grade(2, operator.gt).evaluate),
        rl.Disqualify(rl.Grade(0, operator.le).evaluate),
        rl.Grade(2, operator.eq, {True: 12, False: 0}),
        rl.Grade(1, operator.eq, {True: 9, False: 0}),
        rl.Equivalent("profession", {True: 10, False: 0}),
        rl.Generic({True: 6, False: 0}, lambda m: bool(set(m.mentee.extra) & set(m.mentor.extra))),
        rl.UnmatchedBonus(6),
    ]
start = time.perf_counter()
process_data(mentors, mentees, [rules() for _ in range(3)])
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "pairs": [(m.email, e.email) for e in mentees for m in e.mentors]}))
"""


def against(python: str, mentors: int, mentees: int) -> tuple[float, tuple[int, ...]]:
    """Return the seconds that mentor-match takes for the same people and rules, and its figures on our five levels."""
    ours, theirs = cohort(mentors, mentees)
    order = QUESTIONS["grade"].choices
    data: dict[str, list[dict[str, object]]] = {"mentors": [], "mentees": []}
    for side, members in (("mentors", ours), ("mentees", theirs)):
        for member in members:
            said = member.answers
            wanted = (said.get("identity_wanted"),) if said.get("identity_wish") == "yes" else ()
            shared = said.get("identity", ()) if side == "mentors" else [code for code in wanted if code]
            data[side].append(
                {
                    "email": member.key,
                    "grade": order.index(str(said["grade"])),
                    "organisation": said["department"],
                    "profession": said["profession" if side == "mentors" else "wanted_profession"],
                    "extra": shared,
                }
            )
    done = subprocess.run([python, "-c", OTHER], input=json.dumps(data), check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    worth = allowed(SPEED, QUESTIONS, ours, theirs)
    pairs = {(mentor, mentee) for mentor, mentee in found["pairs"]}
    have = [sum(mentee == member.key for _, mentee in pairs) for member in theirs]
    first, second, third = (sum(count >= least for count in have) for least in (1, 2, 3))
    give = len({mentor for mentor, _ in pairs})
    return found["seconds"], (first, give, second, third, sum(worth[pair] for pair in pairs))


def plot(measures: list[Measure]) -> str:
    """Return the picture: seconds and MiB against people, both axes logarithmic, with lines of slope one and two."""
    wide, high, left = 640, 420, 60
    low, top = -3.0, 5.0  # powers of ten

    def at(people: float, value: float) -> tuple[float, float]:
        x = left + (math.log10(people) - 2) / 3 * (wide - left - 20)
        return round(x, 1), round(high - 40 - (math.log10(max(value, 1e-9)) - low) / (top - low) * (high - 60), 1)

    first = measures[0]
    lines: list[tuple[str, str, str, list[tuple[float, float]]]] = [
        ("seconds", "#1d4ed8", "", [(m.mentors + m.mentees, m.seconds) for m in measures]),
        ("MiB", "#b45309", "", [(m.mentors + m.mentees, m.mib) for m in measures]),
        ("slope 1", "#6b7280", "4 4", [(100, first.seconds), (100_000, first.seconds * 1e3)]),
        ("slope 2", "#6b7280", "1 4", [(100, first.seconds), (1e5, first.seconds * 1e6)]),
    ]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">'
    ]
    out.append(f'<rect width="{wide}" height="{high}" fill="#fff"/>')
    for power in range(2, 6):
        x, _ = at(10**power, 1)
        out.append(f'<path d="M{x} 20V{high - 40}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{x}" y="{high - 22}" text-anchor="middle">{10**power:,}</text>')
    for power in range(int(low), int(top) + 1):
        _, y = at(100, 10**power)
        out.append(f'<path d="M{left} {y}H{wide - 20}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{10.0**power:g}</text>')
    out.append(f'<text x="{wide / 2}" y="{high - 6}" text-anchor="middle">people</text>')
    for name, colour, dashes, points in lines:
        places = [at(*point) for point in points]
        path = "M" + "L".join(f"{x} {y}" for x, y in places)
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')
        x, y = places[-1]
        out.append(f'<text x="{x - 4}" y="{max(y, 20) - 6}" text-anchor="end" fill="{colour}">{name}</text>')
    for people, (seconds, mib) in LIMITS.items():
        for value, colour in ((seconds, "#1d4ed8"), (mib, "#b45309")):
            x, y = at(people, value)
            out.append(f'<path d="M{x - 8} {y}H{x + 8}" stroke="{colour}" stroke-width="3"/>')
    return "\n".join([*out, "</svg>", ""])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest cohort, in people")
    parser.add_argument("--plot", type=Path, help="where to write the picture (SVG)")
    parser.add_argument("--against", default="", help="the Python of an environment with mentor-match")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        mentors, mentees = map(int, asked.one.split("+"))
        print(json.dumps(asdict(measure(mentors, mentees))))
        return
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    print("| people | seconds | processor seconds | MiB | pairs | levels | certified | checked |")
    print("|---" * 8 + "|")
    found = [apart(size // 2, size // 2) for size in SIZES if size <= asked.most]
    for one in found:
        print(
            f"| {one.mentors + one.mentees:,} | {one.seconds:.3f} | {one.busy:.3f} | {one.mib:.0f} | {one.pairs:,} "
            f"| {one.levels} | {one.certified} | {one.checked} |"
        )
    large = [one for one in found if one.mentors + one.mentees >= SIZES[2]]
    for name, value in (("seconds", "busy"), ("MiB", "mib")):
        points = [(float(one.mentors + one.mentees), float(getattr(one, value))) for one in large]
        if len(points) > 1:
            print(f"{name} grow with people to the power of {exponent(points):.2f} (from 1,000 people)")
    if asked.plot:
        asked.plot.write_text(plot(found), encoding="utf-8")
    if asked.against:
        for mentors, mentees in ((500, 500), (386, 500)):
            seconds, levels = against(asked.against, mentors, mentees)
            one = apart(mentors, mentees)
            print(
                f"{mentors} + {mentees}: mentor-match {seconds:.1f} s {levels}; here {one.seconds:.3f} s {one.levels}"
            )
            print(f"  {seconds / one.seconds:.0f} times as fast")


if __name__ == "__main__":
    main()
