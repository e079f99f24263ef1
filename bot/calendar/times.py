"""When people can be spoken to, and how a moment is written and read.

Moments are aware datetimes, stored and returned in UTC; a zone is an IANA name. English names of days and months are
spelled out here, so nothing depends on the machine's language. What a person typed is read by a small strict grammar
in British order: a phrase it does not know, or that contradicts itself, is not read at all, and what it does read is
meant to be shown back for confirmation.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

import holidays

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SATURDAY = 5
YEAR_GOES_WITHOUT_SAYING = timedelta(days=270)
LONGEST_PHRASE = 80  # characters; no date takes more, and patterns stay cheap


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours, and the country whose public holidays count: `subdivision` is a nation or state, or ""."""

    country: str = "GB"
    subdivision: str = "ENG"
    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"working hours end ({self.closes:%H:%M}) before they start ({self.opens:%H:%M})")
        try:
            _holidays(self.country, self.subdivision, 2027)
        except NotImplementedError as error:
            raise ValueError(f"no public holidays are known for {self.country} {self.subdivision}".strip()) from error

    def working_day(self, day: date) -> bool:
        """Monday to Friday and not a public holiday."""
        return day.weekday() < SATURDAY and day not in _holidays(self.country, self.subdivision, day.year)


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(moment: datetime, zone: str) -> datetime:
    """Return the moment on that zone's clock; a moment without a zone of its own is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone; without one it means something else on every machine")
    return moment.astimezone(_zone(zone))


def moment_at(day: date, clock: time, zone: str) -> datetime:
    """Return when that zone's clock shows `clock` on `day`, in UTC.

    A time that comes twice is its first coming; one that is skipped moves on by as much as the clocks do.
    """
    return datetime.combine(day, clock, tzinfo=_zone(zone)).astimezone(UTC)


def _working_hours(start: datetime, zone: str, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working hours (opening, closing) that end after `start`, the first one cut to begin no earlier."""
    today = local(start, zone).date()
    for days in count():
        day = today + timedelta(days=days)
        if calendar.working_day(day):
            opening = max(start, moment_at(day, calendar.opens, zone))
            closing = moment_at(day, calendar.closes, zone)
            if opening < closing:
                yield opening.astimezone(UTC), closing


def next_working_moment(moment: datetime, zone: str, calendar: Calendar) -> datetime:
    """Return the moment itself if it is within working hours in that zone, else the next opening; in UTC.

    The opening minute belongs to the working hours, the closing minute does not.
    """
    return next(_working_hours(moment, zone, calendar))[0]


def spread(key: str, start: datetime, least: timedelta, most: timedelta, zone: str, calendar: Calendar) -> datetime:
    """Return a working moment between `start + least` and `start + most`, in UTC, the same for the same key.

    Keys are spread evenly over the working time in that window. If it has none (a long week-end, or no window at all),
    it is the first working moment from `start + least` on, which is then later than `start + most`; never earlier.
    """
    first, last = start + least, start + most
    hours = []
    for opening, closing in _working_hours(first, zone, calendar):
        if opening >= last:
            break
        hours.append((opening, min(closing, last)))
    draw = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    seconds = int(sum((closing - opening).total_seconds() for opening, closing in hours) * draw)
    for opening, closing in hours:
        chosen = opening + timedelta(seconds=seconds)
        if chosen < closing:
            return chosen.astimezone(UTC)
        seconds = int((chosen - closing).total_seconds())
    return next_working_moment(first, zone, calendar)


def in_weeks(moment: datetime, weeks: int, zone: str) -> datetime:
    """Return the moment that many weeks later, in UTC, at the same time on that zone's clock.

    Where the clocks change, a skipped or repeated time is settled as in `moment_at`.
    """
    here = local(moment, zone)
    return moment_at(here.date() + timedelta(weeks=weeks), here.time().replace(fold=0), zone)


# ---- time zones -----------------------------------------------------------------------------------------------------

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
NOT_PLACES = frozenset({"act", "center", "lhi", "north", "nsw", "south", "west"})  # parts of names nobody lives in
ALSO: Mapping[str, str] = {
    **dict.fromkeys(("utc", "gmt", "z", "zulu", "greenwich", "greenwich mean"), "UTC"),
    **dict.fromkeys(
        (
            *("uk", "gb", "united kingdom", "great britain", "britain", "british", "bst", "british summer"),
            *("england", "scotland", "wales", "northern ireland"),
            *(
                "aberdeen",
                "belfast",
                "birmingham",
                "brighton",
                "bristol",
                "cambridge",
                "cardiff",
                "coventry",
                "croydon",
            ),
            *("darlington", "derby", "dundee", "durham", "edinburgh", "exeter", "glasgow", "inverness", "leeds"),
            *("leicester", "liverpool", "manchester", "newcastle", "newport", "norwich", "nottingham", "oxford"),
            *("plymouth", "portsmouth", "sheffield", "southampton", "swansea", "wolverhampton", "york"),
        ),
        "Europe/London",
    ),
    "beijing": "Asia/Shanghai",
    "delhi": "Asia/Kolkata",
    "geneva": "Europe/Zurich",
    "istanbul": "Europe/Istanbul",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "nicosia": "Asia/Nicosia",
    "washington": "America/New_York",
}


