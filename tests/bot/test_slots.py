"""Half-days in words, and times that suit both."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar.slots import (
    AFTERNOON,
    DAYS,
    HALF_DAYS,
    MORNING,
    Diary,
    Span,
    acceptable,
    clash,
    offer,
    read_half_days,
    show_half_days,
)
from bot.calendar.times import Calendar, local

ENGLAND = Calendar()
LONDON, KOLKATA, NEW_YORK, AUCKLAND = "Europe/London", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)  # a Wednesday
THREE_WEEKS = timedelta(weeks=3)
MORNINGS = tuple(code for code in HALF_DAYS if code.endswith("am"))
AFTERNOONS = tuple(code for code in HALF_DAYS if code.endswith("pm"))

codes = st.sets(st.sampled_from(HALF_DAYS))
zones = st.sampled_from([LONDON, LONDON, KOLKATA, NEW_YORK, "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe"])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds it


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon am, tue pm", "mon-am tue-pm"),
        ("Mon AM and Tue PM", "mon-am tue-pm"),
        ("mon a.m. tue p.m.", "mon-am tue-pm"),
        ("monday mornings", "mon-am"),
        ("on Mondays in the morning", "mon-am"),
        ("tuesdays", "tue-am tue-pm"),
        ("all day", " ".join(HALF_DAYS)),
        ("Tue all day", "tue-am tue-pm"),
        ("Tue and Thu afternoons", "tue-pm thu-pm"),
        ("Mon, Tue and Thu afternoons", "mon-pm tue-pm thu-pm"),
        ("tuesdays, thursday mornings", "tue-am thu-am"),
        ("tuesdays; thursday mornings", "tue-am tue-pm thu-am"),
        ("tue\nthu am", "tue-am tue-pm thu-am"),
        ("thursday morning and friday", "thu-am fri-am fri-pm"),
        ("wed am and pm", "wed-am wed-pm"),
        ("mon/tue am", "mon-am tue-am"),
        ("mon-wed am", "mon-am tue-am wed-am"),
        ("Monday to Wednesday mornings", "mon-am tue-am wed-am"),
        ("fri-pm", "fri-pm"),
        ("fri-pm, mon-am", "mon-am fri-pm"),
        ("mornings", " ".join(MORNINGS)),
        ("any morning.", " ".join(MORNINGS)),
        ("weekday mornings", " ".join(MORNINGS)),
        ("every afternoon", " ".join(AFTERNOONS)),
        ("mornings and afternoons", " ".join(HALF_DAYS)),
        ("any", " ".join(HALF_DAYS)),
        ("Any time!", " ".join(HALF_DAYS)),
        ("any day", " ".join(HALF_DAYS)),
        ("weekdays", " ".join(HALF_DAYS)),
        ("whenever", " ".join(HALF_DAYS)),
    ],
)
def test_half_days_are_read(text: str, expected: str) -> None:
    """What people type about their week becomes codes in the order of the week."""
    assert read_half_days(text) == tuple(expected.split())


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ",",
            ";",
            "and",
            "not mondays",
            "any day but friday",
            "mon am except the 3rd",
            "saturday",
            "weekends",
        ),
        *("mon evening", "3pm", "wed-mon", "mon-", "- mon", "mornings tue", "all day tuesday", "mon to", "to fri"),
        *("never", "none", "mon tue wed x", "am-pm", "mon,,am", "mon" * 101, "weekdays to fri", "mon 10", "tue?pm"),
    ],
)
def test_other_words_are_not_half_days(text: str) -> None:
    """A word or an order it does not know refuses the whole answer, so nothing is half understood."""
    assert read_half_days(text) is None


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (("tue-pm", "tue-am", "mon-am"), "Mon morning, Tue all day"),
        (("fri-pm",), "Fri afternoon"),
        (MORNINGS, "Weekday mornings"),
        (AFTERNOONS, "Weekday afternoons"),
        (HALF_DAYS, "Any weekday"),
        ((), ""),
        (("sun-am",), ""),
    ],
)
def test_half_days_are_shown(chosen: tuple[str, ...], expected: str) -> None:
    """Codes become words in the order of the week."""
    assert show_half_days(chosen) == expected


@settings(max_examples=150, deadline=None)
@given(codes)
def test_half_days_shown_are_read_back(chosen: set[str]) -> None:
    """What is shown can be typed, and means the same."""
    shown = show_half_days(chosen)
    assert set(read_half_days(shown) or ()) == chosen


@given(st.text("monayurs dfipc,;-–&./\n٣é", max_size=40))
def test_no_text_upsets_the_reading_of_half_days(text: str) -> None:
    """Anything at all is either read or refused."""
    found = read_half_days(text)
    assert found is None or set(found) <= set(HALF_DAYS)


def usual(start: datetime, minutes: int, diary: Diary) -> bool:
    """Say, by the clock on the wall, whether a meeting is inside what the person said."""
    begins, ends = local(start, diary.zone), local(start + timedelta(minutes=minutes), diary.zone)
    if begins.date() != ends.date() or not ENGLAND.working_day(begins.date()):
        return False
    return any(
        opens <= begins.time() and ends.time() <= closes and f"{DAYS[begins.weekday()]}-{half}" in diary.availability
        for half, (opens, closes) in (("am", MORNING), ("pm", AFTERNOON))
    )


def working(start: datetime, minutes: int, diary: Diary) -> bool:
    """Say, by the clock on the wall, whether a meeting is inside working hours."""
    begins, ends = local(start, diary.zone), local(start + timedelta(minutes=minutes), diary.zone)
    return (
        begins.date() == ends.date()
        and ENGLAND.working_day(begins.date())
        and ENGLAND.opens <= begins.time()
        and ends.time() <= ENGLAND.closes
    )


def half_hours(first: datetime, last: datetime, zone: str) -> Iterator[datetime]:
    """Yield every half hour on that zone's clock, the slow and certain way."""
    moment = first.replace(minute=0, second=0, microsecond=0)
    while moment < first or local(moment, zone).minute % 30:
        moment += timedelta(minutes=15)
    while moment < last:
        yield moment
        moment += timedelta(minutes=30)


