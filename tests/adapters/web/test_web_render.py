"""A card reaches the page complete, as plain data."""

import pytest

from adapters.web.render import to_json
from bot.chat.cards import Button, Card, Choice, Fact, Field, File


def test_a_card_is_plain_data() -> None:
    """Everything the page draws is there; a file's content is not, it is fetched when wanted."""
    card = Card(
        "First.\n\nSecond.",
        title="Your session",
        facts=(Fact("Role", "Mentor"),),
        fields=(
            Field("when", "When?", "choices", (Choice("am", "Morning", ("early",)),), ("am",), hint="Any."),
            Field("bio", "Biography", "long", optional=True),
        ),
        buttons=(Button("Save", "save", "7"), Button("Read more", url="https://example.org/")),
        files=(File("session.ics", "text/calendar", "BEGIN:VCALENDAR"),),
    )
    expected = {
        "title": "Your session",
        "text": "First.\n\nSecond.",
        "facts": [{"label": "Role", "value": "Mentor"}],
        "fields": [
            {
                "name": "when",
                "label": "When?",
                "kind": "choices",
                "choices": [{"code": "am", "label": "Morning"}],
                "value": ["am"],
                "optional": False,
                "hint": "Any.",
            },
            {
                "name": "bio",
                "label": "Biography",
                "kind": "long",
                "choices": [],
                "value": "",
                "optional": True,
                "hint": "",
            },
        ],
        "buttons": [
            {"label": "Save", "action": "save", "value": "7"},
            {"label": "Read more", "url": "https://example.org/"},
        ],
        "files": [{"name": "session.ics"}],
    }

    assert expected == to_json(card)


@pytest.mark.parametrize("url", ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//example.org"])
def test_a_button_leads_to_the_web_or_to_mail_and_nowhere_else(url: str) -> None:
    """A link that could run a script is never drawn."""
    with pytest.raises(ValueError, match="web or mail address"):
        to_json(Card("x", buttons=(Button("Look", url=url),)))
