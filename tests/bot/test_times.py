"""Working moments, and moments in words."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar.times import (
    Calendar,
    in_weeks,
    known_zone,
    local,
    moment_at,
    next_working_moment,
    read_day,
    read_moment,
    show_day,
    show_moment,
    show_slot,
    show_zone,
    spread,
)

ENGLAND = Calendar()
LONDON, KOLKATA, NEW_YORK = "Europe/London", "Asia/Kolkata", "America/New_York"
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)  # a Wednesday
WORDS = ("3", "24", "march", "nov", "tue", "next", "at", "in", "-", "/", "15:00", "pm", "2027", "a", "weeks", "on")
WINDOW = timedelta(weeks=4), timedelta(weeks=8)

zones = st.sampled_from([LONDON, KOLKATA, NEW_YORK, "Pacific/Auckland", "America/St_Johns", "UTC"])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds it


def working(moment: datetime, zone: str) -> bool:
    """Say, by the clock on the wall, whether a moment is within working hours."""
    here = local(moment, zone)
    return ENGLAND.working_day(here.date()) and ENGLAND.opens <= here.time() < ENGLAND.closes


# ---- working days and hours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 18), True),
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), False),  # Boxing Day is on a Saturday and moves here
        (date(2027, 3, 26), False),  # Good Friday
        (date(2027, 3, 29), False),  # Easter Monday
        (date(2028, 2, 29), True),
        (date(2027, 7, 12), True),  # a holiday in Northern Ireland only
    ],
)
def test_working_days_of_england(day: date, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Week-ends and the bank holidays of the nation are not working days; others are."""
    assert ENGLAND.working_day(day) is expected


def test_nations_have_their_own_holidays() -> None:
    """The second of January is a holiday in Scotland, St Patrick's Day in Northern Ireland, neither in England."""
    scotland, northern_ireland = Calendar("GB", "SCT"), Calendar("GB", "NIR")

    assert not scotland.working_day(date(2029, 1, 2))
    assert ENGLAND.working_day(date(2029, 1, 2))
    assert not northern_ireland.working_day(date(2027, 3, 17))
    assert ENGLAND.working_day(date(2027, 3, 17))
    assert scotland.working_day(date(2027, 3, 29))  # Easter Monday


def test_other_countries_have_theirs() -> None:
    """A country without a subdivision is enough."""
    assert not Calendar("US", "").working_day(date(2026, 11, 26))


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("GB", "Mercia")])
def test_an_unknown_country_is_refused(country: str, subdivision: str) -> None:
    """A wrong setting is named at once, not on the first holiday that goes wrong."""
    with pytest.raises(ValueError, match=f"no public holidays are known for {country}"):
        Calendar(country, subdivision)


def test_hours_that_end_before_they_start_are_refused() -> None:
    """A calendar without working hours could never speak."""
    with pytest.raises(ValueError, match="working hours end"):
        Calendar(opens=time(17), closes=time(9))


def test_a_moment_without_a_zone_is_refused() -> None:
    """A naive moment means something else on every machine."""
    with pytest.raises(ValueError, match="needs a time zone"):
        next_working_moment(NOW.replace(tzinfo=None), LONDON, ENGLAND)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-11-18T10:00", LONDON, "2026-11-18T10:00"),
        ("2026-11-18T09:00", LONDON, "2026-11-18T09:00"),
        ("2026-11-18T08:59", LONDON, "2026-11-18T09:00"),
        ("2026-11-18T17:00", LONDON, "2026-11-19T09:00"),
        ("2026-11-20T18:00", LONDON, "2026-11-23T09:00"),
        ("2026-12-24T18:00", LONDON, "2026-12-29T09:00"),
        ("2027-03-25T18:00", LONDON, "2027-03-30T08:00"),  # over Easter and into summer time
        ("2028-02-28T23:00", LONDON, "2028-02-29T09:00"),
        ("2026-11-18T10:00", NEW_YORK, "2026-11-18T14:00"),
        ("2026-11-18T12:00", KOLKATA, "2026-11-19T03:30"),
        ("2026-11-20T20:00", "Pacific/Auckland", "2026-11-22T20:00"),  # Saturday morning there, to Monday
    ],
)
def test_the_next_working_moment(moment: str, zone: str, expected: str) -> None:
    """Working hours are those of the person's own zone."""
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, expected))
    assert next_working_moment(start, zone, ENGLAND) == end