@st.composite
def diaries(draw: st.DrawFn) -> tuple[datetime, Diary, Diary]:
    """Return a moment and two people, with appointments around it."""
    now = draw(moments)
    spans = st.tuples(st.integers(0, 21 * 96), st.integers(0, 40)).map(
        lambda quarters: (
            now + timedelta(minutes=15 * quarters[0]),
            now + timedelta(minutes=15 * (quarters[0] + quarters[1])),
        )
    )
    some, others = (Diary(draw(codes), draw(zones), tuple(draw(st.lists(spans, max_size=12)))) for _ in range(2))
    return now, some, others


@settings(max_examples=60, deadline=None)
@given(diaries(), st.sampled_from([20, 30, 60]), st.sampled_from([timedelta(0), timedelta(days=2, minutes=7)]))
def test_offers_are_exactly_what_two_diaries_allow(
    people: tuple[datetime, Diary, Diary], minutes: int, notice: timedelta
) -> None:
    """Every time offered suits both by their own clocks, none is missed, and the rest of the promise holds."""
    now, some, others = people
    made = offer((some, others), minutes, now, ENGLAND, notice=notice)
    busy = [*some.busy, *others.busy]
    ahead = half_hours(now + notice, now + THREE_WEEKS, some.zone)
    free = [start for start in ahead if not clash(start, minutes, busy)]
    suiting = [start for start in free if usual(start, minutes, some) and usual(start, minutes, others)]
    possible = suiting or [start for start in free if working(start, minutes, some) and working(start, minutes, others)]

    assert made.suits_all == bool(suiting)
    assert set(made.starts) <= set(possible)
    assert len(made.starts) == min(5, len(possible))
    assert list(made.starts) == sorted(set(made.starts))
    assert all(start.tzinfo is UTC for start in made.starts)


@settings(max_examples=30, deadline=None)
@given(diaries())
def test_offers_do_not_depend_on_order(people: tuple[datetime, Diary, Diary]) -> None:
    """The same question has the same answer, in whatever order appointments and half-days come."""
    now, some, others = people
    shuffled = Diary(sorted(others.availability, reverse=True), others.zone, tuple(reversed([*others.busy])))

    assert offer((some, shuffled), 30, now, ENGLAND) == offer((some, others), 30, now, ENGLAND)


def test_two_open_diaries_get_a_real_choice() -> None:
    """Five different days, five different times of day, mornings and afternoons, and not all in one week."""
    anybody = Diary(HALF_DAYS, LONDON)
    starts = offer((anybody, anybody), 30, NOW, ENGLAND).starts

    assert len({start.date() for start in starts}) == 5
    assert len({start.time() for start in starts}) == 5
    assert sorted(start.hour < 13 for start in starts) in ([False] * 2 + [True] * 3, [False] * 3 + [True] * 2)
    assert max(sum(start.isocalendar().week == week for start in starts) for week in range(54)) <= 3


def test_one_half_day_a_week_is_used_on_every_week_of_it() -> None:
    """With Tuesday mornings only, no two offers are next to each other."""
    starts = offer((Diary(("tue-am",), LONDON), Diary(HALF_DAYS, LONDON)), 30, NOW, ENGLAND).starts

    assert {start.date() for start in starts} == {date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 8)}
    assert min(later - earlier for earlier, later in pairwise(starts)) >= timedelta(minutes=90)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (NOW, date(2026, 11, 20)),
        (datetime(2026, 11, 20, 15, tzinfo=UTC), date(2026, 11, 24)),  # on a Friday
        (datetime(2026, 11, 21, 15, tzinfo=UTC), date(2026, 11, 24)),  # on a Saturday
        (datetime(2026, 12, 23, 15, tzinfo=UTC), date(2026, 12, 29)),  # Christmas on Friday, Boxing Day moved to Monday
        (datetime(2027, 3, 24, 15, tzinfo=UTC), date(2027, 3, 30)),  # Easter
        (datetime(2028, 2, 25, 15, tzinfo=UTC), date(2028, 2, 29)),  # a leap day
    ],
)
def test_the_first_offer_leaves_two_working_days(now: datetime, first: date) -> None:
    """Week-ends and bank holidays do not count as notice."""
    anybody = Diary(HALF_DAYS, LONDON)
    assert offer((anybody, anybody), 30, now, ENGLAND).starts[0].date() == first


