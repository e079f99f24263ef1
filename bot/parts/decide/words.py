"""What people read here. Templates take named blanks."""

ASK_GO_ON = (
    "Would you like to go on with {name}, meeting every {least} to {most} weeks for about {months} months?\n\n"
    "Your answer is private. You {others:both|all} hear on {day}: if {others:both|all} of you say yes, you {others:are a pair|go on "
    "together}. Otherwise you {others:both|all} get the same kind words, and nobody is told who said what."
)
GO_ON_YES = "Yes, I would"
GO_ON_NO = "No, thank you"
KEPT_YES = "Your yes to going on with {name} is kept private. You {others:both|all} hear on {day}. You can change your answer until then."
KEPT_NO = "Your answer about going on with {name} is kept private. You {others:both|all} hear on {day}. You can change it until then."
CHANGE_TO_NO = "Change to no"
CHANGE_TO_YES = "Change to yes"
ASK_LONGER_TERM = "How many people could you meet regularly over the next year, this one included?"
PLACES_TAKEN = "You have already offered as many places as you said. You can raise the number, or say no."
YOUR_PROMISE = "Your promise"
PROMISE_STANDS = "{promise}. So far: {held} of {sessions} held, {pairs} of {longer_term} going on."
NOT_GOING_ON = (
    "Your speed session with {name} is complete, and no longer-term pair came of it. There are many reasons for that, time "
    "above all. Thank you for having met."
)
STATE_FINISHED = "speed session done"