@settings(max_examples=150, deadline=None)
@given(moments, zones)
def test_the_next_working_moment_is_one_and_stays_one(moment: datetime, zone: str) -> None:
    """It is never earlier, is within working hours, and asking again changes nothing."""
    found = next_working_moment(moment, zone, ENGLAND)

    assert found >= moment
    assert working(found, zone)
    assert found == moment or not working(moment, zone)
    assert next_working_moment(found, zone, ENGLAND) == found


# ---- spreading ------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text("pair 0123456789é", max_size=20), moments, zones)
def test_a_spread_moment_is_inside_the_window_and_working_hours(key: str, start: datetime, zone: str) -> None:
    """Nobody is written to before, after, at night, on a week-end or on a bank holiday."""
    found = spread(key, start, *WINDOW, zone, ENGLAND)

    assert start + WINDOW[0] <= found <= start + WINDOW[1]
    assert working(found, zone)
    assert found == spread(key, start, *WINDOW, zone, ENGLAND)


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(0, 100), st.integers(0, 100))
def test_a_narrow_window_is_left_only_if_it_must_be(start: datetime, least: int, width: int) -> None:
    """Whenever the window has a working moment the result is in it, else it is the next one after."""
    first, last = start + timedelta(hours=least), start + timedelta(hours=least + width)
    found = spread("pair 17", start, timedelta(hours=least), timedelta(hours=least + width), LONDON, ENGLAND)
    nearest = next_working_moment(first, LONDON, ENGLAND)

    assert working(found, LONDON)
    assert nearest <= found <= max(last, nearest)


def test_a_window_on_a_week_end_waits_for_monday() -> None:
    """A Saturday has no working moment, so Monday's first is it."""
    saturday = datetime(2026, 11, 21, tzinfo=UTC)
    assert spread("a", saturday, timedelta(0), timedelta(days=1), LONDON, ENGLAND) == datetime(
        2026, 11, 23, 9, tzinfo=UTC
    )


def test_keys_are_spread_evenly() -> None:
    """Two thousand pairs fill every one of the twenty working days, none more than twice as full as another."""
    days: dict[date, int] = {}
    hours: dict[int, int] = {}
    for pair in range(2000):
        found = spread(f"pair {pair}", NOW, timedelta(weeks=8), timedelta(weeks=12), LONDON, ENGLAND)
        days[found.date()] = days.get(found.date(), 0) + 1
        hours[found.hour] = hours.get(found.hour, 0) + 1
    whole_days = [number for day, number in days.items() if date(2027, 1, 13) < day < date(2027, 2, 10)]

    assert len(days) == 21
    assert max(whole_days) < 2 * min(whole_days)
    assert set(hours) == set(range(9, 17))
    assert max(hours.values()) < 1.3 * min(hours.values())


def test_a_spread_moment_never_changes() -> None:
    """The same pair has the same date in every process and every release."""
    assert spread("pair 17", NOW, *WINDOW, LONDON, ENGLAND) == datetime(2026, 12, 23, 16, 55, 10, tzinfo=UTC)


# ---- weeks and clocks -----------------------------------------------------------------------------------------------


def test_weeks_keep_the_clock_on_the_wall() -> None:
    """Three in the afternoon stays three in the afternoon when summer time begins and ends."""
    winter = datetime(2027, 3, 24, 15, tzinfo=UTC)

    assert in_weeks(winter, 1, LONDON) == datetime(2027, 3, 31, 14, tzinfo=UTC)
    assert in_weeks(winter, 32, LONDON) == datetime(2027, 11, 3, 15, tzinfo=UTC)
    assert in_weeks(winter, -1, LONDON) == datetime(2027, 3, 17, 15, tzinfo=UTC)
    assert in_weeks(datetime(2028, 2, 22, 9, tzinfo=UTC), 1, LONDON) == datetime(2028, 2, 29, 9, tzinfo=UTC)


