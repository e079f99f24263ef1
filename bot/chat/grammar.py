"""Small grammar: sentences with their blanks filled in, the nouns of a programme file, and texts cut to fit.

A sentence stands whole in a `words.py`, with named blanks. Where it depends on a number, its forms stand in the blank:
"You have {count:no matches|one match|# matches}." Two forms are for one and for all others, three for none, one and all
others; # is the number.
"""

import re
from collections.abc import Sequence

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class _Number(int):
    """A number that chooses among the forms of a blank."""

    def __format__(self, forms: str) -> str:
        """Return the form for this number; without forms, the number itself."""
        if "|" not in forms:
            return int(self).__format__(forms)
        none, one, many = ("", *forms.split("|"))[-3:]
        form = one if self == 1 else none if self == 0 and none else many
        return form.replace("#", str(int(self)))


def say(sentence: str, **blanks: object) -> str:
    """Return a sentence with its blanks filled in; a blank with forms takes the one that fits its number.

    KeyError if the sentence has a blank that is not given.
    """
    return sentence.format(**{name: _Number(value) if type(value) is int else value for name, value in blanks.items()})


def count(number: int, one: str, many: str) -> str:
    """Return a number with a noun that a programme file names: "one mentor", "3 mentors", "no mentors"."""
    return f"one {one}" if number == 1 else f"{number or 'no'} {many}"


def in_words(number: int) -> str:
    """Return a small number in words: "three"; a larger one in digits."""
    return SMALL[number] if 0 <= number < len(SMALL) else str(number)


def a(noun: str) -> str:
    """Return the noun with its article."""
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list: "Ann", "Ann and Bob", "Ann, Bob and Cid"."""
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), *names[-1:]])


def paragraphs(*texts: str) -> str:
    """Return these texts one below the other, a blank line between; empty ones are left out."""
    return "\n\n".join(text for text in texts if text)


def begin(text: str) -> str:
    """Return `text` with a capital first letter."""
    return text[:1].upper() + text[1:]


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
