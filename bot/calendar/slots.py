"""Up to five concrete times that suit everybody.

A person's usual availability is a collection of half-day codes, "mon-am" to "fri-pm", on the clock of their own zone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

from bot.calendar.times import SATURDAY, Calendar, local, moment_at

MORNING = (time(9), time(12, 30))
AFTERNOON = (time(13), time(17))
DAYS = ("mon", "tue", "wed", "thu", "fri")
HALF_DAYS: tuple[str, ...] = tuple(f"{day}-{half}" for day in DAYS for half in ("am", "pm"))

STEP = timedelta(minutes=30)
THREE_WEEKS = timedelta(weeks=3)
NOTICE = 2  # working days
PER_WEEK = 3  # offers in one week while another week has room: people go on leave by the week
APART = 90  # minutes between two times of day that make them a real choice

Span = tuple[datetime, datetime]


# ---- half-days in words ---------------------------------------------------------------------------------------------

_HALVES = {
    **dict.fromkeys(("am", "morning", "mornings"), ("am",)),
    **dict.fromkeys(("pm", "afternoon", "afternoons"), ("pm",)),
    "allday": ("am", "pm"),
}
_DAYS = {
    **dict.fromkeys(("mon", "mons", "monday", "mondays"), ("mon",)),
    **dict.fromkeys(("tue", "tues", "tuesday", "tuesdays"), ("tue",)),
    **dict.fromkeys(("wed", "weds", "wednesday", "wednesdays"), ("wed",)),
    **dict.fromkeys(("thu", "thur", "thurs", "thursday", "thursdays"), ("thu",)),
    **dict.fromkeys(("fri", "fris", "friday", "fridays"), ("fri",)),
    **dict.fromkeys(("weekday", "weekdays", "everyday", "anyday"), DAYS),
}
_EVERYTHING = {"any", "anytime", "all", "allday", "alltime", "allweek", "always", "whenever", "everyday", "anyday"}
_FILLERS = {"on", "in", "the", "every", "each", "any", "all"}
_PHRASES = re.compile(r"\b(?:(all|any|every)|whole) (day|time|week)\b")
_LINK = re.compile(r" ?, ?(?:and|or|plus) | (?:and|or|plus) | ?[,&+/] ?")
_RANGE = re.compile(r" ?[-–] ?| to ")
_WORD = re.compile(r"[^ ,-]+|[,-]")
# Kinds of words: D days, R a range of days, H a half-day, L a link.
_CLAUSE = r"D(?:R?D|LD)*(?:R?H(?:LH)*)?"
_GROUP = re.compile(rf"{_CLAUSE}(?:L?{_CLAUSE})*|H(?:LH)*")
_LONGEST = 300  # characters


def read_half_days(text: str) -> tuple[str, ...] | None:
    """Return the half-days a person typed, in the order of the week, or None if there is a word it does not know.

    "mon am, tue pm", "Tue and Thu afternoons", "mon-wed mornings", "weekday mornings", "tuesdays", "any", "mon-am". A
    half counts for every day named since the half before it; days without one are whole days. A semicolon or a new
    line ends a group, so "tuesdays; thursday mornings" says more than "tuesdays, thursday mornings": where a phrase
    could promise more or less, it is taken to promise less.
    """
    if len(text) > _LONGEST:
        return None
    plain = " ".join(re.sub(r"(?<=[a-z])\.", "", text.casefold().replace("\n", ";")).split()).strip(" .!;,")
    plain = _PHRASES.sub(lambda found: (found[1] or "all") + found[2], plain)
    if plain in _EVERYTHING:
        return HALF_DAYS
    plain = _RANGE.sub("-", _LINK.sub(",", plain))
    chosen: set[str] = set()
    for group in plain.split(";"):
        codes = _read_group([word for word in _WORD.findall(group) if word not in _FILLERS])
        if not codes:
            return None
        chosen |= codes
    return tuple(code for code in HALF_DAYS if code in chosen)


def _read_group(words: Sequence[str]) -> set[str]:
    """Return the codes of one group of words; none where it makes no sense."""
    kinds = "".join(_kind(word) for word in words)
    if not _GROUP.fullmatch(kinds):
        return set()
    if "D" not in kinds:
        return {f"{day}-{half}" for day in DAYS for word in words for half in _HALVES.get(word, ())}
    chosen: set[str] = set()
    for clause in re.finditer(_CLAUSE, kinds):
        days: set[str] = set()
        halves: set[str] = set()
        for at in range(clause.start(), clause.end()):
            named = _DAYS.get(words[at], ())
            if named and kinds[at - 1 : at] == "R":
                named = _between(words[at - 2], words[at])
                if not named:
                    return set()
            days.update(named)
            halves.update(_HALVES.get(words[at], ()))
        chosen |= {f"{day}-{half}" for day in days for half in halves or ("am", "pm")}
    return chosen


def _kind(word: str) -> str:
    if word in _DAYS:
        return "D"
    return "H" if word in _HALVES else {",": "L", "-": "R"}.get(word, "?")


def _between(first: str, last: str) -> tuple[str, ...]:
    """Return the days from one to the other; none if they are not two single days in the order of the week."""
    start, end = _DAYS[first], _DAYS[last]
    if len(start) > 1 or len(end) > 1:
        return ()
    days = DAYS[DAYS.index(start[0]) : DAYS.index(end[0]) + 1]
    return days if len(days) > 1 else ()


def show_half_days(codes: Iterable[str]) -> str:
    """Return "Mon morning, Tue all day", or "Weekday mornings" and the like where all days are alike.

    `read_half_days` reads it. Codes it does not know are left out.
    """
    chosen = set(codes)
    halves = {day: tuple(half for half in ("am", "pm") if f"{day}-{half}" in chosen) for day in DAYS}
    everywhere = set(halves.values())
    if len(everywhere) == 1:
        return {("am",): "Weekday mornings", ("pm",): "Weekday afternoons", ("am", "pm"): "Any weekday"}.get(
            everywhere.pop(), ""
        )
    names = {("am",): "morning", ("pm",): "afternoon", ("am", "pm"): "all day"}
    return ", ".join(f"{day.capitalize()} {names[halves[day]]}" for day in DAYS if halves[day])


# ---- times that suit all -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Diary:
    """When a person can usually meet (half-day codes on the clock of `zone`), and when they are taken."""

    availability: Collection[str]
    zone: str
    busy: Collection[Span] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Times to choose from, in UTC, sorted. `suits_all` is false where they are outside what people said."""

    starts: tuple[datetime, ...]
    suits_all: bool


