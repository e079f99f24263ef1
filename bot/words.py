"""Every sentence that people read, outside the programme files. Templates take named fields."""

import re

# ------------------------------------------------------------------------------------------------ small grammar


def count(number: int, one: str, many: str) -> str:
    """Return "one match", "3 matches": small numbers in words where there is one, digits otherwise."""
    return f"one {one}" if number == 1 else f"{number or 'no'} {many}"


def a(noun: str) -> str:
    """Return the noun with its article."""
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def begin(text: str) -> str:
    """Return `text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(items: list[str]) -> str:
    """Return "mentor", "mentor and mentee"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def first(name: str) -> str:
    """Return the first of somebody's names, for a button."""
    return cut((name.split() or [name])[0], 30)


def cut(text: str, most: int) -> str:
    """Return `text` on one line, cut to at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def looks_like_an_address(text: str) -> bool:
    """Tell whether `text` has the form of one e-mail address."""
    return re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}", text) is not None


# ------------------------------------------------------------------------------------------------ home and help

WELCOME = "Welcome"
ANSWERED_BELOW = "The answer to what you pressed is in Messages."
HOME = "Where you stand"
WHERE_I_STAND = "Where I stand"
WHAT_CAN_I_SAY = "What can I say?"
READ = "Guidance to read"
COORDINATE = "Coordinate"
NOTHING_TO_READ = "There is nothing to read yet; it comes with a programme."
SOMEBODY = "your match"

ROUND = "Round"
ROLE = "Role"
CONTACT = "Contact"
WHY = "Why this may fit"

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
MATCHED = "You have {count}. What comes next with each of them stands here."
WAITING_LIST = (
    "You are on the waiting list: there was no match for you this time, and I will write to you as soon as there is one. "
    "You can change your answers meanwhile."
)
ALL_OVER = (
    "Your mentoring in this round has come to its end. Thank you for having taken part. If you would like another match, "
    "you can say so, and you are welcome in any later round."
)
CONTINUE = "Go on"
CHANGE = "Change an answer"
RESUME = "I am back"
MY_MATCHES = "My matches"
MY_SESSIONS = "My sessions"
BOOK = "Suggest a time"

STATE_TO_BOOK = "session to be set up by you"
STATE_WILL_CONTACT = "will suggest a time to you"
STATE_SUGGESTED = "suggested: {slot}"
STATE_BOOKED = "booked: {slot}"
STATE_HELD = "you met on {slot}"
STATE_FINISHED = "speed session done"
STATE_GOING_ON = "going on; a check-in is open"
STATE_NEXT_CHECK_IN = "going on; next check-in {day}"

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
WHICH_IS_MEANT = "“{text}” could be the answer to more than one question here. Which do you mean?"
ANSWERED_BELOW_HERE = "answered below"
NOT_OPEN_ANY_MORE = "That question is not open any more. This is how things stand now."
MOVED_ON = "That button belongs to something that has moved on. This is how things stand now."

# ------------------------------------------------------------------------------------------------ registration

QUESTION = "Question {number} of {count}"
NEXT = "Next"
BACK = "Back"
SKIP = "Skip"
SKIPPED = "skipped"
PREFER_NOT_TO_SAY = "Prefer not to say"
BOTH_ROLES = "Both"
TYPE_ANOTHER = "Not in the list? Type it as a message."
NOT_SAID = "not said"
WHICH_CHOICE = "Please choose one of these, or type it."
WHAT_ANSWER = "Please type your answer."
NOT_A_CHOICE = "I could not find “{text}” among the choices. Please choose one, or type it as it is written there."
NOT_AN_ADDRESS = "That does not look like an e-mail address. It should be like name@example.gov.uk."
TOO_LONG = "That is {length} characters, and there is room for {most}. Please shorten it a little."
ANSWERED = "{question}\n✓ {answer}"
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

# ------------------------------------------------------------------------------------------------ bringing people in

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
IMPORTED = "{round}: {added} added, {changed} changed, {unchanged} as they were, {claimed} here by themselves already."
IMPORT_ABSENT = "In an earlier file and not in these, left as they are: {count}."
IMPORT_DIFFERING = "In both files with different answers, so that the mentors' file was taken: {count}."
IMPORT_LEFT_OUT = "Left out: {count}."
IMPORT_WITHOUT_CONSENT = (
    "The columns with private answers were left out. If these people have agreed, on the form that they filled in, that "
    "their answers are used for matching, run this again with --consent-given."
)
IMPORT_DRY = "This was a trial run: nothing has been kept."
IMPORT_NEXT = (
    "They can be matched now. Once they write to the bot they are asked for what the files do not say: people whose "
    "platform knows the same e-mail address just write, and the others type a code. --invitations FILE writes the codes."
)
IMPORT_INVITED = "{count} written to {file}. Send each code to its own person only, then delete the file."
IMPORT_NOBODY_TO_INVITE = "Everybody has an invitation already, so no file was written; --new-codes makes new ones."
NO_SUCH_ROUND = "There is no round “{name}” among these: {rounds}. Start one in the chat (“new round”), or with --new-round --closes 2026-12-18."
ROUND_NOT_FOR_IMPORT = "{round} is {state}. People can be brought in until its matches are announced."
NO_COORDINATOR_YET = "Nobody coordinates yet: `app.py coordinator` prints a code, and whoever types it to the bot does."
CANNOT_BE_TAKEN = "this answer cannot be taken."

# ------------------------------------------------------------------------------------------------ standing

PAUSE = "Pause"
PAUSE_ASK = "Until which day would you like a break? I will not nudge you before then, nor match you with anybody new."
PAUSE_WHEN = "Please choose a day after today and within about a year."
PAUSED = "You are on a break until {day}. I will not nudge you before then."
PAUSED_SESSIONS = "You have sessions set up; they stay as they are unless you move or cancel them."
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
SAY_NAME = "Say what I am called"
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

# ------------------------------------------------------------------------------------------------ matches

ANNOUNCED_TITLE = "Your matches in {round}"
ANNOUNCED_MENTEE = (
    "Good news: you have {count}. You lead: suggest a time for a {minutes}-minute session with each. "
    "It is for quick advice, and to find out whether you would like to go on together."
)
ANNOUNCED_MENTOR = (
    "Good news: you have {count}. They will suggest a time to you for a {minutes}-minute session, so "
    "there is nothing to do until then. You promised {promise}. Thank you."
)
INTRODUCE = "Introduce us in a group"
INTRODUCE_KEPT = (
    "Noted. If {name} would like that too, I will open a conversation for the two of you. Until then, nobody is told."
)
INTRODUCED = "You and {name} would both like to be introduced, so I have opened a conversation for the two of you."
INTRODUCTION = (
    "{mentor}, meet {mentee}. {mentee}, meet {mentor}. You were matched in {round}, and both of you wanted to be introduced. "
    "This conversation is yours: I do not read it. To set up a session, write to me directly."
)
CHAT_WITH = "Write to {name}"
BOOK_WITH = "Suggest a time to {name}"
NO_MATCHES_YET = "You have no matches yet. I will write to you when you do."
NO_MATCH_TITLE = "No match this time"
NO_MATCH = (
    "I am sorry: in {round} there was nobody who fits for you this time. It depends on who signs up, and not on you. You are "
    "on the waiting list, and I will write to you as soon as there is somebody."
)
WOULD_CHANGE = "What could change it:"
REMIND_BOOKING = (
    "You have not set up a session with {name} yet. {minutes} minutes are enough, and most people are glad to be asked. "
    "If it is not for you, that is fine too."
)
REMIND_BOOKING_AGAIN = (
    "I have not heard whether you and {name} have met. If it did not work out, a new time can be set up. If it is not for you, "
    "that is fine too."
)
NOT_THIS_ONE = "Not this one"

# ------------------------------------------------------------------------------------------------ sessions

BOOK_WHOM = "With whom would you like to set up a session?"
NOTHING_TO_BOOK = "There is no session for you to set up at the moment."
OFFER = "These times may suit you and {name} for {minutes} minutes. Choose one and I will ask {name}."
OFFER_ANYWAY = (
    "The times you both gave do not meet, so these are simply times when you both work, for {minutes} minutes with {name}. "
    "Choose one and I will ask, or suggest another."
)
OFFER_NONE = "I found no free time for you both in the next three weeks. You can suggest one yourself."
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
    "night": "That is outside the day for one of you. Please choose a time between 07:00 and 20:00 for both.",
    "far": "That is more than three months ahead. Please choose an earlier day.",
}
CLASH_OWN = "You have another session at that time. Please choose another time."
CLASH_THEIRS = "{name} has something else at that time. Please choose another time."
PAST = "That time has passed. Here are others."
SUGGESTED = "You suggested {slot} to {name}. I will tell you as soon as there is an answer."
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
INVITE_BOTH = "Invite both in your calendar"
EVENT_TITLE = "{programme} with {name}"
EVENT_TEXT = "A mentoring session with {name}. To move or cancel it, write to the mentoring bot."

# ------------------------------------------------------------------------------------------------ deciding

ASK_HELD = "You were to meet {name}: {slot}. Did the session take place?"
YES_HELD = "Yes, we met"
NOT_HELD = "No, it did not"
NOT_YET_HELD = "That session has not taken place yet."
MISSED = "Thank you for telling me. That happens. A new time can be set up whenever it suits."
HELD = "Good to hear. Thank you for telling me."
ASK_GO_ON = (
    "Would you like to go on with {name}, meeting every {least} to {most} weeks for about {months} months?\n\n"
    "Your answer is private. You both hear on {day}: if both of you say yes, you are a pair. Otherwise you both get the same "
    "kind words, and nobody is told who said what."
)
GO_ON_YES = "Yes, I would"
GO_ON_NO = "No, thank you"
KEPT_YES = (
    "Your yes to going on with {name} is kept private. You both hear on {day}. You can change your answer until then."
)
KEPT_NO = (
    "Your answer about going on with {name} is kept private. You both hear on {day}. You can change it until then."
)
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

# ------------------------------------------------------------------------------------------------ pairs

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
ANOTHER_MATCH = "Look for another match"
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

SURVEY_TITLE = "Closing questions"
SURVEY_INTRO = "A few short questions to end with. Answers are only counted; nobody can see who said what."
SURVEY_THANKS = "Thank you. That helps the next round. You are welcome to register again whenever one opens."
SURVEY_TOTALS = "What people answered at the end, as totals rounded to fives, so that nobody can be told from them."
SURVEY_HELD_BACK = (
    "Totals are shown from {fewest} answers on and rounded to fives, so that nobody can be told from them. Some are not "
    "there yet."
)

# ------------------------------------------------------------------------------------------------ coordinators

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
COORDINATORS = "Coordinators"
COORDINATORS_TEXT = "These people coordinate. All of them see and do the same, and are told the same."
COORDINATOR_SELF = "you"
INVITE_COORDINATOR = "Invite a coordinator"
INVITE_COORDINATOR_TEXT = (
    "Whoever types this code to the bot, in a direct message, becomes a coordinator and sees what you see:\n\n{code}\n\n"
    "It works once, and for a week. Please give it to that person only."
)
STEP_DOWN = "Step down"
STEP_DOWN_SURE = (
    "You would not see the rounds any more, and not be told about them. What you take part in yourself stays."
)
STEP_DOWN_SURELY = "Yes, I step down"
STEPPED_DOWN = (
    "You do not coordinate any more. Thank you for all you have done. Another coordinator can invite you again."
)
SOMEBODY_STEPPED_DOWN = "{name} has stepped down and does not coordinate any more."
DISMISS = "Remove {name}"
DISMISS_SURE = (
    "{name} would not see the rounds any more, and would be told so. What they take part in themselves stays."
)
DISMISS_SURELY = "Yes, remove them"
DISMISSED = "You do not coordinate any more: {by} has ended that. If it is a mistake, they can invite you again."
IS_DISMISSED = "{name} does not coordinate any more, and has been told."
SOMEBODY_DISMISSED = "{name} does not coordinate any more: {by} has ended that."
ONLY_COORDINATOR = "You are the only coordinator. Invite somebody first; once they have come, you can step down."
KEEP_AS_IT_IS = "Leave it as it is"
DESK = "Your rounds"
DESK_TEXT = "Choose a round, or start a new one."
DESK_EMPTY = "There is no round yet. Start one: it takes a minute."
NEW_ROUND = "Start a round"
BACK_TO_ROUND = "To the round"
ROUND_STATES = {
    "planned": "opens later",
    "open": "open",
    "closed": "closed, matches to be announced",
    "announced": "announced",
    "ended": "ended",
}
TAKE_OUT = "Take somebody out"
TAKE_OUT_FIELD = "Who"
TAKE_OUT_WHO = (
    "Who takes part no longer? Choose, or type a name or an e-mail address. I will ask before anything happens."
)
TAKE_OUT_UNCLEAR = (
    "I could not find “{text}” in this round, or there are several. Please choose, or use the full name or the e-mail "
    "address."
)
TAKE_OUT_NOBODY = "Nobody is registered in this round."
TAKE_OUT_SURE = (
    "Take {name} out of {round}? Their matches end and the others are told kindly, their sessions are called off, and what "
    "they answered in private is erased. They are told too, if I can reach them. This cannot be undone."
)
TAKE_OUT_SURELY = "Yes, take them out"
TAKE_OUT_DONE = "{name} is not part of {round} any more. Everybody whom it concerns is being told."
TAKE_OUT_GONE = "They are not part of this round any more; nothing has changed."
TAKEN_OUT = (
    "The coordinators have ended your part in {round}, and what you answered in private is erased. If that is a mistake, "
    "please write to the people who run mentoring where you work."
)
FORMAT = "Format"
WHICH_FORMAT = "Which format should this round have?"
ROUND_NAME = "Name"
ROUND_NAME_ASK = "What should this round be called? Everybody who takes part sees it."
ROUND_NAME_HINT = "For example: Speed mentoring, spring 2027"
NAME_TAKEN = "There is a round of this name already. Please choose another."
OPENS = "Opens"
CLOSES = "Closes"
OPENS_ASK = "On which day does registration open? “Today” is fine."
CLOSES_ASK = "On which day does registration close? It closes at the end of that day."
DAY_PAST = "That day has passed. Please choose today or later."
CLOSES_BEFORE = "Registration cannot close before it opens. Please choose a later day."
ROUND_SET_UP = "The round is set up."
ROUND_TEXT = {
    "planned": "Registration opens by itself on the day you chose. You can share the invitation now.",
    "open": "Registration is open. Share the invitation, and look now and then where partners are missing.",
    "closed": "Registration has closed. Next: preview the matches, adjust them if you like, and announce them.",
    "announced": "The matches are announced. From here on things run by themselves; have a look now and then.",
    "ended": "This round is over.",
}
REGISTERED_COUNT = "Registered"
UNFINISHED_COUNT = "Unfinished"
INVITATION_TITLE = "Invitation"
INVITATION = (
    "Here is a text to share:\n\n{round}\n\n{about}\n\nRegistration is open from {opens} to {closes} and takes about five "
    "minutes, in chat: {where}"
)
WHERE_TO_WRITE = "write “register” to the mentoring bot."
EXTEND = "Extend the deadline"
EXTEND_ASK = "Registration closes {closes}. On which later day should it close?"
EXTEND_LATER = "Please choose a day after the present deadline."
EXTENDED = "The deadline is extended. People who had not finished can go on."
CLOSE = "Close registration"
CLOSE_SURE = "{counts} Close registration now?"
COUNTS = "{registered} registered."
COUNTS_UNFINISHED = "{registered} registered, and {unfinished} begun and not finished."
CLOSE_SURELY = "Yes, close it now"
NOW_OPEN = "Registration is open now."
NOW_CLOSED = "Registration has closed. Next: preview the matches."
CLOSES_SOON = "Registration closes {closes}. {counts}"
WHERE_MISSING = "Where partners are missing"
SHORTAGE = "It would help most to find {mentors} here:"
SHORT_LINE = "{group}: {mentees}, {mentors} possible"
NO_SHORTAGE = "Everybody who has registered so far has enough possible partners."
WHO = "Who registered"
WHO_UNFINISHED = "Who is unfinished"
NOBODY_UNFINISHED = "Nobody has an unfinished registration."
THESE_UNFINISHED = "{count} begun and not finished:"
NO_NAME_YET = "somebody who has not said their name yet"
AND_MORE = "… and {count} more"
REMIND_THEM = "Remind them"
REMINDING = "I will remind {count}, in working hours and kindly."
ROUND_MOVED_ON = "That no longer fits how this round stands. This is how it stands now."

PREVIEW = "Preview the matches"
PREVIEW_TEXT = "These matches are proposed. Nobody has been told anything."
PREVIEW_NOTHING = "There is nothing new to propose with the people who are here now."
PROPOSALS_OUTDATED = (
    "Somebody has changed an answer or taken a break since these matches were made, so they are made anew. Nothing has been "
    "announced."
)
CERTIFIED = "Nothing better exists under these rules; that is proven."
TELLING = (
    "Please note: in {count} the circle of possible partners is so small that the match itself could tell something private. "
    "I cannot say whom it concerns. A wider circle helps: extend the deadline, or invite more people."
)
CHANGED = "{new} (was {old})"
FIGURE_OF = "{who} taking part"
FIGURE_WITH = "{who} with at least {count}"
FIGURE_PROPOSED = "Matches"
FIGURE_SCORE = "Score"
SOLVE_AGAIN = "Solve again"
SEE_PAIRS = "See the pairs"
PAIRS_TEXT = "Pairs {first} to {last} of {count}. The whole list is in the file."
PAIR = "Pair"
KEPT = "kept"
NO_PAIRS = "There are no proposed pairs here."
WHICH_PAIR = "Please choose a pair from the list first."
KEEP_PAIR = "Keep this pair"
FORBID_PAIR = "Never this pair"
FREE_PAIR = "Neither"
NEXT_PAGE = "More pairs"
BACK_TO_PREVIEW = "To the preview"
ADD_PAIR = "Add a pair"
ADD_PAIR_TEXT = "Choose the two. You can also type “add Ada with Grace”, the {mentor} first."
NOT_THEIR_ROLE = "These two are not registered in these roles in this round, so they cannot be a pair."
ENDED_BEFORE = "These two have been matched in this round already, and it has come to an end."
AGAINST_THE_RULES = "The rules of this programme do not allow this pair."
NO_PLACE_LEFT = "One of the two has as many kept matches as they can take. Set one of those free first."
TOO_MANY_LOCKS = "The pairs you keep cannot all stand together. Set one of them free, and solve again."
WHO_IS_THAT = (
    "I could not find “{text}” in that role, or there are several. Please use the full name or the e-mail address."
)
RULE_SET = {
    "lock": "That pair is kept.",
    "forbid": "That pair will not be proposed again.",
    "free": "That pair is free again.",
}
HELD_BACK = "as a {role}, {count} more without the rule “{rule}”"
UNMATCHED = "People without a match"
EVERYBODY_MATCHED = "Everybody has a match."
ANNOUNCE = "Announce"
ANNOUNCE_SURE = "This tells {people} of {pairs}. Announce it now?"
ANNOUNCE_SURE_WITHOUT = "This tells {people} of {pairs}, and {without} kindly that there is none yet. Announce it now?"
ANNOUNCE_UNCLAIMED = (
    "{people} brought in from a form cannot be reached yet: they have not come with their code. Whoever comes later is "
    "told then."
)
ANNOUNCE_SURELY = "Yes, announce it"
NOT_YET_ANNOUNCE = "Not yet"
ANNOUNCED_DONE = "Announced"
ANNOUNCED = (
    "I am telling {people} of {pairs} now. In a large round that takes a while, so that the platform is not flooded."
)
NOT_NOW = {
    "planned": "Registration has not opened yet, so there is nothing to match.",
    "open": "Registration is still open. Close it first; then you can preview the matches.",
    "closed": "There is nothing to announce yet. Preview the matches first.",
    "announced": "There is nothing new to announce.",
}
END_ROUND = "End the round"
END_SURE = (
    "This ends the round for everybody: {count} still open. People are told kindly, pairs are asked the closing questions, "
    "and all private answers are erased. It cannot be undone."
)
END_SURELY = "Yes, end it"
ENDED_ROUND = (
    "The round is over, and its private answers are erased. Names and open answers are kept until {day}, and then erased by "
    "themselves, so take the report before. The totals stay."
)
ROUND_OVER = (
    "This round has come to its end, and with it your mentoring with {name} here. Thank you for the time you gave it."
)
ROUND_OVER_UNMATCHED = (
    "{round} has come to its end, and there was no match for you in it. I am sorry; it depends on who signs up, and not on you. "
    "You are welcome in any later round."
)
FILL_WAITING = "Match the waiting list"
FOLLOW_UP = "Follow up"
FOLLOW_UP_TEXT = "How it is going, in the order of the journey."
SILENT_PAIRS = "These pairs have gone quiet. Both were asked kindly and offered another match:"
UNREACHABLE = "I cannot reach these people in chat. They may have left, blocked the bot, or not come yet to what you brought in for them:"
REPORT = "Report"
REPORT_TEXT = "Totals, people and pairs as files for a spreadsheet. What people answered in private is not in them."
SURVEY_BUTTON = "Closing survey"
FIGURE_REGISTERED = "Registered"
FIGURE_MATCHED = "{who} who had a match"
FIGURE_PAIRS = "Matches announced"
FIGURE_UNMATCHED = "People without a match"
FIGURE_SUGGESTED = "Sessions suggested"
FIGURE_BOOKED = "Sessions booked"
FIGURE_HELD = "Matches that have met"
FIGURE_MISSED = "Sessions missed"
FIGURE_GOING_ON = "Pairs going on"
FIGURE_SILENT = "Silent pairs"
FIGURE_ENDED = "Pairs that have ended"
FIGURE_CHECK_INS = "Check-ins answered"
MATCH_STATES = {
    "announced": "announced",
    "finished": "speed session done",
    "going_on": "going on",
    "ended": "ended",
}
