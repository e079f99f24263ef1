"""What people read here. Templates take named blanks."""

SOMEBODY = "your match"
YOUR_ROLE = "your {role}"
CONTACT = "Contact"
WHY = "Why this may fit"
ANNOUNCED_TITLE = "Your matches in {round}"
MATCHED_WITH = {  # by whether they lead
    True: "Good news: you have {count}. You lead: suggest a time for a {minutes}-minute session with each. "
    "It is for quick advice, and to find out whether you would like to go on together.",
    False: "Good news: you have {count}. They will suggest a time to you for a {minutes}-minute session, so "
    "there is nothing to do until then. You promised {promise}. Thank you.",
}
GROUPED_WITH = {
    True: "Good news: you are in a group with {count}. You lead: suggest a time for a {minutes}-minute session that suits "
    "all of you. It is for quick advice, and to find out whether you would like to go on together.",
    False: "Good news: you are in a group with {count}. A time for a {minutes}-minute session will be suggested to you, so "
    "there is nothing to do until then. You promised {promise}. Thank you.",
}
JOINED = "{name} has joined your group. You are {count} now."
CHAT_WITH = "Write to {name}"
NO_MATCHES_YET = "You have no matches yet. I will write to you when you do."
MATCHED = "You have {count:one match|# matches}. What comes next with each of them stands here."
ALL_OVER = (
    "Your mentoring in this round has come to its end. Thank you for having taken part. If you would like another match, "
    "you can say so, and you are welcome in any later round."
)
MY_MATCHES = "My matches"
ANOTHER_MATCH = "Look for another match"
STOP_SURE = (
    "Would you like to end this with {name}? No reason is needed, and {name} is only told that it has come to an end."
)
STOP_SURE_GROUP = "Would you like to leave this group with {name}? No reason is needed; they are only told that you have left, and go on."
LEFT = "{name} has left your group, as people may at any time. You go on with {others}."
STOP_SURELY = "Yes, end it"
GO_ON_AFTER_ALL = "No, leave it as it is"
ENDED = "Your mentoring with {name} has come to an end. Thank you for the time you gave it."
NOT_YET = "Not quite yet:"
ON_THE_LIST = "You are on the waiting list for another match. I will write to you as soon as there is one."
FIGURE_MATCHED = "{who} who had a match"
FIGURE_PAIRS = "Matches announced"
FIGURE_UNMATCHED = "People without a match"
TALK = (
    "Thank you for saying so. I can give your name and e-mail address to the people who coordinate this programme, so that "
    "one of them contacts you. {name} {others:is|are} not told. Shall I?"
)
TALK_YES = "Yes, please"
TALK_NO = "No, not now"
TALK_PASSED_ON = "I have passed it on. Somebody will contact you. Nobody else is told."
TALK_NOBODY = "I could not reach a coordinator. Please ask the people who run mentoring where you work; I am sorry."
TALK_FOR_COORDINATOR = "{name} ({contact}) would like to talk to somebody about their mentoring in {round}. Please contact them soon, in confidence."