def test_a_skipped_time_moves_on_and_a_repeated_one_is_its_first() -> None:
    """Half past one does not exist on 28 March 2027 in London, and exists twice on 31 October."""
    assert moment_at(date(2027, 3, 28), time(1, 30), LONDON) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert moment_at(date(2027, 10, 31), time(1, 30), LONDON) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


# ---- zones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("London", LONDON),
        ("london time", LONDON),
        ("Europe/London", LONDON),
        ("EUROPE/LONDON", LONDON),
        (" Belfast ", LONDON),
        ("Edinburgh", LONDON),
        ("cardiff", LONDON),
        ("UK", LONDON),
        ("BST", LONDON),
        ("Paris", "Europe/Paris"),
        ("UTC", "UTC"),
        ("gmt", "UTC"),
        ("new york", NEW_YORK),
        ("New_York", NEW_YORK),
        ("America/New York", NEW_YORK),
        ("Washington", NEW_YORK),
        ("Kolkata", KOLKATA),
        ("São Paulo", "America/Sao_Paulo"),
        ("port au prince", "America/Port-au-Prince"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("Istanbul", "Europe/Istanbul"),
        ("us/eastern", "US/Eastern"),
    ],
)
def test_zones_are_known_by_name_or_city(text: str, zone: str) -> None:
    """A city, a country of the United Kingdom or a whole name will do."""
    assert known_zone(text) == zone


@pytest.mark.parametrize(
    "text", ["", "/", "Europe", "est", "CET", "IST", "west", "Atlantis", "lond", "+1", "../etc/passwd", "London" * 20]
)
def test_other_zones_are_not_guessed(text: str) -> None:
    """What is unknown, or means several zones, is asked again."""
    assert known_zone(text) is None


def test_zones_are_shown_for_people() -> None:
    """A zone is named after its city."""
    assert show_zone(LONDON) == "London time"
    assert show_zone("America/Argentina/Buenos_Aires") == "Buenos Aires time"
    assert show_zone("UTC") == "UTC"
    assert show_zone("Etc/GMT+5") == "GMT+5"


# ---- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 March", date(2027, 3, 3)),
        ("3 Mar 2027", date(2027, 3, 3)),
        ("03/03/2027", date(2027, 3, 3)),
        ("3/3", date(2027, 3, 3)),
        ("3/12/26", date(2026, 12, 3)),
        ("3.3.2027", date(2027, 3, 3)),
        ("3-3-2027", date(2027, 3, 3)),
        ("2027-03-03", date(2027, 3, 3)),
        ("Wed 3 March", date(2027, 3, 3)),
        ("wednesday, 3rd of march 2027", date(2027, 3, 3)),
        ("on the 3rd Mar.", date(2027, 3, 3)),
        ("Thurs 3/12", date(2026, 12, 3)),
        ("1st december", date(2026, 12, 1)),
        ("18 November", date(2026, 11, 18)),
        ("17 November", date(2027, 11, 17)),
        ("17 November 2026", date(2026, 11, 17)),
        ("29 Feb 2028", date(2028, 2, 29)),
        ("30 Sept", date(2027, 9, 30)),
        ("today", date(2026, 11, 18)),
        ("Tomorrow!", date(2026, 11, 19)),
        ("Tuesday", date(2026, 11, 24)),
        ("on friday", date(2026, 11, 20)),
        ("Weds", date(2026, 11, 25)),
        ("this Friday", date(2026, 11, 20)),
        ("next Tuesday", date(2026, 11, 24)),
        ("next Friday", date(2026, 11, 27)),
        ("in 2 weeks", date(2026, 12, 2)),
        ("in a week", date(2026, 11, 25)),
        ("in three days", date(2026, 11, 21)),
    ],
)
def test_days_are_read(text: str, expected: date) -> None:
    """The ways to name a day that have one meaning, in British order."""
    assert read_day(text, NOW, LONDON) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "Tue 25 Nov", "Tue 3 March", "31 June", "29 Feb", "0 May", "13/13", "3/13/2027", "March 3"),
        *("12/2027", "3 March 1999", "3 March 27", "27", "next week", "this Monday", "next 3 March", "in 0 days"),
        *(
            "in 2 months",
            "2 weeks",
            "3 March or 4 March",
            "3\u0663/3",
            "maybe Tuesday",
            "tues day",
            "3 March" + " " * 90,
        ),
        *("2027-3-3", "2027-02-30", "3/3-2027", "the day after tomorrow"),
    ],
)
def test_other_days_are_not_guessed(text: str) -> None:
    """What does not exist, contradicts itself or is not in the grammar is asked again."""
    assert read_day(text, NOW, LONDON) is None


