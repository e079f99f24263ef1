"""Calendar files: a session as an iCalendar object (RFC 5545) that a person's own calendar can take in."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import icalendar

PRODUCT = "-//speedmentor//mentoring programmes//EN"
MIME = "text/calendar"
REMINDER = timedelta(minutes=10)
# Control characters but tab and line feed, and those that turn the direction of writing around.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def invite(
    *,
    uid: str,
    sequence: int,
    start: datetime,
    minutes: int,
    summary: str,
    description: str,
    now: datetime,
    place: str = "",
    cancelled: bool = False,
) -> str:
    """Return a session as the text of an .ics file: METHOD:PUBLISH, or METHOD:CANCEL when it is off.

    `uid` stays the same for a session for ever, `sequence` grows with every change; calendars go by both. There are no
    organiser and no attendees, so no name or address but those in the texts given, and the entry is CLASS:PRIVATE:
    colleagues who share a calendar see that the time is taken, not what for. Texts may hold anything; line breaks
    become escaped ones and control characters vanish, so no text can add a property of its own.
    """
    event = icalendar.Event()
    event.add("uid", _clean(uid).replace("\n", ""))
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", start.astimezone(UTC) + timedelta(minutes=minutes))
    event.add("summary", _clean(summary))
    event.add("description", _clean(description))
    if place:
        event.add("location", _clean(place))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if not cancelled:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -REMINDER)
        alarm.add("description", _clean(summary))
        event.add_component(alarm)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _clean(text: str) -> str:
    """Return the text with plain line breaks and without characters that a calendar could stumble over."""
    return _UNWANTED.sub("", "\n".join(text.encode(errors="replace").decode().splitlines()))


def links(start: datetime, minutes: int, subject: str) -> tuple[tuple[str, str], ...]:
    """Return the names of web calendars, each with the address that opens a new entry there. No name is in them."""
    start, end = start.astimezone(UTC), (start + timedelta(minutes=minutes)).astimezone(UTC)
    plain = "%Y%m%dT%H%M%SZ"
    google = {"action": "TEMPLATE", "text": subject, "dates": f"{start:{plain}}/{end:{plain}}"}
    outlook = {"subject": subject, "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}", "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    compose = {"path": "/calendar/action/compose", "rru": "addevent", **outlook}
    return (
        ("Google Calendar", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook", f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(compose)}"),
    )