def offer(
    diaries: Sequence[Diary],
    minutes: int,
    now: datetime,
    calendar: Calendar,
    *,
    count: int = 5,
    notice: timedelta | None = None,
    horizon: timedelta = THREE_WEEKS,
) -> Offer:
    """Return up to `count` times for a meeting of `minutes` on working days, on the half hours of the first clock.

    They are inside all availabilities and clear of all diaries. Where no such time is left between `notice` and
    `horizon`, they are inside the working hours of all, and `suits_all` is false; where even those have nothing in
    common there are none. Without a `notice` it begins with the second working day after today, on that clock.

    The choice is real: days differ before times of day do, mornings and afternoons take turns, and no week has more
    than three while another has room; of equals, the earlier. The same question always has the same answer.
    """
    own = diaries[0].zone
    first = _after_working_days(NOTICE, own, now, calendar) if notice is None else now + notice
    last = now + horizon
    length = timedelta(minutes=minutes)
    busy = _merged(span for diary in diaries for span in diary.busy if span[1] > first and span[0] < last + length)
    free = reduce(_common, (_available(diary, first, last + length, calendar) for diary in diaries))
    starts = _starts(free, busy, length, own, last)
    suits_all = bool(starts)
    if not starts:
        free = reduce(_common, (_working(diary.zone, first, last + length, calendar) for diary in diaries))
        starts = _starts(free, busy, length, own, last)
    return Offer(_choose(starts, count, own), suits_all)


def _after_working_days(days: int, zone: str, now: datetime, calendar: Calendar) -> datetime:
    """Return the first minute of the nth working day after today."""
    day = local(now, zone).date()
    while days:
        day += timedelta(days=1)
        days -= calendar.working_day(day)
    return moment_at(day, time(0), zone)


def _working_days(zone: str, first: datetime, last: datetime, calendar: Calendar) -> Iterator[date]:
    day, end = local(first, zone).date(), local(last, zone).date()
    while day <= end:
        if calendar.working_day(day):
            yield day
        day += timedelta(days=1)


def _available(diary: Diary, first: datetime, last: datetime, calendar: Calendar) -> list[Span]:
    """Return when the person can usually meet, in order, as spans that do not overlap."""
    spans = []
    for day in _working_days(diary.zone, first, last, calendar):
        for half, (opens, closes) in (("am", MORNING), ("pm", AFTERNOON)):
            if f"{DAYS[day.weekday()]}-{half}" in diary.availability:
                spans.append((max(first, moment_at(day, opens, diary.zone)), moment_at(day, closes, diary.zone)))
    return spans


def _working(zone: str, first: datetime, last: datetime, calendar: Calendar) -> list[Span]:
    return [
        (max(first, moment_at(day, calendar.opens, zone)), moment_at(day, calendar.closes, zone))
        for day in _working_days(zone, first, last, calendar)
    ]


