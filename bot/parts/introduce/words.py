"""What people read here. Templates take named blanks."""

INTRODUCE = "Introduce us in a group"
INTRODUCE_KEPT = (
    "Noted. If {name} would like that too, I will open a conversation for the two of you. Until then, nobody is told."
)
INTRODUCED = "You and {name} would both like to be introduced, so I have opened a conversation for the two of you."
INTRODUCTION = (
    "{mentor}, meet {mentee}. {mentee}, meet {mentor}. You were matched in {round}, and both of you wanted to be introduced. "
    "This conversation is yours: I do not read it. To set up a session, write to me directly."
)
