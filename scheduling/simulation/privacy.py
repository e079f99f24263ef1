"""Words that tell a private answer: which they are, and where they must not stand."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Engine, String, Text
from sqlalchemy import select as rows_of
from sqlmodel import Session, SQLModel

from bot.chat.cards import Card
from bot.programme.house import House

SHORTEST = 3  # letters of a word worth looking for
LETTERS = "A-Za-z0-9_=-"  # what encrypted text is made of


def private_words(house: House) -> Mapping[str, frozenset[str]]:
    """Return the words that tell a private answer, each with the codes it stands for, in lower case.

    They are the labels and codes of private questions, except those that some programme says in public anyway.
    """
    words: dict[str, set[str]] = defaultdict(set)
    public: list[str] = []
    for programme in house.programmes.values():
        for question in programme.question:
            step = programme.flow.step(question.name)
            if question.private and question.kind != "consent" and step is not None:
                for choice in step.choices:
                    for word in (choice.label, choice.code):
                        words[word.casefold()].add(choice.code.casefold())
        public += _strings(programme.model_dump(exclude={"question"}))
        for question in programme.question:
            public += _strings(question.model_dump(exclude={"choices"} if question.private else set()))
    everything = "\n".join(public).casefold()
    return {
        word: frozenset(codes)
        for word, codes in words.items()
        if len(word) >= SHORTEST and not re.search(rf"(?<![{LETTERS}]){re.escape(word)}(?![{LETTERS}])", everything)
    }


def leak_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern that finds one of these words; encrypted text that happens to hold its letters is none."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![{LETTERS}])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9_=])", re.IGNORECASE)


def readable(card: Card) -> str:
    """Return what a card says, but for the choices of a question and its answers' buttons."""
    parts = [card.title, card.text, *(f"{fact.label}\n{fact.value}" for fact in card.facts)]
    for item in card.fields:
        parts += [item.label, item.hint, *((item.value,) if isinstance(item.value, str) else item.value)]
    parts += [button.label for button in card.buttons if button.action != "answer"]
    parts += [file.content for file in card.files]
    return "\n".join(parts)


def in_clear(db: Session, engine: Engine, leak: re.Pattern[str]) -> Iterator[str]:
    """Yield where a private word stands in the database, in its tables or in its file, for everybody to read."""
    for table in SQLModel.metadata.sorted_tables:
        texts = [column for column in table.columns if isinstance(column.type, (String, Text, JSON))]
        for row in db.execute(rows_of(*texts)) if texts else ():
            for column, value in zip(texts, row, strict=True):
                if value and (found := leak.search(str(value))):
                    yield f"table {table.name}, column {column.name} holds the private word {found[0]!r} in clear"
    if engine.dialect.name == "sqlite" and engine.url.database:
        for path in Path(engine.url.database).parent.glob(Path(engine.url.database).name + "*"):
            raw = re.compile(leak.pattern.encode(), re.IGNORECASE)
            if seen := raw.search(path.read_bytes()):
                yield f"the file {path.name} holds the private word {seen[0].decode()!r} in clear"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)
