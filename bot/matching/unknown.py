"""Answers that nobody can compare: what people typed that is none of the choices, where a hard rule has to decide."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.matching.people import Member
from bot.matching.rules import QuestionInfo, Rules
from bot.matching.spelling import spelled


@dataclass(frozen=True, slots=True)
class Unknown:
    """What `people` people said to a question, in the spelling that most of them used, and as it is compared."""

    question: str
    said: str
    spelling: str
    people: int


def unknown(rules: Rules, questions: Mapping[str, QuestionInfo], members: Iterable[Member]) -> list[Unknown]:
    """Return the answers that are none of the choices of a question, where a hard rule asks for same or different.

    Whether two of them are one in other words, a rule cannot know. Private answers are never among them, nor are those
    to a question without choices.
    """
    listed = list({member.key: member for member in members}.values())
    found = []
    for name in _asked(rules, questions):
        known = {spelled(code) for code in questions[name].choices}
        said: dict[str, Counter[str]] = {}
        for member in listed:
            answer = member.answers.get(name, "")
            if isinstance(answer, str) and answer.strip() and spelled(answer) not in known:
                said.setdefault(spelled(answer), Counter())[" ".join(answer.split())] += 1
        found += [
            Unknown(name, max(counts, key=counts.__getitem__), key, counts.total()) for key, counts in said.items()
        ]
    return sorted(found, key=lambda each: (-each.people, each.spelling))


def _asked(rules: Rules, questions: Mapping[str, QuestionInfo]) -> list[str]:
    """Return the questions with choices that a hard rule compares by their words."""
    names = (name for rule in rules.require if rule.any_spelling for name in (rule.asks_mentor, rule.asks_mentee))
    return [name for name in dict.fromkeys(names) if questions[name].choices and not questions[name].private]
