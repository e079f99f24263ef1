"""Nothing that a person wrote gets into a log, whoever logs it and however."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from adapters.health.logs import set_up_logs

CANARY = "Ann said: I am gay, ann@example.org xoxb-12-secret"
WORDS = ("Ann", "gay", "example.org", "xoxb", "secret")
LIBRARIES = ("slack_bolt", "slack_sdk", "botbuilder.core", "aiohttp.server", "apscheduler", "sqlalchemy.engine")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return where logs go, and put everything back afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, factory = root.handlers[:], root.level, logging.getLoggerClass()
    hooks = sys.excepthook, threading.excepthook
    levels = {name: logging.getLogger(name).level for name in ("adapters", "app", "bot", "scheduling", "__main__")}
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, kept in levels.items():
        logging.getLogger(name).setLevel(kept)
    logging.captureWarnings(capture=False)
    logging.setLoggerClass(factory)
    sys.excepthook, threading.excepthook = hooks
    structlog.configure(**before)


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    """Set up logs as JSON and return how to read them; no line may hold a word of the canary."""
    set_up_logs(stream, as_json=True)

    def read() -> list[dict[str, Any]]:
        text = stream.getvalue()
        assert not [word for word in WORDS if word in text]
        return [json.loads(line) for line in text.splitlines()]

    return read


def ours(name: str = "scheduling.outbox") -> Any:
    """Return the logger of one of our modules."""
    return structlog.get_logger(name)


def fail() -> None:
    """Fail because of another failure, both of which quote a person."""
    try:
        dict[str, str]()[CANARY]
    except KeyError as cause:
        raise ValueError(CANARY) from cause


def wrong(name: str, template: str) -> None:
    """Log what cannot be formatted, past pytest's own handlers, which would raise."""
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, template, (CANARY,), None)
    for handler in logging.getLogger().handlers:
        if type(handler).__module__ == set_up_logs.__module__:
            handler.handle(record)


def test_an_event_is_one_line_of_json(lines: Lines) -> None:
    """Time, level, module, what happened and the values that are allowed, in that order."""
    ours().warning("set aside", action="check_in", row=17, attempts=3, reason="LookupError", event_id="Ev08-1:2/3")
    (line,) = lines()
    assert list(line) == ["timestamp", "level", "logger", "event", "action", "row", "attempts", "reason", "event_id"]
    assert (line["level"], line["logger"], line["event"], line["row"]) == (
        "warning",
        "scheduling.outbox",
        "set aside",
        17,
    )
    assert abs((datetime.now(UTC) - datetime.fromisoformat(line["timestamp"])).total_seconds()) < 60
    assert line["event_id"] == "Ev08-1:2/3"


def test_unknown_keys_are_left_out(lines: Lines) -> None:
    """A key that is not on the list is not shown, and neither is its name; their number is."""
    ours().info("said", text=CANARY, body={"text": CANARY}, **{CANARY: 1}, row=1)
    (line,) = lines()
    assert (line["event"], line["row"], line["left_out"]) == ("said", 1, 3)


@pytest.mark.parametrize(
    "value",
    [
        *(CANARY, CANARY.encode(), [CANARY], {"a": CANARY}, ValueError(CANARY), "ann@example.org", "xoxb-1-secret"),
        *("postgresql://bot:secret@host/db", "x" * 200, "gay\nAnn"),
    ],
)
def test_a_value_that_could_be_words_is_hidden(lines: Lines, value: object) -> None:
    """A sentence, an address, a token or a whole object is replaced, also where the key is allowed."""
    ours().info("refused", reason=value)
    assert lines()[0]["reason"] == "…"


def test_plain_values_are_kept(lines: Lines) -> None:
    """Numbers, moments and codes come through as they are."""
    moment = datetime(2026, 11, 21, 18, 20, tzinfo=UTC)
    ours().info("paused", seconds=1.5, done=True, code=None, until=moment, error="not_in_channel")
    kept = {key: lines()[0][key] for key in ("seconds", "done", "code", "until", "error")}
    assert kept == {
        "seconds": 1.5,
        "done": True,
        "code": None,
        "until": "2026-11-21T18:20:00+00:00",
        "error": "not_in_channel",
    }


