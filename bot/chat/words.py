"""What people read here. Templates take named blanks."""

WHICH_IS_MEANT = "“{text}” could be the answer to more than one question here. Which do you mean?"
FILE = "File: {name}"
ANSWERED_BELOW_HERE = "answered below"
ANSWERED = "{question}\n✓ {answer}"
