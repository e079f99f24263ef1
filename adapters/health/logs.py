"""Logs for operators: one line for each thing that happened, made of what may be shown and of nothing else.

Whoever logs names an event and passes values by key. Keys that are not known here are left out, and a value that could
be words of a person, because it has a space in it or is long, is shown as "…". An exception is shown as the name of its
class and the line it came from. Of other people's loggers only warnings are kept, without their text, which may quote
what was sent to us.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

OURS = ("adapters", "app", "bot", "scheduling", "__main__")
LEVELS = ("debug", "info", "warning", "error")
KEYS = frozenset(
    {
        # what happened, to which row or message
        *("action", "attempt", "attempts", "count", "done", "event_id", "id", "kind", "lane", "message", "messages"),
        *("about", "number", "row", "state", "step", "table", "term", "tick", "was", "which"),
        # where
        *("endpoint", "host", "method", "mode", "path", "platform", "port", "route", "tenant", "topic"),
        # how it went
        *("code", "error", "outcome", "part", "reason", "sqlstate", "status"),
        # when and how long
        *("due", "next_at", "pause", "retry_after", "seconds", "until", "wait"),
        # what runs
        *("pid", "replica", "revision", "signal", "version"),
    }
)
HIDDEN = "…"
LONGEST_EVENT = 100  # characters

_CODE = re.compile(r"(?!xox|xapp|eyJ|.*://)[\w.:/+=-]{0,120}", re.ASCII)  # no spaces, addresses, URLs, nor tokens


def set_up_logs(stream: TextIO, *, level: str = "info", as_json: bool) -> None:
    """Send all logs of this process to `stream`, as JSON lines or as lines to read; `level` holds for our own.

    Exceptions that nobody caught are logged in the same way, in place of a traceback. ValueError for an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"There is no log level {level!r}. There are: {', '.join(LEVELS)}.")
    handler = _Lines(stream)
    handler.setFormatter(_Json() if as_json else _Words())
    handler.addFilter(_worth_keeping)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _hand_over],
        wrapper_class=structlog.stdlib.BoundLogger,  # it does not put arguments into the event's text
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def quiet_logs() -> None:
    """Show warnings and errors only, as they come: for a command whose output somebody reads."""
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


class _Event(dict[str, Any]):
    """What one of our own modules logged: nothing but an event and values by key."""


def _hand_over(_: object, __: str, event: Any) -> Any:
    """Pass what was logged on to the standard library's logger of the same module."""
    failed = event.pop("exc_info", None)
    return (_Event(event),), {"exc_info": failed}


def _worth_keeping(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or _ours(record)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


class _Lines(logging.StreamHandler[TextIO]):
    """Writes a line for each record; one that cannot be written is lost, as saying why would print its content."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        del record


class _Json(logging.Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what may be shown of the record."""
        return json.dumps(_shown(record), ensure_ascii=False)


class _Words(logging.Formatter):
    """A line for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what may be shown of the record."""
        shown = _shown(record)
        begin = f"{shown.pop('timestamp')} {shown.pop('level'):<8} {shown.pop('logger')}: {shown.pop('event')}"
        return " ".join([begin, *(f"{key}={value}" for key, value in shown.items())])


def _shown(record: logging.LogRecord) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shown: dict[str, Any] = {"timestamp": moment, "level": record.levelname.lower(), "logger": record.name}
    if isinstance(record.msg, _Event):
        shown |= _of_event(record.msg)
    elif _ours(record):
        shown["event"] = _of_template(record)
    else:
        shown["event"] = "a library reported something"
    if record.exc_info and record.exc_info[0] is not None:
        shown |= _of_error(record.exc_info[0], record.exc_info[2])
    return shown


def _of_event(event: Mapping[str, Any]) -> dict[str, Any]:
    what = event.get("event")
    kept = {"event": what if isinstance(what, str) and len(what) <= LONGEST_EVENT and what.isprintable() else HIDDEN}
    kept |= {key: _value(value) for key, value in event.items() if key in KEYS}
    left_out = len(event.keys() - KEYS - {"event"})
    return {**kept, "left_out": left_out} if left_out else kept


def _of_template(record: logging.LogRecord) -> str:
    """Return the text of one of our own records with only those arguments that may be shown."""
    template = str(record.msg)
    arguments = record.args if isinstance(record.args, tuple) else ()
    try:
        text = template % tuple(_value(each) for each in arguments) if arguments else template
    except (TypeError, ValueError):
        text = template
    return text.replace("\n", " ")


def _of_error(kind: type[BaseException], traceback: TracebackType | None) -> dict[str, str]:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return {"error": kind.__name__}
    return {"error": kind.__name__, "at": f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"}


def _value(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str) and _CODE.fullmatch(value) else HIDDEN


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("app").critical("stopped by an error", exc_info=(kind, error, traceback))


def _uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None:
        failed = (hook.exc_type, hook.exc_value, hook.exc_traceback)
        logging.getLogger("app").error("a thread was stopped by an error", exc_info=failed)