def known_zone(text: str) -> str | None:
    """Return the IANA name of the time zone a person means ("London", "new york", "Europe/Paris", "UTC"), or None.

    A city has to be the one its zone is named after, or one of a few more, most of them British. GMT is taken at its
    word, as UTC all year round. Abbreviations that mean several zones (IST, EST, CST) are not taken.
    """
    if len(text) > LONGEST_PHRASE:
        return None
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    said = " ".join(plain.casefold().replace("_", " ").split()).rstrip(".!").removesuffix(" time")
    return ALSO.get(said) or _zones().get(said) or _zones().get(said.replace("-", " "))


@cache
def _zones() -> Mapping[str, str]:
    """Return what may be typed, in lower case and with blanks, for every zone: its whole name, and its city if unique.

    Two names of one city in one area are an old and a new spelling of the same zone; the longer one is the new one.
    """
    cities: defaultdict[str, list[str]] = defaultdict(list)
    typed = {}
    for name in sorted(available_timezones(), key=lambda name: (len(name), name)):
        area, _, place = name.partition("/")
        if place:
            typed[name.casefold().replace("_", " ")] = name
        if place and area in AREAS:
            cities[place.rsplit("/", 1)[-1].casefold().replace("_", " ").replace("-", " ")].append(name)
    for city, names in cities.items():
        if city not in NOT_PLACES and len({name.partition("/")[0] for name in names}) == 1:
            typed[city] = names[-1]
    return typed


def show_zone(zone: str) -> str:
    """Return a zone for people: "London time", "UTC"."""
    area, _, place = zone.partition("/")
    city = place.rsplit("/", 1)[-1].replace("_", " ")
    return f"{city} time" if area in AREAS and city else city or zone


# ---- reading --------------------------------------------------------------------------------------------------------

_WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_WEEKDAY} )?(?:the )?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?: (?P<year>20[0-9]{{2}}))?",
        rf"(?:{_WEEKDAY} )?(?P<day>[0-9]{{1,2}})/(?P<month>[0-9]{{1,2}})(?:/(?P<year>(?:20)?[0-9]{{2}}))?",
        rf"(?:{_WEEKDAY} )?(?P<day>[0-9]{{1,2}})(?P<dot>[.-])(?P<month>[0-9]{{1,2}})(?P=dot)(?P<year>20[0-9]{{2}})",
        r"(?P<year>20[0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    )
)
_NAMED_DAY = re.compile(rf"(?P<which>next |this )?{_WEEKDAY}")
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_AHEAD = re.compile(rf"in (?P<number>[0-9]{{1,2}}|{'|'.join(_NUMBERS)}) (?P<unit>day|week)s?")
_CLOCK = (
    r"(?:(?P<{0}_hour>[0-9]{{1,2}})(?:[:.](?P<{0}_minute>[0-5][0-9]))? ?(?P<{0}_half>am|pm)?"
    r"|(?P<{0}_noon>noon|midday))"
)
_CLOCKS = rf"(?P<at>at )?{_CLOCK.format('start')}(?: ?(?P<range>-|–|—|to|until) ?{_CLOCK.format('end')})?"
_DAY_FIRST = re.compile(rf"(?P<day>.+?) {_CLOCKS}")
_CLOCK_FIRST = re.compile(rf"{_CLOCKS} (?P<day>.+)")
_LONGEST_RANGE = 4 * 60  # minutes; "9-10pm" is thirteen hours if read as it stands, so it is not read


def _plain(text: str) -> str:
    """Return the phrase in lower case, with single blanks, without commas and the full stops of abbreviations."""
    if len(text) > LONGEST_PHRASE:
        return ""
    words = re.sub(r"(?<=[a-z])\.", "", text.casefold().replace(",", " "))
    return " ".join(words.split()).rstrip(".!?")


def read_day(text: str, now: datetime, zone: str) -> date | None:
    """Return the day a person typed, as seen in that zone at `now`, or None if it cannot be read beyond doubt.

    - "3 March", "3 Mar 2027", "Wed 3 March", "1st December", "03/03/2027", "3/3", "3.3.2027", "2027-03-03"; day before
      month. Without a year it is the next such day, today included. A weekday that does not fit the date refuses it.
    - "today", "tomorrow", "in 3 days", "in two weeks".
    - "Tuesday" is the next one after today; "this Tuesday" is the one of this week, unless it has gone; "next Tuesday"
      is the one of next week (weeks start on Monday).

    A day in the past is returned only when its year was typed: what to say to it is the caller's to decide.
    """
    said = _plain(text).removeprefix("on ")
    today = local(now, zone).date()
    if said in {"today", "tomorrow"}:
        return today + timedelta(days=said == "tomorrow")
    if ahead := _AHEAD.fullmatch(said):
        number = _NUMBERS.get(ahead["number"]) or int(ahead["number"])
        return today + timedelta(days=number * (7 if ahead["unit"] == "week" else 1)) if number else None
    if named := _NAMED_DAY.fullmatch(said):
        return _named_day(named["which"] or "", _index(named["weekday"], WEEKDAYS), today)
    for pattern in _DATES:
        if found := pattern.fullmatch(said):
            return _date(found.groupdict(), today)
    return None


