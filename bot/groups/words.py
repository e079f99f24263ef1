"""What people read here. Templates take named blanks."""

SOMEBODY = "your match"
CONTACT = "Contact"
WHY = "Why this may fit"
ANNOUNCED_TITLE = "Your matches in {round}"
ANNOUNCED_MENTEE = (
    "Good news: you have {count}. You lead: suggest a time for a {minutes}-minute session with each. "
    "It is for quick advice, and to find out whether you would like to go on together."
)
ANNOUNCED_MENTOR = (
    "Good news: you have {count}. They will suggest a time to you for a {minutes}-minute session, so "
    "there is nothing to do until then. You promised {promise}. Thank you."
)
CHAT_WITH = "Write to {name}"
BOOK_WITH = "Suggest a time to {name}"
NO_MATCHES_YET = "You have no matches yet. I will write to you when you do."
REMIND_BOOKING = (
    "You have not set up a session with {name} yet. {minutes} minutes are enough, and most people are glad to be asked. "
    "If it is not for you, that is fine too."
)
REMIND_BOOKING_AGAIN = (
    "I have not heard whether you and {name} have met. If it did not work out, a new time can be set up. If it is not for you, "
    "that is fine too."
)
NOT_THIS_ONE = "Not this one"