def test_offers_keep_the_clock_when_clocks_change() -> None:
    """Nine o'clock in London is nine o'clock on either side of the last Sunday of March."""
    early = Diary(("tue-am",), LONDON, ())
    now = datetime(2027, 3, 19, 10, tzinfo=UTC)
    starts = offer((early, early), 210, now, ENGLAND).starts

    assert starts == (
        datetime(2027, 3, 23, 9, tzinfo=UTC),
        datetime(2027, 3, 30, 8, tzinfo=UTC),
        datetime(2027, 4, 6, 8, tzinfo=UTC),
    )


def test_people_who_never_overlap_are_offered_working_hours() -> None:
    """Monday mornings and Thursday afternoons have nothing in common, so the offer says that it is a compromise."""
    made = offer((Diary(("mon-am",), LONDON), Diary(("thu-pm",), LONDON)), 30, NOW, ENGLAND)

    assert not made.suits_all
    assert len(made.starts) == 5


def test_opposite_sides_of_the_earth_get_nothing() -> None:
    """Where even working hours have nothing in common, nothing is offered."""
    made = offer((Diary(HALF_DAYS, LONDON), Diary(HALF_DAYS, AUCKLAND)), 30, NOW, ENGLAND)

    assert (made.starts, made.suits_all) == ((), False)


def test_fewer_can_be_asked_for() -> None:
    """`count` is the most that is offered, and none is none."""
    anybody = Diary(HALF_DAYS, LONDON)

    assert len(offer((anybody, anybody), 30, NOW, ENGLAND, count=2).starts) == 2
    assert offer((anybody, anybody), 30, NOW, ENGLAND, count=0).starts == ()


@pytest.mark.parametrize(("begins", "expected"), [(-30, False), (-29, True), (0, True), (59, True), (60, False)])
def test_a_clash_is_an_overlap(begins: int, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Half an hour clashes with an hour that it shares a minute with, not with one that it touches."""
    busy: list[Span] = [(NOW, NOW + timedelta(hours=1))]
    assert clash(NOW + timedelta(minutes=begins), 30, busy) is expected


def at(day: date, clock: time) -> datetime:
    """Return a moment in UTC, which is London's time in winter."""
    return datetime.combine(day, clock, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "zones_", "reason"),
    [
        (at(date(2026, 11, 24), time(15)), [LONDON], None),
        (at(date(2026, 11, 24), time(7)), [LONDON], None),
        (at(date(2026, 11, 24), time(19, 30)), [LONDON], None),
        (at(date(2026, 11, 24), time(14)), [LONDON, NEW_YORK, KOLKATA], None),
        (NOW, [LONDON], "past"),
        (at(date(2026, 11, 17), time(15)), [LONDON], "past"),
        (at(date(2026, 11, 21), time(11)), [LONDON], "weekend"),
        (at(date(2026, 12, 25), time(11)), [LONDON], "holiday"),
        (at(date(2026, 12, 28), time(11)), [LONDON], "holiday"),
        (at(date(2026, 11, 24), time(6, 30)), [LONDON], "night"),
        (at(date(2026, 11, 24), time(19, 45)), [LONDON], "night"),
        (at(date(2026, 11, 24), time(23, 45)), [LONDON], "night"),
        (at(date(2026, 11, 24), time(15)), [LONDON, KOLKATA], "night"),
        (at(date(2026, 11, 24), time(9)), [LONDON, NEW_YORK], "night"),
        (at(date(2026, 11, 20), time(19)), [LONDON, KOLKATA], "weekend"),
        (NOW + timedelta(days=90), [LONDON], None),
        (NOW + timedelta(days=91), [LONDON], "far"),
    ],
)
def test_a_typed_time_is_taken_or_refused_with_a_reason(start: datetime, zones_: list[str], reason: str | None) -> None:
    """A time must be ahead, not too far, on a working day, and by day for everybody."""
    assert acceptable(start, 30, zones_, NOW, ENGLAND) == reason


@settings(max_examples=40, deadline=None)
@given(diaries())
def test_whatever_is_offered_would_be_acceptable_if_typed(people: tuple[datetime, Diary, Diary]) -> None:
    """The two ways to a time agree."""
    now, some, others = people
    for start in offer((some, others), 30, now, ENGLAND).starts:
        assert acceptable(start, 30, [some.zone, others.zone], now, ENGLAND) is None
