"""Conversations as data: which question is next, and what typed words mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.cards import Choice
from bot.chat.events import FieldValue
from bot.chat.flows import Flow, Step, read_choice, read_choices
from bot.front.parts import load_all

SPEED = load_all()["speed"]
GRADES = SPEED.flow.step("grade")
assert GRADES is not None


def answers_of(flow: Flow, draw: st.DataObject, most: int = 60) -> dict[str, FieldValue]:
    """Answer the open question with one of its choices until there is none."""
    known: dict[str, FieldValue] = {}
    for _ in range(most):
        step = flow.next(known)
        if step is None:
            return known
        if step.kind == "choices":
            codes = [choice.code for choice in step.choices]
            known[step.name] = tuple(draw.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)))
        elif step.choices:
            fine = [choice.code for choice in step.choices if not step.problem(choice.code, known)]
            known[step.name] = draw.draw(st.sampled_from(fine))
        else:
            known[step.name] = {"contact": "a@example.gov.uk", "zone": "Europe/London"}.get(step.name, "Ada")
    raise AssertionError("the conversation does not end")


@given(st.data())
def test_every_conversation_ends_with_acceptable_answers(data: st.DataObject) -> None:
    """Whoever keeps answering comes to the end, and nothing that was kept is refused there."""
    known = answers_of(SPEED.flow, data)
    assert [step.name for step in SPEED.flow.asked(known) if step.problem(known[step.name], known)] == []


@given(st.data())
def test_taking_an_answer_back_asks_for_it_again_and_loses_no_other(data: st.DataObject) -> None:
    """Going back is deleting a key: the question comes again, and answering it as before restores the end."""
    known = answers_of(SPEED.flow, data)
    name = data.draw(st.sampled_from(sorted(known)))
    without = {key: value for key, value in known.items() if key != name}
    if SPEED.flow.step(name) in SPEED.flow.asked(without):
        assert SPEED.flow.next({**without, name: known[name]}) is None
        step = SPEED.flow.next(without)
        assert step is not None
        assert step.name == name


@given(st.data())
def test_answers_may_come_in_any_order(data: st.DataObject) -> None:
    """Answers given in another order lead to the same end."""
    known = answers_of(SPEED.flow, data)
    shuffled = data.draw(st.permutations(list(known.items())))
    assert SPEED.flow.next(dict(shuffled)) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_answer_or_is_asked_again(text: str) -> None:
    """No typed words break a question: each reads them as an answer of its own kind, or as none."""
    for step in SPEED.flow.steps:
        value = step.read(text)
        if value is not None and step.choices and not step.other and isinstance(value, str) and value:
            assert value in {choice.code for choice in step.choices}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("heo", "HEO"),
        ("HEO.", "HEO"),
        ("grade 7", "G7"),
        ("Grade 7", "G7"),
        ("g7", "G7"),
        ("higher executive officer", "HEO"),
        ("higher exec officer", "HEO"),
        ("deputy director", "SCS1"),
        ("4", "HEO"),
        ("grade", None),
        ("executive", None),
        ("scs", None),
        ("banana", None),
        ("", None),
        ("99", None),
    ],
)
def test_typed_grades_are_read_or_refused(text: str, code: str | None) -> None:
    """A clear winner counts; what could be several, or none, does not."""
    assert GRADES is not None
    assert GRADES.read(text) == code


def test_a_private_answer_is_never_guessed() -> None:
    """Something similar to a private choice is not taken for it."""
    step = SPEED.flow.step("identity")
    assert step is not None
    assert step.read("bisexual or pansexual, gay") == ("Bisexual or pansexual", "Gay")
    assert step.read("bisexuel") is None


def test_several_choices_may_be_typed_in_a_row() -> None:
    """Commas and "and" separate them; one unknown part makes the whole unknown."""
    choices = (Choice("r", "Red"), Choice("g", "Green"), Choice("b", "Blue"))
    assert read_choices(choices, "blue and red") == ("r", "b")
    assert read_choices(choices, "blue, mauve") is None


@given(st.lists(st.text("abcdefghij ", min_size=3, max_size=12), min_size=1, max_size=8, unique_by=str.strip))
def test_a_label_always_means_its_own_choice(labels: list[str]) -> None:
    """Typing a label exactly gives that choice, however similar the others are."""
    cleaned = [" ".join(label.split()) for label in labels]
    wanted = [label for label in dict.fromkeys(cleaned) if label]
    choices = tuple(Choice(f"code {number} {label}", label) for number, label in enumerate(wanted))
    for choice in choices:
        assert read_choice(choices, choice.label) == choice.code


def test_the_next_question_is_derived_not_remembered() -> None:
    """An answer that no longer fits the others is open again."""
    refuse_small = Step(
        "size",
        "How big?",
        "choice",
        "Size",
        (Choice("s", "Small"), Choice("l", "Large")),
        problem=lambda value, known: "too small" if value == "s" and known.get("kind") == "cow" else None,
    )
    flow = Flow((Step("kind", "Which?", "choice", "Kind", (Choice("cow", "Cow"), Choice("cat", "Cat"))), refuse_small))
    assert flow.next({"kind": "cat", "size": "s"}) is None
    assert flow.next({"kind": "cow", "size": "s"}) is refuse_small
