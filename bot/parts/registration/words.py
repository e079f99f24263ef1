"""What people read here. Templates take named blanks."""

QUESTION = "Question {number} of {count}"
BACK = "Back"
SKIP = "Skip"
SKIPPED = "skipped"
PREFER_NOT_TO_SAY = "Prefer not to say"
NOT_SAID = "not said"
WHICH_CHOICE = "Please choose one of these, or type it."
WHAT_ANSWER = "Please type your answer."
NOT_A_CHOICE = "I could not find “{text}” among the choices. Please choose one, or type it as it is written there."
ANSWERED_PRIVATE = "answered, private"
CHANGE_IT = "Change it"
CHANGE_TITLE = "Change an answer"
WHAT_TO_CHANGE = "Which answer would you like to change? The old one stays until you give a new one."
WHICH_ANSWER = "Answer"
NOTHING_TO_CHANGE = "There is nothing to change at the moment."
TOO_LATE_TO_CHANGE = (
    "That answer would open other questions, and registration has closed, so it stays as it was. The coordinator can help if "
    "it matters."
)
TO_WITHDRAW = "You are registered. To leave the programme, say “withdraw”."
SUMMARY_TITLE = "Your registration"
SUMMARY = "Please look over your answers. If they are right, confirm; nothing counts before you do."
SUMMARY_DONE = "These are your answers. You are registered."
CONFIRM = "Confirm registration"
SEE_PRIVATE = "See private answers"
YOUR_PRIVATE = "Your private answers"
ONLY_YOU = "Only you can see these. They are encrypted and used for matching, and for nothing else."
ALREADY_REGISTERED = "You are registered already."
REGISTERED_TITLE = "You are registered"
REGISTERED = (
    "Thank you, {name}. You are registered for {round}. Registration closes {closes}; then the matches are made, and I will "
    "tell you yours. Until then there is nothing you need to do."
)
PROMISE = "As {role} you promise {promise}."
REMIND_REGISTRATION = "You began to register and stopped here. If you would like to take part, you can go on now; registration closes {closes}."
UNCLEAR = "I could not read “{text}” as an answer. Please try it in other words."
FROM_THE_FORM = (
    "Welcome. What you answered on the form for {round} is here now, and it is yours: look it over, and change what is not "
    "right. You can withdraw, or have it erased, at any time."
)
FORM_LEFT_OPEN = (
    "The form did not ask everything. Your registration counts as it is; with these answers it counts better:"
)
FORM_NOT_NEEDED = (
    "You had filled in the form for {round} too. What you told me here counts, and what came from the form is erased."
)
INVITATION_WRONG = (
    "That invitation does not work: it may be mistyped, used already or too old. The people who coordinate the programme "
    "can send you a new one."
)
INVITATION_NOT_YOURS = (
    "You take part here with another e-mail address, so I have not used that invitation. If both addresses are yours, there "
    "is nothing to do: your registration here counts."
)
CANNOT_BE_TAKEN = "{question}: this answer cannot be taken."
CANNOT_BE_TAKEN_WHY = "{question}: {why}"
WAITING_TO_OPEN = (
    "You are on the list: I will write to you when registration opens on {opens}. There is nothing to do until then."
)
UNFINISHED = (
    "You have begun to register and can go on where you stopped. Registration is open until {closes}; "
    "what you have answered is kept."
)
UNFINISHED_CLOSED = (
    "Registration has closed, and yours was not finished, so you are not part of this round. If the coordinator extends the "
    "deadline you can go on where you stopped. To have your answers erased, say “erase me”."
)
REGISTERED_OPEN = (
    "You are registered. You can change your answers at any time. Registration closes {closes}; after that, the matches are "
    "made, and I will tell you yours."
)
REGISTERED_CLOSED = (
    "You are registered, and registration has closed. The matches are being made now; I will tell you yours soon."
)
CONTINUE = "Go on"
FIGURE_REGISTERED = "Registered"
