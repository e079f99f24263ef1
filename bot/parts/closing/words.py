"""What people read here. Templates take named blanks."""

SURVEY_TITLE = "Closing questions"
SURVEY_INTRO = "A few short questions to end with. Answers are only counted; nobody can see who said what."
SURVEY_THANKS = "Thank you. That helps the next round. You are welcome to register again whenever one opens."
SURVEY_TOTALS = "What people answered at the end, as totals rounded to fives, so that nobody can be told from them."
SURVEY_HELD_BACK = (
    "Totals are shown from {fewest} answers on and rounded to fives, so that nobody can be told from them. Some are not "
    "there yet."
)
