"""Setting up a session: times that suit both, an answer, a calendar entry, reminders; moved or called off, no blame."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.grammar import say
from bot.meetings.tables import Meeting
from bot.meetings.words import CALLED_OFF, CLASH_OWN, ICE_BREAKERS, LAPSED, MISSED, NOT_THEN, OFFER, WHEN_MISSING
from tests.scenarios.conftest import MENTOR, Chat, Talker

NIGHT = say(NOT_THEN["night"], others=1, earliest="07:00", latest="20:00")

SLOT = "Wed 4 Nov, 09:00–09:30"  # the first time that is offered to Bob


def _suggested(chat: Chat, slot: str = SLOT) -> tuple[Talker, Talker]:
    """Return Ann and Bob, after Bob has suggested a time to her."""
    ann, bob = chat.person("ann"), chat.person("bob")
    bob.presses("Suggest a time to Ann")
    bob.presses(slot)
    ann.news(), bob.news()
    return ann, bob


@pytest.mark.postgres
def test_a_mentee_is_offered_five_times(matched: Chat) -> None:
    """Five concrete times on different working days, half of them mornings, and the way to another time."""
    bob = matched.person("bob")
    (card,) = bob.presses("Suggest a time to Ann")
    assert bob.buttons() == [
        SLOT,
        "Thu 5 Nov, 13:00–13:30",
        "Fri 6 Nov, 10:30–11:00",
        "Mon 9 Nov, 14:30–15:00",
        "Tue 10 Nov, 16:00–16:30",
        "Another time",
    ]
    assert card.card.text == OFFER.format(name="Ann", minutes=30)


def test_times_are_those_that_both_have_said(opened: Chat) -> None:
    """Where one has Tuesday mornings and the other mornings, only Tuesday mornings are offered."""
    opened.person("ann").registers(**MENTOR, availability="tuesdays")
    bob = opened.person("bob").registers("mentee", availability="weekday mornings")
    opened.announced()
    bob.says("book")
    days = {label[:3] for label in bob.buttons() if label != "Another time"}
    hours = {int(label.split(", ")[1][:2]) for label in bob.buttons() if label != "Another time"}
    assert (days, max(hours) < 13) == ({"Tue"}, True)


def test_times_are_shown_in_the_readers_own_zone(opened: Chat) -> None:
    """A mentor in Paris reads Paris time, and both see whose time it is."""
    ann = opened.person("ann").registers(**MENTOR, zone="Paris")
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    bob.says("book")
    first = bob.buttons()[0]
    bob.presses(first)
    assert first.endswith("(London time)")
    hour = int(first.split(", ")[1][:2])
    ann.sees(f"{hour + 1:02}:", "(Paris time)")


@pytest.mark.postgres
def test_a_suggestion_is_asked_and_accepted(matched: Chat) -> None:
    """The mentor is asked; on a yes both get a confirmation with ice breakers and one valid calendar entry."""
    ann, bob = matched.person("ann"), matched.person("bob")
    bob.presses("Suggest a time to Ann")
    bob.presses(SLOT)
    bob.sees(f"You suggested {SLOT} to Ann.")
    ann.sees(f"Bob would like to meet you: {SLOT}. Does that suit you?")
    assert ann.buttons() == ["Accept", "Suggest another time", "Decline"]
    ann.presses("Accept")
    for person, other in ((ann, "Bob"), (bob, "Ann")):
        person.sees(f"{SLOT} with {other}.", ICE_BREAKERS, "What does a good day at work look like for you?")
    files = {person.screen[-1].calendar for person in (ann, bob)}
    ((method, uid, sequence, start),) = files
    assert (method, sequence, start) == ("PUBLISH", 0, "04 Nov 09:00")
    assert uid


def test_accepting_may_be_typed(matched: Chat) -> None:
    """The word "yes" is as good as the button."""
    ann, bob = _suggested(matched)
    ann.says("yes")
    ann.sees("Booked")
    bob.sees("Booked")


@pytest.mark.postgres
def test_accepting_twice_books_once(matched: Chat) -> None:
    """A redelivered press sends nothing more, and a second press shows how it stands, to that person alone."""
    ann, bob = _suggested(matched)
    action, value = ann.find("Accept")[1:]
    ann.presses("Accept", twice=True)
    assert [len(ann.news()), len(bob.news())] == [1, 1]
    ann.sends(action, value)
    ann.sees("Booked")
    assert bob.news() == []


def test_nobody_accepts_their_own_suggestion(matched: Chat) -> None:
    """A suggestion waits for the other person; its author cannot answer it."""
    ann, bob = _suggested(matched)
    action, value = ann.find("Accept")[1:]
    bob.sends(action, value)
    bob.sees(f"You suggested {SLOT} to Ann.")
    assert [row.state for row in matched.rows(Meeting)] == ["suggested"]


@pytest.mark.parametrize(
    ("typed", "slot"),
    [
        ("Tue 24 Nov 15:00", "Tue 24 Nov, 15:00–15:30"),
        ("tomorrow at 3pm", "Tue 3 Nov, 15:00–15:30"),
        ("24/11/2026 9.30", "Tue 24 Nov, 09:30–10:00"),
        ("next friday noon", "Fri 13 Nov, 12:00–12:30"),
    ],
)
def test_another_time_may_be_typed_and_is_confirmed(matched: Chat, typed: str, slot: str) -> None:
    """A typed time is always shown as it was understood before anything is suggested."""
    ann, bob = matched.person("ann"), matched.person("bob")
    ann.news()
    bob.presses("Suggest a time to Ann")
    bob.says(typed)
    bob.sees(f"{slot}. Is that right?")
    assert ann.news() == []
    bob.says("yes")
    ann.sees(f"Bob would like to meet you: {slot}.")


def test_another_time_may_be_picked(matched: Chat) -> None:
    """A picked date and time is understood in the reader's zone, and confirmed too."""
    bob = matched.person("bob")
    bob.presses("Suggest a time to Ann")
    bob.presses("Another time")
    bob.presses("Next", when="2026-11-24T15:00")
    bob.sees("Tue 24 Nov, 15:00–15:30. Is that right?")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-11-02T09:00", NOT_THEN["past"]),
        ("2026-11-07T10:00", NOT_THEN["weekend"]),
        ("2026-12-25T10:00", NOT_THEN["holiday"]),
        ("2026-11-24T06:30", NIGHT),
        ("2026-11-24T19:45", NIGHT),
        ("2027-03-03T10:00", NOT_THEN["far"].format(months="three")),
        ("whenever you like", "I could not read “whenever you like” as a day and time."),
        ("", WHEN_MISSING),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_reason(matched: Chat, typed: str, why: str) -> None:
    """Past, weekend, bank holiday, night, too far ahead or not understood: a sentence, and the question again."""
    bob = matched.person("bob")
    bob.presses("Suggest a time to Ann")
    bob.presses("Another time")
    bob.presses("Next", when=typed)
    bob.sees(why, "When would you like to meet Ann?")
    assert matched.rows(Meeting) == []


