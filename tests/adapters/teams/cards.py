"""A handful of cards as the bot really shows them, to look at how they are drawn."""

from bot.chat.cards import Button, Card, Choice, Fact, Field, File, Meet

GRADES = tuple(
    Choice(code.lower(), code) for code in ("AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS", "Other", "None")
)
HALF_DAYS = tuple(
    Choice(f"{day[:3].lower()}-{half[:2]}", f"{day[:3]} {half}")
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for half in ("morning", "afternoon")
)

CARDS = {
    "question": Card(
        title="Question 6 of 13",
        text="What is your current grade?",
        fields=(Field("grade", "Grade", "choice", GRADES),),
        buttons=(Button("Next", "answer", "7:grade"), Button("Back", "back", "7")),
    ),
    "half_days": Card(
        title="Question 12 of 13",
        text="When can you usually meet for half an hour?",
        fields=(
            Field(
                "availability", "Usually free", "choices", HALF_DAYS, ("mon-mo", "fri-af"), hint="As many as you like"
            ),
        ),
        buttons=(Button("Next", "answer", "7:availability"), Button("Back", "back", "7")),
    ),
    "summary": Card(
        title="Your registration",
        text="Please look over your answers.\n\nNothing is sent before you confirm.",
        facts=(Fact("Name", "Ann_Marie *O'Neill*"), Fact("About you", "1. I like lists\n2. and [links](http://x)")),
        buttons=(Button("Confirm registration", "confirm", "7"), Button("Change", "change", "7")),
    ),
    "times": Card(
        text="These times may suit you both:",
        buttons=(
            *(Button(f"Mon {day} Nov, 15:00–15:30 (yours: 16:00)", "suggest", f"9:{day}") for day in (9, 16, 23)),
            Button("Another time", "other_time", "9"),
        ),
    ),
    "other_time": Card(
        text="When would suit you?",
        fields=(Field("when", "Day and time", "datetime", value="2026-11-09T15:00", hint="In your own time zone"),),
        buttons=(Button("Suggest it", "suggest_typed", "9"), Button("Where I stand", "home")),
    ),
    "booked": Card(
        title="Booked",
        text="Mon 9 Nov, 15:00–15:30 with Bob Lee.",
        buttons=(Button("Call it off", "cancel", "3"),),
        files=(File("session.ics", "text/calendar", "BEGIN:VCALENDAR"),),
        meet=(
            Meet("Chat with Bob", "teams", "tenant", "bob", "bob@example.gov.uk"),
            Meet(
                "New meeting",
                "teams",
                "tenant",
                "bob",
                "bob@example.gov.uk",
                "Ann & Bob",
                "2026-11-09T15:00:00+00:00",
                30,
            ),
            Meet("Chat on Slack", "slack", "T1", "U1", "bob@example.gov.uk"),
        ),
    ),
}