def test_arguments_do_not_get_into_the_event(lines: Lines) -> None:
    """What is passed by position is not put into the text, and a text that is no name of an event is hidden."""
    ours().info("hello %s", CANARY)
    ours().info("x" * 200)
    ours().info("two\nlines")
    assert [line["event"] for line in lines()] == ["hello %s", "…", "…"]


def test_an_exception_is_its_class_and_a_place(lines: Lines) -> None:
    """Neither its text nor that of its causes is shown, nor what the variables held."""
    try:
        fail()
    except ValueError:
        ours().exception("handler failed", row=3)
        logging.getLogger("adapters.web").exception("failed for %s", CANARY)
        logging.getLogger("slack_bolt").exception(CANARY)
    shown = lines()
    assert [line["error"] for line in shown] == ["ValueError"] * 3
    assert all(line["at"].startswith("test_logs.py:") for line in shown)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_is_heard_without_its_text(lines: Lines, name: str) -> None:
    """A warning of somebody else's code is shown by its logger and level; what is less is not shown at all."""
    logger = logging.getLogger(name)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logger.log(level, "body: %s", CANARY, extra={"body": CANARY})
    logger.warning({"body": CANARY})
    wrong(name, "%d")
    expected = [("warning", name), ("error", name), ("warning", name), ("error", name)]
    assert [(line["level"], line["logger"]) for line in lines()] == expected
    assert {line["event"] for line in lines()} == {"a library reported something"}


def test_a_library_that_sets_its_own_level_is_no_louder(lines: Lines) -> None:
    """Some libraries turn their own loggers up; what they say below a warning is still dropped."""
    logger = logging.getLogger("slack_bolt.App")
    logger.setLevel(logging.DEBUG)
    logger.info(CANARY)
    logger.setLevel(logging.NOTSET)
    assert lines() == []


def test_our_own_plain_loggers_keep_their_template(lines: Lines) -> None:
    """Where one of our modules uses the standard library, arguments are shown only if they are codes."""
    logger = logging.getLogger("adapters.web.connect")
    logger.error("event %s failed: %s", "web:12", "LookupError")
    logger.error("event %s failed: %s", "web:12", CANARY)
    wrong("adapters.web.connect", "event %d failed")
    events = [line["event"] for line in lines()]
    assert events == ["event web:12 failed: LookupError", "event web:12 failed: …", "event %d failed"]


def test_what_is_bound_is_treated_alike(lines: Lines) -> None:
    """Values bound to a logger earlier pass the same list."""
    ours("bot.core").bind(user=CANARY, platform="slack").info("handled")
    (line,) = lines()
    assert (line["platform"], line["left_out"], line["logger"]) == ("slack", 1, "bot.core")


def test_the_level_is_ours_to_choose(stream: io.StringIO) -> None:
    """The level holds for our own modules; libraries stay at warnings."""
    set_up_logs(stream, level="error", as_json=True)
    ours().warning("not shown")
    ours().error("shown")
    set_up_logs(stream, level="debug", as_json=True)
    ours().debug("shown too")
    logging.getLogger("aiohttp.access").info(CANARY)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["shown", "shown too"]
    with pytest.raises(ValueError, match="'loud'"):
        set_up_logs(stream, level="loud", as_json=True)


def test_lines_can_be_read_at_a_terminal(stream: io.StringIO) -> None:
    """Without JSON a line reads like a sentence with values behind it, and hides the same."""
    set_up_logs(stream, as_json=False)
    ours().error("set aside", row=17, text=CANARY, reason=CANARY)
    line = stream.getvalue()
    assert line.endswith(" error    scheduling.outbox: set aside row=17 reason=… left_out=1\n")


def test_what_nobody_caught_leaves_no_text(lines: Lines) -> None:
    """An error that ends the program or a thread is one line, where a traceback would quote variables and texts."""
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [(line["level"], line["error"]) for line in lines()] == [
        ("critical", "ValueError"),
        ("error", "ValueError"),
    ]


def test_a_warning_of_the_interpreter_is_kept_quiet(lines: Lines) -> None:
    """A warning may name an object by its content."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(CANARY, ResourceWarning, stacklevel=1)
    assert [line["logger"] for line in lines()] == ["py.warnings"]


def test_a_stream_that_is_gone_stops_nobody(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that cannot be written is lost without an error, and without printing what it held."""
    gone = io.StringIO()
    set_up_logs(gone, as_json=True)
    gone.close()
    ours().error("lost", reason=CANARY)
    assert capsys.readouterr().err == ""
    del stream