def test_a_typed_time_is_day_for_both(opened: Chat) -> None:
    """Nine in London is night in New York, and so it is refused."""
    opened.person("ann").registers(**MENTOR, zone="New York")
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    bob.says("book")
    bob.says("Tue 24 Nov 09:00")
    bob.sees(NIGHT)


@pytest.mark.postgres
def test_nothing_is_double_booked(opened: Chat) -> None:
    """What is booked or suggested with one person is not offered with another, and a typed clash is refused."""
    opened.person("ann").registers(**MENTOR)
    opened.person("amy").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    opened.person("eve").registers("mentee")
    opened.announced()
    bob.presses("Suggest a time to Ann")
    bob.presses(SLOT)
    opened.person("ann").presses("Accept")
    bob.presses("Suggest a time to Amy")
    assert SLOT not in bob.buttons()
    bob.says("Wed 4 Nov 09:15")
    bob.sees(CLASH_OWN)
    eve = opened.person("eve")
    eve.presses("Suggest a time to Ann")
    assert SLOT not in eve.buttons()
    eve.says("Wed 4 Nov 08:45")
    eve.sees("Ann has something else at that time.")


def test_a_time_that_was_taken_meanwhile_is_refused_at_the_press(opened: Chat) -> None:
    """An offered time may be taken by somebody else before the press; then others are offered."""
    opened.person("ann").registers(**MENTOR)
    bob, eve = opened.person("bob").registers("mentee"), opened.person("eve").registers("mentee")
    opened.announced()
    bob.says("book")
    eve.says("book")
    bob.presses(SLOT)
    eve.presses(SLOT)
    eve.sees("Ann has something else at that time.", "Another time")
    assert len(opened.rows(Meeting)) == 1


