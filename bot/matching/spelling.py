"""The same words in another spelling: capitals, accents, punctuation, spaces, "&" and a leading "the" never decide."""

import unicodedata

APOSTROPHES = "'’‘`´"
UNCOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


def spelled(text: str) -> str:
    """Return `text` as it is compared: two texts that are the same in other spelling are equal then."""
    parts = unicodedata.normalize("NFKD", text).casefold().translate(UNCOMPOSED).replace("&", " and ")
    kept = (letter for letter in parts if letter not in APOSTROPHES and not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in kept).split()
    if len(words) > 1 and words[0] == "the":
        del words[0]
    return " ".join(words) or text.strip().casefold()
