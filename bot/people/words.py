"""What people read here. Templates take named blanks."""

WELCOME = "Welcome"
ANSWERED_BELOW = "The answer to what you pressed is in Messages."
HOME = "Where you stand"
WHERE_I_STAND = "Where I stand"
WHAT_CAN_I_SAY = "What can I say?"
COORDINATE = "Coordinate"
ROUND = "Round"
ROLE = "Role"
TWO_ROLES = "{one} and {other}"
ROUND_OPEN = "{round} is open for registration until {closes}.\n\n{about}"
ROUND_PLANNED = "{round} opens for registration on {opens}.\n\n{about}"
NO_ROUND = (
    "I run mentoring programmes for {network}. No round is open or planned at the moment. "
    "Say hello again in a few weeks, or ask the people who coordinate mentoring where you work."
)
REGISTER = "Register"
REGISTER_FOR = "Register for {round}"
TELL_ME = "Tell me when it opens"
OPEN_AS_PROMISED = "As promised: {round} is open for registration now, until {closes}. It takes about five minutes."
WAITING_LIST = (
    "You are on the waiting list: there was no match for you this time, and I will write to you as soon as there is one. "
    "You can change your answers meanwhile."
)
CHANGE = "Change an answer"
RESUME = "I am back"
GUIDE_TITLE = "What you can say"
GUIDE = (
    "Press a button, or type the words on it. These always work too:\n"
    "• status: where you stand and what comes next\n"
    "• register, back, change, or “change name” for one answer; “my name is …”\n"
    "• matches, book, sessions\n"
    "• pause until 3 March, resume\n"
    "• notes: your private notes; my data: everything kept about you\n"
    "• withdraw, or erase me\n"
    "• resources: guidance to read"
)
GUIDE_COORDINATOR = (
    "As a coordinator you can also say:\n"
    "• admin: your rounds; new round\n"
    "• coordinators: who coordinates; invite somebody, or step down\n"
    "• lock Ada with Grace, forbid Ada with Grace, free Ada with Grace, add Ada with Grace (the mentor first)"
)
NOT_UNDERSTOOD = "I did not understand “{text}”. You can press a button below, or say “help”."
NOT_OPEN_ANY_MORE = "That question is not open any more. This is how things stand now."
MOVED_ON = "That button belongs to something that has moved on. This is how things stand now."
NEXT = "Next"
PAUSE = "Pause"
PAUSE_ASK = "Until which day would you like a break? I will not nudge you before then, nor match you with anybody new."
PAUSE_WHEN = "Please choose a day after today and within about a year."
PAUSED = "You are on a break until {day}. I will not nudge you before then."
RESUMED = "Welcome back. Your break is over."
PAUSE_OVER = "Welcome back. Your break is over today, as you asked."
UNTIL = "Until"
DAY_HINT = "For example: 3 March, or next Tuesday"
DAY_UNCLEAR = "I could not read “{text}” as a day. Something like “3 March” or “next Tuesday” works."
WITHDRAW = "Withdraw"
WITHDRAW_SURE = (
    "If you withdraw, your matches are told that you are no longer taking part, without a reason; your sessions are called "
    "off, and your private answers are erased at once. You can register again in a later round. If you only need a rest, "
    "a break may be enough."
)
WITHDRAW_SURELY = "Yes, withdraw"
PAUSE_INSTEAD = "Take a break instead"
STAY = "No, stay"
WITHDRAWN = (
    "You have withdrawn, and your private answers are erased. Thank you for having taken part. You are welcome back in any "
    "later round; just say “register”. If you would like everything else erased too, you can do that now."
)
CALLED = "Name"
CALL_ASK = "What name should others see? It counts at once, wherever your name is shown."
CALL_ME = "Others see you as {name} from now on."
NOTHING_TO_WITHDRAW = "You are not registered at the moment, so there is nothing to withdraw from."
ERASE = "Erase everything"
ERASE_SURE = (
    "This withdraws you and erases your answers, notes and messages here. It cannot be undone. You may like to see what is "
    "kept first."
)
ERASE_SURELY = "Yes, erase everything"
ERASED = (
    "Everything about you has been erased here. What is in this chat's own history stays until you or the platform delete "
    "it. You are welcome back at any time; just say hello."
)
MY_DATA = "My data"
MY_DATA_TEXT = (
    "This file holds everything that is kept about you, including your private answers. Keep it somewhere safe."
)
FOR_COORDINATORS = (
    "That is for the people who coordinate a programme. If that is you, ask whoever runs this bot for a code."
)
CODE_TITLE = "You are a coordinator"
CODE_RIGHT = (
    "Welcome. You can start a round now. Everything is done here in the chat; “admin” brings you back at any time."
)
CODE_RIGHT_NAME = "So that the others know who you are, say your name: “my name is …”."
CODE_WRONG = (
    "That code does not work: it may be mistyped, used or older than a week. Whoever runs this bot can print a new one with "
    "“app.py coordinator”."
)
INVITE_COORDINATOR_TEXT = (
    "Whoever types this code to the bot, in a direct message, becomes a coordinator and sees what you see:\n\n{code}\n\n"
    "It works once, and for a week. Please give it to that person only."
)
NEW_ROUND = "Start a round"
BACK_TO_ROUND = "To the round"
NO_NAME_YET = "somebody who has not said their name yet"
UNREACHABLE = "I cannot reach these people in chat. They may have left, blocked the bot, or not come yet to what you brought in for them:"
