"""A store for the runner: tries again what may pass, and believes a write only when the size is right.

A job that has run for hours must not fail because of one refused connection, nor end with half an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import tenacity

from solulu.core.errors import JobError, NotFound, Transient
from solulu.core.metrics import METRICS
from solulu.core.store import Stat, Store

_MIN_ATTEMPTS = 6
_LONGEST_PAUSE_SECONDS = 2

_T = TypeVar("_T")

read_again = tenacity.retry(
    retry=tenacity.retry_if_exception_type(Transient),
    stop=tenacity.stop_after_attempt(4),
    wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
    reraise=True,
)
"""For whole reads: a connection may break in the middle of an object that was opened well."""


class RetryingStore:
    """`inner`, where a Transient that stays for `patience_seconds` becomes a JobError naming the object; at once where
    `gives_up` says that whoever asks has no more time."""

    def __init__(self, inner: Store, patience_seconds: float, gives_up: Callable[[], bool] = lambda: False) -> None:
        self.url = inner.url
        self._inner, self._patience_seconds, self._gives_up = inner, patience_seconds, gives_up

    def open(self, name: str) -> BinaryIO:
        """The object's bytes as a seekable file."""
        return self._retry(lambda: self._inner.open(name), "open", name)

    def put(self, name: str, data: bytes | Path) -> None:
        """Writes an object and checks its size."""
        size = data.stat().st_size if isinstance(data, Path) else len(data)

        def write() -> None:
            self._inner.put(name, data)
            try:
                written = self._inner.stat(name).num_bytes
            except NotFound as error:
                raise Transient(f"{name} is not there after it was written") from error
            if written != size:
                raise Transient(f"{name} has {written:,} bytes after {size:,} were written")

        self._retry(write, "put", name)

    def list(self, prefix: str) -> Iterator[str]:
        """Names that start with `prefix`, sorted."""
        return iter(self._retry(lambda: list(self._inner.list(prefix)), "list", prefix))

    def delete(self, name: str) -> None:
        """Removes an object."""
        self._retry(lambda: self._inner.delete(name), "delete", name)

    def stat(self, name: str) -> Stat:
        """Size and age, or NotFound."""
        return self._retry(lambda: self._inner.stat(name), "stat", name)

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        waited = state.seconds_since_start or 0.0
        return self._gives_up() or (waited >= self._patience_seconds and state.attempt_number >= _MIN_ATTEMPTS)

    def _retry(self, call: Callable[[], _T], operation: str, name: str) -> _T:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Transient),
            stop=self._is_enough,
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=_LONGEST_PAUSE_SECONDS),
            before_sleep=lambda _: METRICS.store_call(operation, "retried"),
        )
        outcome = "failed"
        try:
            result = retrying(call)
            outcome = "ok"
            return result
        except NotFound:
            outcome = "ok"  # that it is not there is an answer
            raise
        except tenacity.RetryError as error:
            raise JobError(
                f"the store {self.url} did not {operation} {name} in {error.last_attempt.attempt_number} attempts: "
                f"{error.last_attempt.exception()}; the job continues from here when it is submitted again"
            ) from error
        finally:
            METRICS.store_call(operation, outcome)
