"""What people read here. Templates take named blanks."""

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
IMPORT_INVITED = (
    "{count:One invitation is|# invitations are} written to {file}. Send each code to its own person only, then delete the "
    "file."
)
IMPORT_NOBODY_TO_INVITE = "Everybody has an invitation already, so no file was written; --new-codes makes new ones."
NO_SUCH_ROUND = "There is no round “{name}” among these: {rounds}. Start one in the chat (“new round”), or with --new-round --closes 2026-12-18."
ROUND_NOT_FOR_IMPORT = "{round} is {state}. People can be brought in until its matches are announced."
NO_COORDINATOR_YET = "Nobody coordinates yet: `app.py coordinator` prints a code, and whoever types it to the bot does."
SAY_NAME = "Say what I am called"
NO_MATCH_TITLE = "No match this time"
NO_MATCH = (
    "I am sorry: in {round} there was nobody who fits for you this time. It depends on who signs up, and not on you. You are "
    "on the waiting list, and I will write to you as soon as there is somebody."
)
WOULD_CHANGE = "What could change it:"
COORDINATORS = "Coordinators"
COORDINATORS_TEXT = "These people coordinate. All of them see and do the same, and are told the same."
COORDINATOR_SELF = "you"
INVITE_COORDINATOR = "Invite a coordinator"
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
REGISTERED_BY_ROLE = "{total} ({mentors}, {mentees})"
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
CLOSE_SURE = "{registered:No people are|One person is|# people are} registered. Close registration now?"
CLOSE_SURE_UNFINISHED = (
    "{registered:No people are|One person is|# people are} registered, and {unfinished:one person has|# people have} begun "
    "and not finished. Close registration now?"
)
CLOSE_SURELY = "Yes, close it now"
NOW_OPEN = "Registration is open now."
NOW_CLOSED = "Registration has closed. Next: preview the matches."
CLOSES_SOON = "Registration closes {closes}. {registered:No people are|One person is|# people are} registered."
CLOSES_SOON_UNFINISHED = (
    "Registration closes {closes}. {registered:No people are|One person is|# people are} registered, and "
    "{unfinished:one person has|# people have} begun and not finished."
)
WHERE_MISSING = "Where partners are missing"
SHORTAGE = "It would help most to find {mentors} here:"
SHORT_LINE = "{group}: {mentees}, {mentors} possible"
NO_SHORTAGE = "Everybody who has registered so far has enough possible partners."
WHO = "Who registered"
WHO_UNFINISHED = "Who is unfinished"
NOBODY_UNFINISHED = "Nobody has an unfinished registration."
THESE_UNFINISHED = "{count:One person has|# people have} begun and not finished:"
AND_MORE = "… and {count} more"
REMIND_THEM = "Remind them"
REMINDING = "I will remind {count:no people|one person|# people}, in working hours and kindly."
ROUND_MOVED_ON = "That no longer fits how this round stands. This is how it stands now."
PREVIEW = "Preview the matches"
PREVIEW_TEXT = "These matches are proposed. Nobody has been told anything."
PREVIEW_TEXT_PROVEN = "These matches are proposed. Nobody has been told anything. Nothing better exists under these rules; that is proven."
PREVIEW_NOTHING = "There is nothing new to propose with the people who are here now."
PREVIEW_NOTHING_PROVEN = (
    "There is nothing new to propose with the people who are here now. Nothing better exists under these rules; that is "
    "proven."
)
PROPOSALS_OUTDATED = (
    "Somebody has changed an answer or taken a break since these matches were made, so they are made anew. Nothing has been "
    "announced."
)
TELLING = (
    "Please note: in {count:one match|# matches} the circle of possible partners is so small that the match itself could tell "
    "something private. I cannot say whom it concerns. A wider circle helps: extend the deadline, or invite more people."
)
CHANGED = "{new} (was {old})"
FIGURE_OF = "{who} taking part"
FIGURE_WITH = "{who} with at least {count:one match|# matches}"
FIGURE_PROPOSED = "Matches"
FIGURE_SCORE = "Score"
SOLVE_AGAIN = "Solve again"
SEE_PAIRS = "See the pairs"
PAIRS_TEXT = "Pairs {first} to {last} of {count}. The whole list is in the file."
PAIR = "Pair"
PAIR_KEPT = "{pair} (kept)"
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
ANNOUNCE_SURE = "This tells {people:one person|# people} of {pairs:one match|# matches}. Announce it now?"
ANNOUNCE_SURE_WITHOUT = (
    "This tells {people:one person|# people} of {pairs:one match|# matches}, and {without:one person|# people} kindly that "
    "there is none yet. Announce it now?"
)
ANNOUNCE_UNCLAIMED = (
    "{people:one person|# people} brought in from a form cannot be reached yet: they have not come with their code. Whoever "
    "comes later is told then."
)
ANNOUNCE_SURELY = "Yes, announce it"
NOT_YET_ANNOUNCE = "Not yet"
ANNOUNCED_DONE = "Announced"
ANNOUNCED = (
    "I am telling {people:one person|# people} of {pairs:one match|# matches} now. In a large round that takes a while, so "
    "that the platform is not flooded."
)
NOT_NOW = {
    "planned": "Registration has not opened yet, so there is nothing to match.",
    "open": "Registration is still open. Close it first; then you can preview the matches.",
    "closed": "There is nothing to announce yet. Preview the matches first.",
    "announced": "There is nothing new to announce.",
}
END_ROUND = "End the round"
END_SURE = (
    "This ends the round for everybody: {count:no matches are|one match is|# matches are} still open. People are told kindly, "
    "pairs are asked the closing questions, and all private answers are erased. It cannot be undone."
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
REPORT = "Report"
REPORT_TEXT = "Totals, people and pairs as files for a spreadsheet. What people answered in private is not in them."
SURVEY_BUTTON = "Closing survey"
MATCH_STATES = {
    "announced": "announced",
    "finished": "speed session done",
    "going_on": "going on",
    "ended": "ended",
}
