"""Small grammar: numbers with their nouns, articles, lists, and texts cut to fit."""

import re


def count(number: int, one: str, many: str) -> str:
    """Return "one match", "3 matches": small numbers in words where there is one, digits otherwise."""
    return f"one {one}" if number == 1 else f"{number or 'no'} {many}"


def a(noun: str) -> str:
    """Return the noun with its article."""
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def begin(text: str) -> str:
    """Return `text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(items: list[str]) -> str:
    """Return "mentor", "mentor and mentee"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def first(name: str) -> str:
    """Return the first of somebody's names, for a button."""
    return cut((name.split() or [name])[0], 30)


def cut(text: str, most: int) -> str:
    """Return `text` on one line, cut to at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def looks_like_an_address(text: str) -> bool:
    """Tell whether `text` has the form of one e-mail address."""
    return re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}", text) is not None
