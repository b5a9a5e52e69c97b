"""Logs: one event a line, as JSON for machines and as text on a terminal, always on standard error.

What a job logs is known by a context variable, so no function passes a logger or an id along. Whatever looks like a
secret, or is one by the settings, is masked before any handler formats it: a key must not reach a log by way of a
library's exception.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import unquote

if TYPE_CHECKING:
    from solulu.core.settings import Settings

Sink = Callable[[str, float, str, str], None]
"""Keeps one record of a job: its id, seconds since the epoch, the level's name and the message."""

QUEUE_SIZE = 10_000
"""Records of jobs that wait to be kept; the job is never held up, so a longer queue loses the newest."""

_job: ContextVar[str] = ContextVar("solulu_job", default="")
_MASK = "[masked]"
_SECRET = re.compile(
    r"""(?ix)
    (?P<keep> \b(?:bearer|basic)\s+(?=[\w.~+/=-]{12})(?=[a-z.~+/=_-]*\d)
            | ://[^\s/:@]{0,80}:(?=[^\s/@]+@)
            | \b[\w-]{0,40}(?:api[_-]?key|access[_-]?key|secret|password|token)["']?\s*[:=]\s*["']?(?=[^\s"']{8})
            | X-Amz-(?:Signature|Credential|Security-Token)= )
    [^\s"',;&@]+
    | \b(?:sk|hf|ghp|gho|ghs|github_pat|glpat|xox[abp])[-_][A-Za-z0-9_-]{16,}
    """
)
_PASSWORD = re.compile(r"[\w+]+://[^:/@]*:([^@]*)@")
"""Of a database's URL, as SQLAlchemy reads it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_QUIET = ("alembic", "asyncio", "httpcore", "httpx", "kserve", "openai", "sqlalchemy", "transformers", "urllib3",
          "filelock")  # fmt: skip

log = logging.getLogger(__name__)


@contextlib.contextmanager
def job(id: str) -> Iterator[None]:
    """Everything logged inside belongs to that job."""
    token = _job.set(id)
    try:
        yield
    finally:
        _job.reset(token)


def current_job() -> str:
    """Id of the job that this thread or task works on; empty outside of one."""
    return _job.get()


def setup(level: str = "INFO", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends this process's logs to `stream` (standard error), replacing what was set up before.

    `secrets` (`known_secrets` of the settings) are masked wherever they appear.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _StreamHandler)]:
        root.removeHandler(handler)
    handler = _StreamHandler(stream or sys.stderr)
    handler.addFilter(Masking(secrets))
    handler.setFormatter(_Text() if handler.stream.isatty() else _Json())
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def known_secrets(settings: Settings) -> list[str]:
    """What must never be logged: the token, the keys of store and database, the endpoints' keys in the environment."""
    found = _PASSWORD.match(settings.database)
    password = found[1] if found else ""
    secrets = [
        settings.token.get_secret_value(),
        settings.s3_secret_key.get_secret_value(),
        password,
        unquote(password),
    ]
    return secrets + [os.environ.get(endpoint.api_key_env or "", "") for endpoint in settings.endpoints.values()]


class Masking(logging.Filter):
    """Masks secrets in a record's message, extra fields and traceback: the given ones, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        """Masks in place, so that later handlers see no more; every record passes."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a library's wrong format string; what it meant to say still counts
            message = f"{record.msg} {record.args}"
        record.msg, record.args = self.mask(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.mask(record.exc_text)
        for name, value in extra(record).items():
            setattr(record, name, self._mask_any(value))
        return True

    def mask(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self._known:
            text = text.replace(secret, _MASK)
        return _SECRET.sub(lambda match: (match["keep"] or "") + _MASK, text)

    def _mask_any(self, value: Any) -> Any:
        if isinstance(value, bool | int | float | None):
            return value
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self._mask_any(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._mask_any(inner) for inner in value]
        return self.mask(str(value))


class JobLogHandler(logging.Handler):
    """Hands what jobs log to `sink`, from a thread of its own; listens from its creation until `close`.

    A sink that fails loses the record and is told about on standard error once; it never holds up or fails the work.
    """

    def __init__(self, sink: Sink, secrets: Iterable[str] = ()) -> None:
        super().__init__(logging.INFO)
        self.addFilter(Masking(secrets))
        self.setFormatter(logging.Formatter("%(message)s"))
        self._sink = sink
        self._is_failing = False
        self._records: queue.Queue[tuple[str, float, str, str] | None] = queue.Queue(QUEUE_SIZE)
        self._writer = threading.Thread(target=self._write, name="job-logs", daemon=True)
        self._writer.start()
        logging.getLogger().addHandler(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Only what a job logs; so the writer's own records never wait for the handler's lock, nor for themselves."""
        return bool(current_job()) and bool(super().filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Queues the record."""
        with contextlib.suppress(queue.Full):
            self._records.put_nowait((current_job(), record.created, record.levelname, self.format(record)))

    def flush(self) -> None:
        """Returns once everything logged so far has been handed over."""
        if self._writer.is_alive():
            self._records.join()

    def close(self) -> None:
        """Hands over what is queued, and listens no more."""
        logging.getLogger().removeHandler(self)
        if self._writer.is_alive():
            self._records.put(None)
            self._writer.join()
        super().close()

    def _write(self) -> None:
        while (record := self._records.get()) is not None:
            try:
                self._sink(*record)
                self._is_failing = False
            except Exception as error:  # noqa: BLE001  # whatever fails in a sink, logging must not stop the work
                if not self._is_failing:
                    log.warning("logs of jobs are being lost: %s", error)
                self._is_failing = True
            finally:
                self._records.task_done()
        self._records.task_done()


class _StreamHandler(logging.StreamHandler[TextIO]):
    """The handler that `setup` made, told from anybody else's."""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if id := current_job():
            event["job"] = id
        event |= extra(record)
        if record.exc_text:
            event["error"] = record.exc_text
        return json.dumps(event, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"job": current_job()[:12]} if current_job() else {}
        pairs = "".join(f"  {name}={value}" for name, value in {**fields, **extra(record)}.items())
        line = f"{_time(record).astimezone():%H:%M:%S} {record.levelname:7} {record.getMessage()}{pairs}"
        # A file's name can hold an escape sequence that rewrites the terminal; its newline must not fake an event.
        line = printable(line).replace("\n", "\\n")
        return f"{line}\n{printable(record.exc_text)}" if record.exc_text else line


def extra(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller passed as `extra=`; libraries put fields of their own into every record, with a `_` before."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD and not name.startswith("_")}


def printable(text: str) -> str:
    """`text` with the characters that could steer a terminal written as escapes; newlines and tabs stay."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
