"""Calendar files, read back by a calendar library."""

from datetime import UTC, datetime, timedelta, timezone

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar.invites import invite

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
START = datetime(2026, 11, 24, 15, tzinfo=UTC)
PROPERTIES = {
    *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "CLASS", "TRANSP"),
}
texts = st.text("ab é—👩\u200d💻\xa0,;:\\\"'=^\n\r\t\x00\x0b\x1c\x85\u2028\u202e\ud800\ufeff", max_size=200)


def write(summary: str = "Mentoring", description: str = "Two lines\nof it", **changes: object) -> str:
    """Return an ordinary invitation, but for what is given."""
    given_ = {"uid": "17@speedmentor", "sequence": 0, "start": START, "minutes": 30, "now": NOW, "cancelled": False}
    return invite(summary=summary, description=description, **(given_ | changes))  # type: ignore[arg-type]


def read(text: str) -> tuple[icalendar.Calendar, icalendar.Event]:
    """Return the calendar and its only event."""
    calendar = icalendar.Calendar.from_ical(text)
    assert isinstance(calendar, icalendar.Calendar)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return calendar, event


def test_an_invitation_says_when_and_what() -> None:
    """The file holds the times in UTC, the texts, the identity and a reminder ten minutes before."""
    calendar, event = read(write(sequence=3))
    (alarm,) = event.walk("VALARM")

    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["VERSION"] == "2.0"
    assert "speedmentor" in str(calendar["PRODID"])
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (START, START + timedelta(minutes=30))
    assert event.decoded("DTSTAMP") == NOW
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("17@speedmentor", 3, "CONFIRMED")
    assert (event["SUMMARY"], event["DESCRIPTION"]) == ("Mentoring", "Two lines\nof it")
    assert (alarm["ACTION"], alarm.decoded("TRIGGER")) == ("DISPLAY", -timedelta(minutes=10))


def test_a_cancellation_is_the_same_entry_called_off() -> None:
    """The identity stays, the method and the status say that it is off, and nothing rings any more."""
    calendar, event = read(write(sequence=4, cancelled=True))

    assert calendar["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("17@speedmentor", 4, "CANCELLED")
    assert event.walk("VALARM") == []


def test_times_are_written_in_utc_whatever_they_come_in() -> None:
    """A start on another clock is written as the same moment with a Z."""
    text = write(start=START.astimezone(timezone(timedelta(hours=5, minutes=30))))

    assert "\r\nDTSTART:20261124T150000Z\r\n" in text
    assert "\r\nDTEND:20261124T153000Z\r\n" in text


def test_an_entry_is_private() -> None:
    """Colleagues who share a calendar are not told what the time is for, and nobody is named by a property."""
    text = write()

    assert "\r\nCLASS:PRIVATE\r\n" in text
    assert "ORGANIZER" not in text
    assert "ATTENDEE" not in text


@pytest.mark.parametrize(
    "trick",
    [
        "Tea\r\nATTENDEE;CN=Eve:mailto:eve@example.org",
        "Tea\nEND:VEVENT\nEND:VCALENDAR",
        'Tea";CN="Eve":mailto:eve@example.org',
        "Tea\rDTSTART:19700101T000000Z",
        "Tea\x0bURL:http://example.org",
        "Tea\x85URL:http://example.org",
        "Tea\u2028URL:http://example.org",
        "Tea\\nURL:http://example.org\\",
        "Tea;VALUE=URI:http://example.org,more",
        "Tea\x00\x1b\ud800",
    ],
)
def test_no_text_can_add_a_property(trick: str) -> None:
    """Whatever a text holds, in any place, the event has the properties it always has, one of each."""
    _, event = read(write(summary=trick, description=trick, uid=trick))

    assert set(event) == PROPERTIES
    assert not any(isinstance(value, list) for value in event.values())
    assert event.decoded("DTSTART") == START
    assert str(event["SUMMARY"]).startswith("Tea")


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_every_text_makes_a_valid_file(summary: str, description: str) -> None:
    """Lines end in CRLF and are at most 75 octets long, and the file reads back with the properties it has to have."""
    text = write(summary=summary, description=description)
    lines = text.encode().split(b"\r\n")
    _, event = read(text)

    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert set(event) == PROPERTIES


@settings(max_examples=60, deadline=None)
@given(st.text("abc é—👩\u200d💻\xa0,;:\\\"'=^\n\t", max_size=200))
def test_ordinary_texts_come_back_as_they_were(text: str) -> None:
    """Letters, blanks, punctuation, emoji and line breaks survive writing, folding and reading."""
    _, event = read(write(description=text))

    assert event["DESCRIPTION"] == "\n".join(text.splitlines())
