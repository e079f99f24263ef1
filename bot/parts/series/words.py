"""What people read here. Templates take named blanks."""

GOING_ON_TITLE = "You are going on together"
GOING_ON = (
    "You and {name} both said yes. You meet every {least} to {most} weeks, as suits you both; the {mentee} sets up the sessions. "
    "How often would you like me to ask how it goes?"
)
EVERY = "every {weeks} weeks"
SPREAD = "now and then"
YOU_CHOOSE = "You choose for us"
RHYTHM = "I will ask {how}; the first time on {day}. You can set up your next session at any time."
RHYTHM_PICKED = "{name} would like to be asked {how}. If something else suits you better, choose it here."
GUIDANCE_TITLE = "A thought for you both"
STOP = "Stop"
STOP_SURE = (
    "Would you like to end this with {name}? No reason is needed, and {name} is only told that it has come to an end."
)
STOP_SURELY = "Yes, end it"
GO_ON_AFTER_ALL = "No, leave it as it is"
ENDED = "Your mentoring with {name} has come to an end. Thank you for the time you gave it."
YEAR_OVER = (
    "You and {name} have come to the end of your mentoring time. Thank you both. You are free to stay in touch, of course; "
    "I will not nudge you any more."
)
ON_THE_LIST = "You are on the waiting list for another match. I will write to you as soon as there is one."
CHECK_IN_TITLE = "How is it going?"
CHECK_IN = "Have you and {name} met since we last spoke?"
MET = "We met"
NOT_YET = "Not yet"
LATER = "Ask me later"
WOULD_STOP = "We would like to stop"
WOULD_TALK = "I need somebody to talk to"
LATEST_CHECK_IN = "That was an earlier question. This is the one that is open now."
STILL_THERE = "Just in case this got lost: any answer is fine."
CHECKED_MET = "Good to hear. I will ask again on {day}."
CHECKED_NOT_YET = "That is fine. A short message to {name} is often enough to find a time. I will ask again on {day}."
CHECKED_LATER = "Of course. I will ask again on {day}."
SILENT_PAIR = (
    "I have not heard how things are going with {name}. If all is well, say so. If it has gone quiet, that happens, and I can "
    "look for another match for you."
)
WE_ARE_FINE = "We are fine"
SILENT_FOR_COORDINATOR = (
    "A pair has gone quiet: two check-ins without an answer. Both have been asked kindly and offered another match."
)
ADD_NOTE = "Add a private note"
NOTE = "Note"
NOTE_ASK = "Write a note for yourself. It is encrypted, and nobody else can read it."
KEEP_NOTE = "Keep it"
NO_NOTE = "No note"
NOTE_KEPT = "Your note is kept. Only you can read it."
NOTE_EMPTY = "There is no note now."
NOTE_OF = "On {day} you wrote:"
NO_NOTES = "You have no notes. You can add one when you answer a check-in."
MY_NOTES = "My notes"
TALK = (
    "Thank you for saying so. I can give your name and e-mail address to the people who coordinate this programme, so that "
    "one of them contacts you. {name} is not told. Shall I?"
)
TALK_YES = "Yes, please"
TALK_NO = "No, not now"
TALK_PASSED_ON = "I have passed it on. Somebody will contact you. Nobody else is told."
TALK_NOBODY = "I could not reach a coordinator. Please ask the people who run mentoring where you work; I am sorry."
TALK_FOR_COORDINATOR = "{name} ({contact}) would like to talk to somebody about their mentoring in {round}. Please contact them soon, in confidence."