def test_today_is_the_readers_today() -> None:
    """Late in the evening in London it is tomorrow in Kolkata."""
    evening = datetime(2026, 11, 18, 20, tzinfo=UTC)

    assert read_day("today", evening, LONDON) == date(2026, 11, 18)
    assert read_day("today", evening, KOLKATA) == date(2026, 11, 19)


def test_a_leap_day_without_a_year_is_read_when_it_is_next() -> None:
    """29 February is a date in the year that has one, and in the year before it."""
    assert read_day("29 feb", datetime(2027, 6, 1, tzinfo=UTC), LONDON) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue 24 Nov 15:00", "2026-11-24T15:00"),
        ("Tue 24 Nov, 15:00", "2026-11-24T15:00"),
        ("Tue 24 Nov, 15:00–15:30", "2026-11-24T15:00"),
        ("24 nov at 14:00-14:30", "2026-11-24T14:00"),
        ("24 nov 2pm to 3pm", "2026-11-24T14:00"),
        ("24 nov 2-3pm", "2026-11-24T14:00"),
        ("24 nov 11-12.30", "2026-11-24T11:00"),
        ("24 November 2026 at 3 p.m.", "2026-11-24T15:00"),
        ("24/11/2026 9.30", "2026-11-24T09:30"),
        ("24/11 9:30", "2026-11-24T09:30"),
        ("2026-11-24 15:00", "2026-11-24T15:00"),
        ("2026-11-24T15:00", "2026-11-24T15:00"),
        ("tomorrow at 3pm", "2026-11-19T15:00"),
        ("tomorrow, 3 pm", "2026-11-19T15:00"),
        ("3pm tomorrow", "2026-11-19T15:00"),
        ("at 3pm on Friday", "2026-11-20T15:00"),
        ("15:00 on Tue 24 Nov", "2026-11-24T15:00"),
        ("friday 2pm", "2026-11-20T14:00"),
        ("Friday noon", "2026-11-20T12:00"),
        ("next Tuesday 12pm", "2026-11-24T12:00"),
        ("tuesday at 3", "2026-11-24T15:00"),
        ("tuesday at 6", "2026-11-24T18:00"),
        ("tuesday 3.30", "2026-11-24T15:30"),
        ("tuesday 03:30", "2026-11-24T03:30"),
        ("tuesday 7:30", "2026-11-24T07:30"),
        ("tuesday at 9", "2026-11-24T09:00"),
        ("tuesday at 16", "2026-11-24T16:00"),
        ("tuesday 8am", "2026-11-24T08:00"),
        ("today 10:01", "2026-11-18T10:01"),
        ("in 2 weeks at 10", "2026-12-02T10:00"),
        ("1 July at 15:00", "2027-07-01T14:00"),
        ("29 feb 2028 10:00", "2028-02-29T10:00"),
        ("31 March 10:00", "2027-03-31T09:00"),
    ],
)
def test_moments_are_read(text: str, expected: str) -> None:
    """A day and a time in either order, on London's clock."""
    assert read_moment(text, NOW, LONDON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "3pm", "tuesday", "24 nov", "24 nov 2026", "24 nov 15", "24 nov 1500", "tuesday 3", "tuesday at 7"),
        *("tuesday 12am", "tuesday 13pm", "tuesday 0am", "tuesday 25:00", "tuesday 10:60", "tuesday at 0"),
        *("Tue 25 Nov 15:00", "today 09:00", "today 10:00", "17 November 2026 10:00", "9-10pm friday", "2-3 friday"),
        *("friday 15:00-14:00", "friday at 3 or 4", "friday 3pm or monday 4pm", "tomorrow morning at 9", "now"),
        *("28 March 2027 01:30", "friday 10:00-", "friday 10:00 EST", "friday 3:5pm", "3 tuesday", "friday at at 3"),
    ],
)
def test_other_moments_are_not_guessed(text: str) -> None:
    """What is unclear, contradicts itself, is past or never happens is asked again."""
    assert read_moment(text, NOW, LONDON) is None


