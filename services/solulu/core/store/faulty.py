"""A store that misbehaves on a schedule: what the runner is tested against, and what an operator can rehearse with.

Every fault is decided by the operation, the name and how often that pair was asked before, never by time or by the
order of threads; so a run that failed fails in the same way again.
"""

from __future__ import annotations

import enum
import fnmatch
import hashlib
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from solulu.core.errors import JobError, Transient
from solulu.core.store import Stat, Store

_T = TypeVar("_T")


class Fault(enum.Enum):
    """What goes wrong."""

    FAIL = "fail"
    """Transient, and nothing was done."""
    LOST_ANSWER = "lost_answer"
    """Done, and yet Transient: the connection broke before the answer came."""
    HANG = "hang"
    """No answer until `hang_seconds` have passed or `release` is called; then Transient, and nothing was done."""
    TEAR = "tear"
    """`put` leaves the first half of the bytes under the name and raises Transient, as a store that is not atomic."""
    SILENT_TEAR = "silent_tear"
    """The same, and `put` reports success; only the manifest's digest can tell."""
    DISK_FULL = "disk_full"
    """JobError, and nothing was done."""


@dataclass(frozen=True)
class Rule:
    """When a fault happens: at calls `first` to `last` (from 1, per operation and name), and of these at `rate`."""

    fault: Fault
    operations: Sequence[str] = ("put",)
    """Of open, put, list, delete and stat; tears happen at put alone."""
    names: str = "*"
    """Shell pattern over the whole name or prefix; `*` crosses slashes."""
    first: int = 1
    last: int = 1 << 30
    rate: float = 1.0


class FaultyStore:
    """`inner`, with faults where the first matching rule says so.

    What it cannot promise: a name is torn only if the inner store takes half of the bytes; faults while an opened file
    is read are not simulated.
    """

    def __init__(self, inner: Store, rules: Sequence[Rule], seed: int = 0, hang_seconds: float = 0.05) -> None:
        self.url = inner.url
        self.faults: list[tuple[str, str, Fault]] = []
        """What went wrong so far: operation, name and fault."""
        self._inner = inner
        self._rules = tuple(rules)
        self._seed = seed
        self._hang_seconds = hang_seconds
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()

    def release(self) -> None:
        """Ends every hang, now and later, at once."""
        self._released.set()

    def open(self, name: str) -> BinaryIO:
        """The object, or a fault."""
        fault = self._before("open", name)
        return self._after("open", name, fault, self._inner.open(name))

    def put(self, name: str, data: bytes | Path) -> None:
        """Writes the object, half of it, or nothing."""
        fault = self._before("put", name)
        if fault in (Fault.TEAR, Fault.SILENT_TEAR):
            whole = data if isinstance(data, bytes) else data.read_bytes()
            self._inner.put(name, whole[: len(whole) // 2])
        else:
            self._inner.put(name, data)
        self._after("put", name, fault, None)

    def list(self, prefix: str) -> Iterator[str]:
        """The names, or a fault."""
        fault = self._before("list", prefix)
        return self._after("list", prefix, fault, self._inner.list(prefix))

    def delete(self, name: str) -> None:
        """Removes the object, or not."""
        fault = self._before("delete", name)
        self._inner.delete(name)
        self._after("delete", name, fault, None)

    def stat(self, name: str) -> Stat:
        """Size and age, or a fault."""
        fault = self._before("stat", name)
        return self._after("stat", name, fault, self._inner.stat(name))

    def _before(self, operation: str, name: str) -> Fault | None:
        """Counts the call and raises what prevents it; returns the fault that comes with or after it."""
        with self._lock:
            self._calls[operation, name] += 1
            fault = self._fault(operation, name, self._calls[operation, name])
            if fault:
                self.faults.append((operation, name, fault))
        if fault is Fault.HANG:
            self._released.wait(self._hang_seconds)
        if fault in (Fault.FAIL, Fault.HANG):
            raise Transient(f"{operation} {name}: the store does not answer (scheduled {fault.value})")
        if fault is Fault.DISK_FULL:
            raise JobError(f"disk full at {self.url} (scheduled)")
        return fault

    def _after(self, operation: str, name: str, fault: Fault | None, result: _T) -> _T:
        if fault in (Fault.LOST_ANSWER, Fault.TEAR):
            raise Transient(f"{operation} {name}: the connection broke (scheduled {fault.value})")
        return result

    def _fault(self, operation: str, name: str, call: int) -> Fault | None:
        for rule in self._rules:
            if (
                operation in rule.operations
                and rule.first <= call <= rule.last
                and fnmatch.fnmatchcase(name, rule.names)
                and self._chance(rule, operation, name, call) < rule.rate
            ):
                return rule.fault
        return None

    def _chance(self, rule: Rule, operation: str, name: str, call: int) -> float:
        """A number in [0, 1) that depends on the seed, the rule and the call alone."""
        text = f"{self._seed}|{self._rules.index(rule)}|{operation}|{name}|{call}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
