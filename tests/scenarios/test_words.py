"""Every sentence that people read: each is used, each can be filled in, and each place fills in what it asks for."""

import ast
import re
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import bot
from bot.chat import grammar

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


def _forms(template: str) -> dict[str, list[str]]:
    """Return the forms of each blank that has some: what it says of none, one and the others."""
    blanks = string.Formatter().parse(template)
    return {field: forms.split("|") for _, field, forms, _ in blanks if field is not None and forms}


def _said(template: str, number: int) -> str:
    """Return the sentence with this number where there are forms, and with something elsewhere."""
    asked = dict.fromkeys(_asks(template), "something")
    return grammar.say(template, **{**asked, **dict.fromkeys(_forms(template), number)})


def test_every_sentence_is_used() -> None:
    """A sentence that nothing says would be translated in vain."""
    assert sorted(set(NAMES) - set(re.findall(r"\b(?:words\.)?([A-Z_]+)\b", SOURCE))) == []


def test_every_template_can_be_filled_in() -> None:
    """Braces are balanced, every field has a name, and no sentence is empty, whatever the number."""
    filled = [_said(template, number) for name in NAMES for template in _texts(name) for number in (0, 1, 5)]
    assert [text for text in filled if not text or set("{}|#") & set(text)] == []


def test_a_sentence_has_two_or_three_forms_for_a_number() -> None:
    """One and the others, or none, one and the others; no form is empty, and what they begin with fits together."""
    forms = [(name, each) for name in NAMES for text in _texts(name) for each in _forms(text).values()]
    assert forms
    assert [(name, each) for name, each in forms if len(each) not in {2, 3} or not all(each)] == []
    assert [
        (name, each) for name, each in forms if len({form[:1].isupper() for form in each if form[0] != "#"}) > 1
    ] == []


def _calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call of a name that stands in a module or of a value: the call, and what it calls."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr


def _sentence(call: ast.Call, called: str) -> ast.expr | None:
    """Return what a call fills in: the text of `text.format(...)`, or of `grammar.say(text, ...)`."""
    if called == "format" and isinstance(call.func, ast.Attribute):
        return call.func.value
    return call.args[0] if called == "say" and call.args else None


def _filled() -> Iterator[tuple[str, int, str, str, set[str]]]:
    """Yield every place where a sentence is filled in: file, line, name of the sentence, how, names that are given."""
    for path in CORE:
        for call, called in _calls(path.read_text(encoding="utf-8")):
            given = {keyword.arg or "**" for keyword in call.keywords}
            sentence = _sentence(call, called)
            for each in ast.walk(sentence) if sentence else ():
                name = each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")
                if name in NAMES:
                    yield path.name, call.lineno, name, called, given


def test_every_place_gives_what_the_sentence_asks_for() -> None:
    """No sentence is filled in with less than it needs: what is missing would be an exception in front of a person."""
    wrong = [
        (file, line, name, sorted(_asks(template) - given))
        for file, line, name, _, given in _filled()
        for template in _texts(name)
        if _asks(template) - given
    ]
    assert wrong == []


def test_a_sentence_with_forms_is_said() -> None:
    """Only `grammar.say` reads forms: `format` would be an exception in front of a person."""
    with_forms = {name for name in NAMES if any(_forms(text) for text in _texts(name))}
    filled = list(_filled())
    assert with_forms <= {name for _, _, name, called, _ in filled if called == "say"}
    assert [place for place in filled if place[2] in with_forms and place[3] != "say"] == []


def _is_noun(node: ast.expr) -> bool:
    """Tell whether this is the name of a role, which a programme file gives: `role.name` or `role.plural`."""
    return isinstance(node, ast.Attribute) and node.attr in {"name", "plural"}


def _pieces(source: str) -> list[int]:
    """Return the lines where a sentence is put together from pieces.

    `count` and `a` take the noun of a role, and nothing else. Nothing but such a noun is given a capital to fill a
    blank, and no sentence gets one from outside. No blank is filled with text that is put together on the spot.
    """
    lines = []
    for call, called in _calls(source):
        nouns = {"count": call.args[1:], "a": call.args}.get(called, [])
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "grammar":
            lines += [call.lineno for noun in nouns if not _is_noun(noun)]
            inner = call.args[0] if called == "begin" else None
            if isinstance(inner, ast.Call) and getattr(inner.func, "attr", "") in {"format", "say"}:
                lines.append(call.lineno)
        if _sentence(call, called):
            for value in (keyword.value for keyword in call.keywords):
                begun = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "begin"
                if begun and isinstance(value, ast.Call) and not _is_noun(value.args[0]):
                    lines.append(value.lineno)
                if isinstance(value, ast.JoinedStr):
                    lines.append(value.lineno)
    return sorted(set(lines))


def test_no_sentence_is_put_together_from_pieces() -> None:
    """A sentence is whole where it is written; what fills it in is a number, a name, a day or another whole text."""
    found = [(path.name, line) for path in CORE for line in _pieces(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ('grammar.say(words.TOLD, people=grammar.count(n, "person", "people"))', 1),
        ('words.TOLD.format(people=grammar.count(n, "person is", "people are"))', 1),
        ('people = grammar.count(n, "person", "people")', 1),
        ('grammar.say(words.TOLD, who=grammar.a("person"))', 1),
        ("grammar.say(words.TOLD, who=grammar.begin(label))", 1),
        ("grammar.begin(words.TOLD.format(people=n))", 1),
        ('words.TOLD.format(who=f"your {name}")', 1),
        ("grammar.say(words.TOLD, people=n)", 0),
        ("words.TOLD.format(who=grammar.count(n, role.name, role.plural), one=grammar.a(role.name))", 0),
        ("words.TOLD.format(who=grammar.begin(role.plural))", 0),
    ],
)
def test_a_piece_is_found(source: str, pieces: int) -> None:
    """The check above sees a piece in each of the forms that it can have, and lets the noun of a role pass."""
    assert len(_pieces(source)) == pieces


def test_sentences_have_no_double_blanks_and_no_loose_ends() -> None:
    """What people read is tidy."""
    loose = [name for name in NAMES for text in _texts(name) if "  " in text or text != text.strip()]
    assert loose == []
