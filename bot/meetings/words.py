"""What people read here. Templates take named blanks."""

BOOK_WHOM = "With whom would you like to set up a session?"
NOTHING_TO_BOOK = "There is no session for you to set up at the moment."
OFFER = "These times may suit you and {name} for {minutes} minutes. Choose one and I will ask {name}."
OFFER_ANYWAY = (
    "The times you {others:both|all} gave do not meet, so these are simply times when you {others:both|all} work, for "
    "{minutes} minutes with {name}. "
    "Choose one and I will ask, or suggest another."
)
OFFER_NONE = "I found no free time for you {others:both|all} in the next three weeks. You can suggest one yourself."
OFFER_MOVE = "Your session is booked for {slot} and stays there until a new time is accepted."
ANOTHER_TIME = "Another time"
SHOW_TIMES = "Show me times"
WHEN = "Date and time"
WHEN_ASK = "When would you like to meet {name}?"
WHEN_HINT = "For example: Tue 24 Nov 15:00, or tomorrow at 3pm"
WHEN_UNCLEAR = "I could not read “{text}” as a day and time. Something like “Tue 24 Nov 15:00” works."
WHEN_MISSING = "Please choose a day and time."
IS_THIS_RIGHT = "{slot}. Is that right?"
YES_SUGGEST = "Yes, suggest it"
NOT_THEN = {
    "past": "That time has passed. Please choose a later one.",
    "weekend": "That is at a weekend for one of you. Please choose a working day.",
    "holiday": "That is a public holiday for one of you. Please choose another day.",
    "night": "That is outside the day for one of you. Please choose a time between {earliest} and {latest} for {others:both|all}.",
    "far": "That is more than {months} months ahead. Please choose an earlier day.",
}
CLASH_OWN = "You have another session at that time. Please choose another time."
CLASH_THEIRS = "{name} has something else at that time. Please choose another time."
PAST = "That time has passed. Here are others."
SUGGESTED = "You suggested {slot} to {name}. I will tell you as soon as there is an answer."
ACCEPTED = "You said yes to {slot}. The answer of {name} is still open; I will tell you."
SUGGESTION = "{name} would like to meet you: {slot}. Does that suit you?"
MOVE_ASKED = (
    "{name} would like to move your session from {old} to {slot}. Does that suit you? Until you say so, it stays."
)
ACCEPT = "Accept"
SUGGEST_ANOTHER = "Suggest another time"
DECLINE_BUTTON = "Decline"
DECLINE = "You can give {name} a reason, or simply decline. You can also suggest another time."
REASON = "Reason"
REASON_HINT = "{name} will see it"
DECLINE_WITH_REASON = "Decline with this reason"
DECLINE_PLAIN = "Decline without a reason"
YOU_DECLINED = "You have declined, and {name} has been told kindly. Thank you for answering."
DECLINED = "{slot} does not work for {name}. Another time may."
DECLINED_REASON = "{name} says: {reason}"
STAYS = "Your session stays as it was: {slot}."
LAPSED = "{name} did not get round to answering about {slot}, and that time is here now. People are busy; another time may work."
REMIND_ANSWER = "{name} is waiting for your answer. Yes, no and another time are all fine."
BOOKED_TITLE = "Booked"
BOOKED = (
    "{slot} with {name}. The calendar file puts it in your calendar. Agree between you where to meet: a call or a coffee "
    "are both fine."
)
ICE_BREAKERS = "Some questions to break the ice, if you like:"
MOVE = "Move it"
CANCEL = "Cancel it"
CANCEL_SURE = "Your session with {name}: {slot}. Would you like to move it, or to call it off? Either is fine; no reason is needed."
CANCEL_SURELY = "Call it off"
KEEP = "Keep it"
CALLED_OFF = "The session with {name}, {slot}, is called off. If it was in your calendar, the file takes it out."
TOMORROW = "A reminder: you are meeting {name} soon, {slot}."
SOON = "In ten minutes: your session with {name}, {slot}. Enjoy it."
NO_SESSIONS = "You have no sessions set up at the moment."
SESSION_STATE = {
    "suggested": "{slot} with {name} was suggested; the answer is still open.",
    "held": "You have met {name}: {slot}.",
    "missed": "The session with {name}, {slot}, did not take place.",
    "declined": "{slot} with {name} did not work out. Another time may.",
    "cancelled": "The session with {name}, {slot}, was called off.",
}
EVENT_SUBJECT = "{programme} session"
ADD_TO = "Add to {calendar}"
INVITE_ALL = "Invite {others:both|all} in your calendar"
EVENT_TITLE = "{programme} with {name}"
EVENT_TEXT = "A mentoring session with {name}. To move or cancel it, write to the mentoring bot."
MY_SESSIONS = "My sessions"
BOOK = "Suggest a time"
STATE_TO_BOOK = "session to be set up by you"
STATE_WILL_CONTACT = "will suggest a time to you"
STATE_SUGGESTED = "suggested: {slot}"
STATE_BOOKED = "booked: {slot}"
STATE_HELD = "you met on {slot}"
PAUSED_SESSIONS = "You have sessions set up; they stay as they are unless you move or cancel them."
BOOK_WITH = "Suggest a time to {name}"
FIGURE_SUGGESTED = "Sessions suggested"
FIGURE_BOOKED = "Sessions booked"
FIGURE_HELD = "Matches that have met"
FIGURE_MISSED = "Sessions missed"
ASK_HELD = "You were to meet {name}: {slot}. Did the session take place?"
YES_HELD = "Yes, we met"
NOT_HELD = "No, it did not"
NOT_YET_HELD = "That session has not taken place yet."
MISSED = "Thank you for telling me. That happens. A new time can be set up whenever it suits."
HELD = "Good to hear. Thank you for telling me."
