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