def test_the_mentor_suggests_another_time(matched: Chat) -> None:
    """Instead of yes or no the mentor offers another of the times, and now the mentee is asked."""
    ann, bob = _suggested(matched)
    ann.presses("Suggest another time")
    ann.presses("Fri 6 Nov")
    bob.sees("Ann would like to meet you: Fri 6 Nov")
    bob.presses("Accept")
    ann.sees("Booked", "Fri 6 Nov")
    assert [row.state for row in matched.rows(Meeting)] == ["booked"]


@pytest.mark.postgres
def test_declining_with_a_reason(matched: Chat) -> None:
    """A reason reaches the mentee, word for word, with the way to another time."""
    ann, bob = _suggested(matched)
    ann.presses("Decline")
    ann.presses("Decline with this reason", reason="On leave that week.")
    bob.sees(f"{SLOT} does not work for Ann. Another time may.", "Ann says: On leave that week.")
    assert bob.buttons() == ["Suggest another time"]
    bob.presses("Suggest another time")
    assert len(bob.buttons()) == 5 + 1


def test_declining_without_a_reason(matched: Chat) -> None:
    """No reason is needed, and none is made up."""
    ann, bob = _suggested(matched)
    ann.presses("Decline")
    ann.presses("Decline without a reason")
    ann.sees("You have declined, and Bob has been told kindly.")
    (told,) = bob.news()
    assert told.card.text == f"{SLOT} does not work for Ann. Another time may."


def test_a_suggestion_without_an_answer_is_asked_about_once(matched: Chat) -> None:
    """After four days the mentor is asked once more; the mentee is not troubled, and nobody is blamed."""
    ann, bob = _suggested(matched, "Tue 10 Nov")
    matched.until(datetime(2026, 11, 10, 15, 0, tzinfo=UTC))
    assert [message.at for message in ann.news()] == [datetime(2026, 11, 6, 10, 0, tzinfo=UTC)]
    ann.sees("Bob is waiting for your answer. Yes, no and another time are all fine.")
    assert bob.news() == []


def test_a_suggestion_lapses_when_its_time_comes(matched: Chat) -> None:
    """With no answer by then the mentee is told kindly and may suggest another time; the old button is dead."""
    ann, bob = _suggested(matched)
    action, value = ann.find("Accept")[1:]
    matched.until(datetime(2026, 11, 4, 12, 0, tzinfo=UTC))
    (told,) = bob.news()
    assert told.card.text == LAPSED.format(name="Ann", slot=SLOT)
    ann.sends(action, value)
    ann.sees(f"{SLOT} with Bob did not work out.")


def test_who_is_on_a_break_hears_of_a_lapsed_suggestion_when_back(matched: Chat) -> None:
    """Nobody is nudged during their break; if the match has ended by then, there is nothing to say."""
    for ended in (False, True):
        ann, bob = _suggested(matched) if not ended else (matched.person("ann"), matched.person("bob"))
        if ended:
            bob.says("book")
            bob.presses(bob.buttons()[0])
        bob.says(f"pause until {matched.now + timedelta(days=30):%d/%m/%Y}")
        bob.news()
        matched.wait(days=21)
        assert bob.news() == []
        if ended:
            ann.says("withdraw")
            ann.presses("Yes, withdraw")
            bob.news()
        matched.wait(days=14)
        told = [message.card.text for message in bob.news()]
        assert [LAPSED.format(name="Ann", slot="")[:20] in text for text in told].count(True) == (not ended)