def _index(word: str, names: tuple[str, ...]) -> int:
    return names.index(word[:3].capitalize())


def _named_day(which: str, weekday: int, today: date) -> date | None:
    this_week = today + timedelta(days=weekday - today.weekday())
    if which == "next ":
        return this_week + timedelta(weeks=1)
    if which == "this ":
        return this_week if this_week >= today else None
    return this_week if this_week > today else this_week + timedelta(weeks=1)


def _date(parts: Mapping[str, str | None], today: date) -> date | None:
    """Return the date of a match of `_DATES`, or None if there is no such day or it is not the weekday it says."""
    name, weekday, year = parts.get("name"), parts.get("weekday"), parts["year"]
    month = _index(name, MONTHS) + 1 if name else int(parts["month"] or 0)
    day = int(parts["day"] or 0)
    years = [int(year) % 100 + 2000] if year else [today.year, today.year + 1]
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found if not weekday or found.weekday() == _index(weekday, WEEKDAYS) else None
    return None


def read_moment(text: str, now: datetime, zone: str) -> datetime | None:
    """Return the moment a person typed, in UTC, or None if it cannot be read beyond doubt or is not in the future.

    A day as in `read_day` and a time, in either order: "Tue 24 Nov 15:00", "tomorrow at 3pm", "9.30 on 24/11/2026",
    "2026-11-24T15:00", "friday noon"; the end of "14:00-14:30" is not kept. "12am" is nobody's clear meaning and is
    not taken. Nor is a time that the zone's clocks skip; of a time that comes twice it is the first.

    One thing is a guess, to be confirmed like everything typed: one to six o'clock, without am or pm and without a
    leading zero, is in the afternoon ("tuesday at 3", "3.30"; but "03:30" is at night). An hour alone needs an "at".
    """
    said = re.sub(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})t(?=[0-9])", r"\1 ", _plain(text))
    for pattern in (_DAY_FIRST, _CLOCK_FIRST):
        if found := pattern.fullmatch(said):
            day, clock = read_day(found["day"], now, zone), _start_of(found.groupdict())
            if day and clock:
                moment = moment_at(day, clock, zone)
                skipped = local(moment, zone).time() != clock
                return None if skipped or moment <= now else moment
    return None


def _start_of(parts: Mapping[str, str | None]) -> time | None:
    start, end = _clock(parts, "start"), _clock(parts, "end")
    clear = any(parts[name] for name in ("at", "start_minute", "start_half", "start_noon"))
    if not parts["range"]:
        return start if clear else None
    clear = clear or any(parts[name] for name in ("end_minute", "end_half", "end_noon"))
    if not (start and end and clear):
        return None
    minutes = (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % (24 * 60)
    return start if 0 < minutes <= _LONGEST_RANGE else None


def _clock(parts: Mapping[str, str | None], which: str) -> time | None:
    if parts[f"{which}_noon"]:
        return time(12)
    digits, minute, half = parts[f"{which}_hour"], parts[f"{which}_minute"], parts[f"{which}_half"]
    if not digits:
        return None
    hour, noon, midnight = int(digits), 12, 24
    if half:
        if not 1 <= hour <= noon or (hour == noon and half == "am"):
            return None
        hour = hour % noon + (noon if half == "pm" else 0)
    elif digits == "7" and not minute:
        return None  # breakfast or dinner?
    elif len(digits) == 1 and 1 <= hour < 7:  # noqa: PLR2004 - see read_moment
        hour += noon
    return time(hour, int(minute or 0)) if hour < midnight and (hour or minute) else None


# ---- writing --------------------------------------------------------------------------------------------------------


def show_day(day: date, now: datetime | date) -> str:
    """Return "Tue 24 Nov", or "Tue 24 Nov 2027" when that is more than about nine months from `now`."""
    today = now.date() if isinstance(now, datetime) else now
    year = "" if abs(day - today) <= YEAR_GOES_WITHOUT_SAYING else f" {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def show_moment(start: datetime, zone: str, now: datetime) -> str:
    """Return "Tue 24 Nov, 15:00" on that zone's clock, with the year as in `show_day`. `read_moment` reads it."""
    here = local(start, zone)
    return f"{show_day(here.date(), local(now, zone))}, {here:%H:%M}"


def show_slot(start: datetime, minutes: int, zone: str, now: datetime, *, name_zone: bool = False) -> str:
    """Return "Tue 24 Nov, 15:00–15:30" on that zone's clock; `name_zone` adds "(London time)"."""
    end = local(start + timedelta(minutes=minutes), zone)
    return f"{show_moment(start, zone, now)}–{end:%H:%M}" + (f" ({show_zone(zone)})" if name_zone else "")
