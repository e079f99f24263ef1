"""What people read here. Templates take named blanks."""

INTRODUCE = "Introduce us in a group"
INTRODUCE_KEPT = (
    "Noted. If {name} would like that too, I will open a conversation for {others:the two|all} of you. Until then, nobody is "
    "told."
)
INTRODUCED = (
    "You and {name} would {others:both|all} like to be introduced, so I have opened a conversation for {others:the two|all} "
    "of you."
)
INTRODUCTION = (
    "{first}, meet {second}. {second}, meet {first}. You were matched in {round}, and both of you wanted to be introduced. "
    "This conversation is yours: I do not read it. To set up a session, write to me directly."
)
INTRODUCTION_OF_MORE = (
    "{names}, meet each other. You were matched in {round}, and all of you wanted to be introduced. "
    "This conversation is yours: I do not read it. To set up a session, write to me directly."
)