@pytest.mark.postgres
def test_both_are_reminded_a_day_and_ten_minutes_before(booked: Chat) -> None:
    """Two reminders each, at the right moments, and afterwards the question whether it took place."""
    ann, bob = booked.person("ann"), booked.person("bob")
    ann.news(), bob.news()
    booked.until(datetime(2026, 11, 4, 10, 0, tzinfo=UTC))
    expected = [
        (datetime(2026, 11, 3, 9, 0, tzinfo=UTC), "A reminder: you are meeting {}"),
        (datetime(2026, 11, 4, 8, 50, tzinfo=UTC), "In ten minutes: your session with {}"),
        (datetime(2026, 11, 4, 10, 0, tzinfo=UTC), "You were to meet {}"),
    ]
    for person, other in ((ann, "Bob"), (bob, "Ann")):
        news = person.news()
        assert [message.at for message in news] == [at for at, _ in expected]
        assert [text.format(other) in message.text for (_, text), message in zip(expected, news, strict=True)] == [
            True
        ] * 3


def test_the_reminder_of_a_monday_comes_on_friday(matched: Chat) -> None:
    """Nobody is reminded at a weekend; the day before a Monday is the Friday."""
    ann, _ = _suggested(matched, "Mon 9 Nov")
    ann.presses("Accept")
    ann.news()
    matched.until(datetime(2026, 11, 9, 9, 0, tzinfo=UTC))
    assert [f"{message.at:%a}" for message in ann.news()] == ["Fri"]


@pytest.mark.postgres
def test_a_session_moves_when_the_other_agrees(booked: Chat) -> None:
    """Until then it stays; then both get the same calendar entry with a higher number and the new time."""
    ann, bob = booked.person("ann"), booked.person("bob")
    first = bob.screen[-1].calendar
    bob.presses("Move it")
    bob.sees(f"Your session is booked for {SLOT} and stays there until a new time is accepted.")
    bob.presses("Fri 6 Nov, 11:00–11:30")
    ann.sees(
        f"Bob would like to move your session from {SLOT} to Fri 6 Nov, 11:00–11:30.", "Until you say so, it stays."
    )
    ann.presses("Accept")
    assert {ann.screen[-1].calendar, bob.log[-1].calendar} == {("PUBLISH", first[1], 1, "06 Nov 11:00")}


def test_reminders_move_with_the_session(booked: Chat) -> None:
    """The old moments are quiet, and the new ones are kept."""
    ann, bob = booked.person("ann"), booked.person("bob")
    bob.presses("Move it")
    bob.presses("Fri 6 Nov, 11:00–11:30")
    ann.presses("Accept")
    ann.news()
    booked.until(datetime(2026, 11, 6, 11, 15, tzinfo=UTC))
    assert [f"{message.at:%a %H:%M}" for message in ann.news()] == ["Thu 11:00", "Fri 10:50"]


def test_a_declined_move_leaves_the_session_as_it_was(booked: Chat) -> None:
    """Saying no to another time does not call off the one there is."""
    ann, bob = booked.person("ann"), booked.person("bob")
    bob.presses("Move it")
    bob.presses("Fri 6 Nov, 11:00–11:30")
    ann.presses("Decline")
    ann.presses("Decline without a reason")
    bob.sees(f"Your session stays as it was: {SLOT}.")
    assert [(row.state, row.starts_at.day) for row in booked.rows(Meeting)] == [("booked", 4)]


@pytest.mark.postgres
@pytest.mark.parametrize("who", ["ann", "bob"])
def test_either_side_calls_off_and_both_calendars_know(booked: Chat, who: str) -> None:
    """One asks twice, both are told in the same words, and the file takes the entry out; no reason is asked for."""
    ann, bob = booked.person("ann"), booked.person("bob")
    uid = bob.screen[-1].calendar[1]
    caller = booked.person(who)
    caller.presses("Cancel it")
    caller.sees("Would you like to move it, or to call it off? Either is fine; no reason is needed.")
    ann.news(), bob.news()
    caller.presses("Call it off")
    told = {"ann": ann.news(), "bob": bob.news()}
    assert {user: [message.calendar for message in got] for user, got in told.items()} == {
        "ann": [("CANCEL", uid, 1, "04 Nov 09:00")],
        "bob": [("CANCEL", uid, 1, "04 Nov 09:00")],
    }
    assert told["bob"][0].card.text == CALLED_OFF.format(name="Ann", slot=SLOT)
    assert told["ann"][0].card.text == CALLED_OFF.format(name="Bob", slot=SLOT)
    booked.wait(days=3)
    assert [ann.news(), bob.news()] == [[], []]


