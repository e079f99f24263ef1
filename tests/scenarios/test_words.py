"""Every sentence that people read: each is used, each can be filled in, and each place fills in what it asks for."""

import ast
import re
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import bot

ROOMS = Path(bot.__file__).parent
WORDS = {
    ".".join(path.relative_to(ROOMS.parent).with_suffix("").parts): path for path in sorted(ROOMS.rglob("words.py"))
}
CORE = sorted(path for path in ROOMS.rglob("*.py") if path.name != "words.py")
TEXTS = {
    (room, name): [value] if isinstance(value, str) else list(value.values())
    for room in WORDS
    for name, value in vars(import_module(room)).items()
    if name.isupper()
}
NAMES = sorted({name for _, name in TEXTS})
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in CORE)


def _texts(name: str) -> list[str]:
    """Return the sentences of that name: one, or those of a table; another room may have some of the same name."""
    return [text for (_, each), texts in TEXTS.items() if each == name for text in texts]


def _asks(template: str) -> set[str]:
    """Return the names of what has to be filled in."""
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def test_every_sentence_is_used() -> None:
    """A sentence that nothing says would be translated in vain."""
    assert sorted(set(NAMES) - set(re.findall(r"\b(?:words\.)?([A-Z_]+)\b", SOURCE))) == []


def test_every_template_can_be_filled_in() -> None:
    """Braces are balanced, every field has a name, and no sentence is empty."""
    texts = [template for name in NAMES for template in _texts(name)]
    filled = [template.format(**dict.fromkeys(_asks(template), "something")) for template in texts]
    assert [text for text in filled if not text or "{" in text or "}" in text] == []


def _filled() -> Iterator[tuple[str, int, str, set[str]]]:
    """Yield every place where a sentence is filled in: file, line, name of the sentence, names that are given."""
    for path in CORE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
                given = {keyword.arg or "**" for keyword in node.keywords}
                for each in ast.walk(node.func.value):
                    name = each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")
                    if name in NAMES:
                        yield path.name, node.lineno, name, given


def test_every_place_gives_what_the_sentence_asks_for() -> None:
    """No sentence is filled in with less than it needs: what is missing would be an exception in front of a person."""
    wrong = [
        (file, line, name, sorted(_asks(template) - given))
        for file, line, name, given in _filled()
        for template in _texts(name)
        if _asks(template) - given
    ]
    assert wrong == []


def test_sentences_have_no_double_blanks_and_no_loose_ends() -> None:
    """What people read is tidy."""
    loose = [name for name in NAMES for text in _texts(name) if "  " in text or text != text.strip()]
    assert loose == []
