"""Logs are one line an event, know their job, never show a secret, and never hold up the work."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import pty
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core import logs
from solulu.core.settings import Settings

log = logging.getLogger("solulu.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


class Events:
    """Logs as JSON, read back."""

    def __init__(self, **options: Any) -> None:
        self.stream = io.StringIO()
        logs.setup(stream=self.stream, **options)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter([json.loads(line) for line in self.stream.getvalue().splitlines()])

    def only(self) -> dict[str, Any]:
        (event,) = self
        return event


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_an_event_is_one_line_of_json_whatever_it_says() -> None:
    events = Events()

    with logs.job("job-1"):
        log.info("two\nlines of %s", "text", extra={"num_rows": 3, "stage": "judge"})

    event = events.only()
    assert event["message"] == "two\nlines of text"
    assert (event["level"], event["logger"], event["job"]) == ("INFO", "solulu.test", "job-1")
    assert (event["num_rows"], event["stage"]) == (3, "judge")
    assert event["time"].endswith("Z")


def test_a_traceback_is_part_of_its_event() -> None:
    events = Events()
    try:
        raise LookupError("no such thing")
    except LookupError:
        log.exception("failed")

    assert "LookupError: no such thing" in events.only()["error"]


def test_records_below_the_level_and_chatter_of_libraries_are_left_out() -> None:
    events = Events(level="info")

    log.debug("detail")
    logging.getLogger("httpx").info("HTTP Request: POST http://127.0.0.1/v1")
    logging.getLogger("httpx").warning("slow")

    assert [event["message"] for event in events] == ["slow"]


def test_setting_up_again_replaces_the_first_set_up() -> None:
    first, second = Events(), Events()

    log.info("once")

    assert list(first) == []
    assert second.only()["message"] == "once"


def test_a_job_is_known_in_its_tasks_and_nowhere_else() -> None:
    events = Events()

    async def work(id: str) -> None:
        with logs.job(id):
            await asyncio.sleep(0)
            await asyncio.create_task(speak(id))

    async def speak(id: str) -> None:
        log.info(id)

    async def main() -> None:
        await asyncio.gather(*(work(f"job-{n}") for n in range(5)))
        log.info("outside")

    asyncio.run(main())

    seen = [(event.get("job"), event["message"]) for event in events]
    assert sorted(seen[:5]) == [(f"job-{n}", f"job-{n}") for n in range(5)]
    assert seen[5] == (None, "outside")


def test_a_terminal_gets_text_that_cannot_steer_it() -> None:
    terminal = Terminal()
    logs.setup(stream=terminal)

    with logs.job("0123456789abcdef"):
        log.warning("file %s", "a\x1b[2Jb\nERROR forged \u202ename", extra={"stage": "scrape"})

    text = terminal.getvalue()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"file a\x1b[2Jb\nERROR forged \u202ename  job=0123456789ab  stage=scrape" in text


def test_what_libraries_put_into_every_record_is_left_out() -> None:
    terminal = Terminal()
    logs.setup(stream=terminal)

    log.warning("done", extra={"stage": "scrape", "_library_timestamp": 17})

    assert terminal.getvalue().rstrip().endswith("done  stage=scrape")


def test_standard_error_is_used_and_standard_output_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    logs.setup()
    log.info("hello")

    captured = capfd.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["message"] == "hello"


def test_a_real_terminal_is_recognised() -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        logs.setup(stream=terminal)
        log.info("hello")
        assert b"INFO    hello" in os.read(leader, 1000)
    os.close(leader)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {secret}",
        "authorization: basic {secret}",
        "https://user:{secret}@host/path",
        "api_key={secret}",
        "{{'OPENAI_API_KEY': '{secret}'}}",
        "s3_secret_access_key: {secret}",
        "SOLULU_TOKEN={secret}",
        "password = {secret}",
        "http://minio/x?X-Amz-Signature={secret}&a=b",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    secret = "Zm9vYmFyLXRoaXMtaXMtbm90"
    events = Events()

    log.info("%s", text.format(secret=secret), extra={"headers": {"x": [text.format(secret=secret)]}})
    try:
        raise ValueError(text.format(secret=secret))
    except ValueError:
        log.exception("failed")

    assert secret not in events.stream.getvalue()
    assert "[masked]" in events.stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "num_tokens=123456789 tokens_per_second: 43.123456",
        "a basic understanding of bearer tokens",
        "at http://127.0.0.1:9000/bucket/key",
        "https://github.com/a/b@1234567890",
        "part-000001-0123456789ab.parquet of judge/0123456789abcdef0123456789abcdef",
        "skipped: sk-learn",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert logs.Masking().mask(text) == text


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    events = Events(secrets=["hunter-22", "", "abc"])

    log.info("it is hunter-22; abc", extra={"nested": {"hunter-22": ("hunter-22",)}})

    assert "hunter-22" not in events.stream.getvalue()
    assert "abc" in events.only()["message"]


def test_the_settings_secrets_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGE_KEY", "key-of-large")
    endpoint = {"base_url": "http://x/v1", "model": "m", "family": "f"}
    settings = Settings.model_validate(
        {
            "token": "the-token",
            "s3_secret_key": "the-store-key",
            "database": "postgresql://solulu:the%2Fpassword@db/jobs",
            "endpoints": {"large": {**endpoint, "api_key_env": "LARGE_KEY"}, "open": endpoint},
        }
    )
    events = Events(secrets=logs.known_secrets(settings))

    log.info("the-token the-store-key the/password key-of-large http://x/v1")

    assert events.only()["message"] == "[masked] [masked] [masked] [masked] http://x/v1"


@given(st.text(), st.text(min_size=4))
def test_masking_removes_every_occurrence_of_a_known_secret(text: str, secret: str) -> None:
    if secret not in "[masked]" and not any(secret.startswith(c) or secret.endswith(c) for c in "[]masked"):
        assert secret not in logs.Masking([secret]).mask(text + secret + text)


def test_a_wrong_format_string_neither_raises_nor_loses_the_event() -> None:
    events = Events()
    record = logging.LogRecord("library", logging.INFO, __file__, 1, "%d rows", ("many",), None)

    logging.getLogger().handlers[-1].handle(record)

    assert "many" in events.only()["message"]


def test_what_jobs_log_is_handed_over_in_order_and_masked() -> None:
    kept: list[tuple[str, float, str, str]] = []
    logging.getLogger().setLevel(logging.INFO)
    handler = logs.JobLogHandler(lambda *record: kept.append(record), secrets=["hunter-22"])

    log.info("before any job")
    with logs.job("a"):
        for number in range(100):
            log.info("record %d", number)
        log.debug("too fine")
        log.error("key hunter-22")
    handler.flush()

    assert [(job, level, message) for job, _, level, message in kept] == [
        *(("a", "INFO", f"record {number}") for number in range(100)),
        ("a", "ERROR", "key [masked]"),
    ]
    assert all(time > 1.7e9 for _, time, _, _ in kept)
    handler.close()


def test_closing_hands_over_what_is_queued_and_ends_the_listening() -> None:
    kept: list[str] = []
    go = threading.Event()
    logging.getLogger().setLevel(logging.INFO)

    def slow(_job: str, _time: float, _level: str, message: str) -> None:
        go.wait(30)
        kept.append(message)

    handler = logs.JobLogHandler(slow)
    with logs.job("a"):
        log.info("1")
        log.info("2")
        go.set()
        handler.close()
        log.info("3")
    handler.close()

    assert kept == ["1", "2"]


def test_a_sink_that_fails_is_told_about_once_and_the_work_goes_on() -> None:
    events = Events()
    kept: list[str] = []

    def sink(_job: str, _time: float, _level: str, message: str) -> None:
        if message.startswith("lost"):
            raise RuntimeError("the database is gone")
        kept.append(message)

    handler = logs.JobLogHandler(sink)
    with logs.job("a"):
        for message in ("lost 1", "lost 2", "kept"):
            log.info(message)
    handler.close()

    assert kept == ["kept"]
    warnings = [event["message"] for event in events if event["level"] == "WARNING"]
    assert warnings == ["logs of jobs are being lost: the database is gone"]


def test_a_sink_that_hangs_holds_up_nobody() -> None:
    go = threading.Event()
    kept: list[str] = []
    logging.getLogger().setLevel(logging.INFO)

    def sink(_job: str, _time: float, _level: str, message: str) -> None:
        go.wait(30)
        kept.append(message)

    handler = logs.JobLogHandler(sink)
    with logs.job("a"):
        for number in range(logs.QUEUE_SIZE + 100):
            log.info("%d", number)
    go.set()
    handler.close()

    assert kept[: logs.QUEUE_SIZE] == [str(number) for number in range(logs.QUEUE_SIZE)]
    assert len(kept) <= logs.QUEUE_SIZE + 1  # the one in the sink's hands is no longer in the queue