def test_a_repeated_time_is_its_first() -> None:
    """Half past one comes twice when summer time ends; the first is summer time's."""
    assert read_moment("31 Oct 2027 01:30", NOW, LONDON) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@given(st.text("0123456789 :.,/-–+tuesdaypmch\n\x00٣²é", max_size=90), zones)
def test_no_text_upsets_the_reading(text: str, zone: str) -> None:
    """Anything at all is either read or refused."""
    assert read_day(text, NOW, zone) is None or text
    assert read_moment(text, NOW, zone) is None or text
    assert known_zone(text) is None or text


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=6),
    zones,
)
def test_a_moment_read_is_always_ahead(words: list[str], zone: str) -> None:
    """Whatever the words of the grammar are made into, nothing in the past and no odd second comes out."""
    found = read_moment(" ".join(words), NOW, zone)
    assert found is None or (found > NOW and found.second == 0)


# ---- writing --------------------------------------------------------------------------------------------------------


def test_moments_are_shown_on_the_readers_clock() -> None:
    """The same moment is three in London, half past eight in Kolkata and ten in New York."""
    start = datetime(2026, 11, 24, 15, tzinfo=UTC)

    assert show_moment(start, LONDON, NOW) == "Tue 24 Nov, 15:00"
    assert show_moment(start, KOLKATA, NOW) == "Tue 24 Nov, 20:30"
    assert show_slot(start, 30, LONDON, NOW) == "Tue 24 Nov, 15:00–15:30"
    assert show_slot(start, 45, NEW_YORK, NOW, name_zone=True) == "Tue 24 Nov, 10:00–10:45 (New York time)"


def test_the_year_is_shown_when_it_might_be_doubted() -> None:
    """Within about nine months it goes without saying, before and after."""
    assert show_day(date(2027, 8, 10), NOW) == "Tue 10 Aug"
    assert show_day(date(2027, 11, 23), NOW) == "Tue 23 Nov 2027"
    assert show_day(date(2026, 3, 3), NOW.date()) == "Tue 3 Mar"
    assert show_day(date(2025, 3, 4), NOW) == "Tue 4 Mar 2025"
    assert show_moment(datetime(2027, 11, 23, 9, tzinfo=UTC), LONDON, NOW) == "Tue 23 Nov 2027, 09:00"


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, KOLKATA])
@pytest.mark.parametrize("now", [datetime(2026, 10, 20, 10, tzinfo=UTC), datetime(2027, 2, 20, 10, tzinfo=UTC)])
def test_what_is_shown_is_read_back(now: datetime, zone: str) -> None:
    """Every half hour of eighty days, over the change of clocks; the second coming of an hour is read as its first."""
    for halves in range(1, 80 * 48):
        moment = now + timedelta(minutes=30 * halves)
        read = read_moment(show_moment(moment, zone, now), now, zone)
        assert read == moment or (local(moment, zone).fold and read == moment - timedelta(hours=1))


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 3 * 365 * 48), zones)
def test_what_is_shown_is_read_back_for_years(now: datetime, halves: int, zone: str) -> None:
    """The year is there whenever it is needed, for slots as for moments."""
    moment = now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30 * halves + 30)
    for shown in (show_moment(moment, zone, now), show_slot(moment, 30, zone, now)):
        read = read_moment(shown, now, zone)
        assert read == moment or moment.astimezone(ZoneInfo(zone)).fold