def test_a_new_session_after_one_called_off_is_a_new_entry(booked: Chat) -> None:
    """A calendar that has taken an entry out would not take the same one in again, so the new one is another."""
    ann, bob = booked.person("ann"), booked.person("bob")
    old = bob.screen[-1].calendar
    bob.presses("Cancel it")
    bob.presses("Call it off")
    bob.presses("Suggest another time")
    bob.presses("Fri 6 Nov")
    ann.presses("Accept")
    new = bob.screen[-1].calendar
    assert (new[0], new[2]) == ("PUBLISH", 0)
    assert new[1] != old[1]


def test_a_suggestion_that_is_called_off_has_no_file(matched: Chat) -> None:
    """What never was in a calendar need not be taken out of it."""
    ann, bob = _suggested(matched)
    bob.presses("Cancel it")
    bob.presses("Call it off")
    (told,) = ann.news()
    assert told.card.files == ()


def test_my_sessions_show_what_is_set_up(booked: Chat) -> None:
    """The word "sessions" shows every session with what can be done about it."""
    bob = booked.person("bob")
    bob.says("sessions")
    bob.sees(SLOT, "Ann")
    assert bob.buttons() == ["Move it", "Cancel it", "Add to Google Calendar", "Add to Outlook"]


def test_a_booked_session_can_be_added_to_a_web_calendar(booked: Chat) -> None:
    """The links hold the time and the programme, and nobody's name; a link beside them invites both."""
    bob = booked.person("bob")
    bob.says("sessions")
    card = bob.screen[-1].card
    google, outlook = (button.url for button in card.buttons if button.url)
    assert google.startswith(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Speed+mentoring+session&"
    )
    assert outlook.startswith("https://outlook.office.com/calendar/0/deeplink/compose?")
    assert "Ann" not in google + outlook
    (meet,) = card.meet
    assert (meet.user, meet.minutes, meet.subject) == ("ann", 30, "Speed mentoring session")


def test_book_asks_with_whom_when_there_are_several(opened: Chat) -> None:
    """With two mentors to meet, the word "book" asks which, and a name answers."""
    opened.person("ann").registers(**MENTOR)
    opened.person("amy").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    bob.says("book")
    assert sorted(bob.buttons()) == ["Amy", "Ann"]
    bob.says("Amy")
    bob.sees("These times may suit you and Amy")


def test_a_bank_holiday_is_not_offered(opened: Chat) -> None:
    """No time at Christmas or New Year is offered, and none at a weekend."""
    opened.person("ann").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    opened.until(datetime(2026, 12, 22, 10, 0, tzinfo=UTC))
    bob.says("book")
    days = [label.split(",")[0] for label in bob.buttons()]
    assert [day for day in days if day[:3] in {"Sat", "Sun"} or day in {"Fri 25 Dec", "Mon 28 Dec", "Fri 1 Jan"}] == []
    assert len(days) == 5 + 1


def test_a_session_without_a_word_afterwards_can_be_set_up_again(booked: Chat) -> None:
    """Where it did not take place, the mentee can suggest a new time, and nobody is blamed."""
    bob = booked.person("bob")
    booked.until(datetime(2026, 11, 4, 11, 0, tzinfo=UTC))
    bob.presses("No, it did not")
    bob.sees(MISSED)
    bob.presses("Suggest another time")
    assert len(bob.buttons()) == 5 + 1
    assert booked.now - datetime(2026, 11, 4, 11, 0, tzinfo=UTC) == timedelta()
