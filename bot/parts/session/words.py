"""What people read here. Templates take named blanks."""

REMIND_BOOKING = (
    "You have not set up a session with {name} yet. {minutes} minutes are enough, and most people are glad to be asked. "
    "If it is not for you, that is fine too."
)
REMIND_BOOKING_AGAIN = (
    "I have not heard whether you and {name} have met. If it did not work out, a new time can be set up. If it is not for you, "
    "that is fine too."
)
NOT_THIS_ONE = "Not this one"
ASK_HELD = "You were to meet {name}: {slot}. Did the session take place?"
YES_HELD = "Yes, we met"
NOT_HELD = "No, it did not"
NOT_YET_HELD = "That session has not taken place yet."
MISSED = "Thank you for telling me. That happens. A new time can be set up whenever it suits."
HELD = "Good to hear. Thank you for telling me."