def _common(some: list[Span], others: list[Span]) -> list[Span]:
    """Return what two ordered lists of spans have in common."""
    spans = []
    i = j = 0
    while i < len(some) and j < len(others):
        start, end = max(some[i][0], others[j][0]), min(some[i][1], others[j][1])
        if start < end:
            spans.append((start, end))
        if some[i][1] < others[j][1]:
            i += 1
        else:
            j += 1
    return spans


def _starts(free: Sequence[Span], busy: Sequence[Span], length: timedelta, zone: str, last: datetime) -> list[datetime]:
    """Return every half hour before `last` that leaves room for the meeting, in order; on that zone's clock."""
    starts = []
    taken = iter([*busy, (last + length, last + length)])
    begins, ends = next(taken)
    for opens, closes in free:
        here = local(opens, zone)
        past = timedelta(minutes=here.minute % 30, seconds=here.second, microseconds=here.microsecond)
        start = opens + (STEP - past if past else past)
        while start < last and (end := start + length) <= closes:
            while ends <= start:
                begins, ends = next(taken)
            if end <= begins:
                starts.append(start)
            start += STEP
    return starts


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, as fewer ones that do not overlap."""
    merged: list[Span] = []
    for begins, ends in sorted(spans):
        if merged and begins <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        elif begins < ends:
            merged.append((begins, ends))
    return merged


def _choose(starts: Sequence[datetime], count: int, zone: str) -> tuple[datetime, ...]:
    """Return the `count` starts that differ most; see `offer`."""
    halves: defaultdict[tuple[date, bool], list[datetime]] = defaultdict(list)  # by day, and whether after noon
    for start in starts:
        here = local(start, zone)
        halves[here.date(), here.time() >= AFTERNOON[0]].append(here)
    chosen: list[datetime] = []
    days: Counter[date] = Counter()
    weeks: Counter[int] = Counter()
    times: Counter[bool] = Counter()
    while halves and len(chosen) < count:
        ranks = {half: (days[half[0]], weeks[_week(half[0])] >= PER_WEEK, times[half[1]]) for half in halves}
        best = min(ranks.values())
        alike = [(start, half) for half, rank in ranks.items() if rank == best for start in halves[half]]
        real = (pick for pick in alike if _apart(pick[0], chosen) == (APART, APART))
        start, (day, late) = next(real, None) or max(alike, key=lambda pick: _apart(pick[0], chosen))
        chosen.append(start)
        days[day] += 1
        weeks[_week(day)] += 1
        times[late] += 1
        halves[day, late].remove(start)
        if not halves[day, late]:
            del halves[day, late]
    return tuple(sorted(start.astimezone(UTC) for start in chosen))


def _apart(start: datetime, others: Iterable[datetime]) -> tuple[int, int]:
    """Return how many minutes of the clock lie between a time and the nearest of others, as far as it matters.

    The first number is for the others of the same day, the second for all.
    """
    same_day = all_days = APART
    for other in others:
        minutes = abs((start.hour - other.hour) * 60 + start.minute - other.minute)
        all_days = min(all_days, minutes)
        if minutes < same_day and other.date() == start.date():
            same_day = minutes
    return same_day, all_days


def _week(day: date) -> int:
    return (day.toordinal() - 1) // 7


def clash(start: datetime, minutes: int, busy: Iterable[Span]) -> bool:
    """Say whether a meeting would overlap something; one that begins when another ends does not.

    What takes no time is in nobody's way.
    """
    end = start + timedelta(minutes=minutes)
    return any(begins < end and start < ends and begins < ends for begins, ends in busy)


@dataclass(frozen=True, slots=True)
class Window:
    """The most that a typed time may ask of anybody: from when to when in their day, and how far ahead."""

    earliest: time = time(7)
    latest: time = time(20)
    ahead: timedelta = timedelta(days=90)


def acceptable(
    start: datetime,
    minutes: int,
    zones: Sequence[str],
    now: datetime,
    calendar: Calendar,
    window: Window = Window(),
) -> str | None:
    """Return why a typed time cannot be taken, as a code, or None if it can.

    "past"; "far", further ahead than the window; "weekend" or "holiday" where anybody is; "night", not wholly inside
    the window of the day for anybody. The first that applies, in this order.
    """
    if start <= now:
        return "past"
    if start > now + window.ahead:
        return "far"
    here = [(local(start, zone), local(start + timedelta(minutes=minutes), zone)) for zone in zones]
    if any(begins.weekday() >= SATURDAY for begins, _ in here):
        return "weekend"
    if any(not calendar.working_day(begins.date()) for begins, _ in here):
        return "holiday"
    early, late = window.earliest, window.latest
    if any(begins.time() < early or ends.time() > late or ends.date() != begins.date() for begins, ends in here):
        return "night"
    return None
