"""The misbehaving store misbehaves as scheduled, and in no other way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from solulu.core.errors import JobError, Transient
from solulu.core.store.faulty import Fault, FaultyStore, Rule
from solulu.core.store.folder import FolderStore


@pytest.fixture
def inner(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path.as_uri())


def test_without_rules_it_is_the_inner_store(inner: FolderStore) -> None:
    store = FaultyStore(inner, [])
    store.put("a/b", b"bytes")

    assert store.open("a/b").read() == b"bytes"
    assert store.stat("a/b") == inner.stat("a/b")
    assert list(store.list("a/")) == ["a/b"]
    store.delete("a/b")
    assert list(inner.list("")) == []
    assert store.faults == []


def test_a_call_fails_as_often_as_scheduled_and_then_works(inner: FolderStore) -> None:
    store = FaultyStore(inner, [Rule(Fault.FAIL, last=2)])

    for _ in range(2):
        with pytest.raises(Transient):
            store.put("a", b"1")
        assert list(inner.list("")) == []
    store.put("a", b"1")

    assert inner.open("a").read() == b"1"
    assert store.faults == [("put", "a", Fault.FAIL)] * 2


@pytest.mark.parametrize("operation", ["open", "put", "list", "delete", "stat"])
def test_every_operation_can_fail_without_effect(inner: FolderStore, operation: str) -> None:
    inner.put("a", b"old")
    store = FaultyStore(inner, [Rule(Fault.FAIL, operations=[operation])])
    calls: dict[str, Callable[[], object]] = {
        "open": lambda: store.open("a"),
        "put": lambda: store.put("a", b"new"),
        "list": lambda: list(store.list("a")),
        "delete": lambda: store.delete("a"),
        "stat": lambda: store.stat("a"),
    }

    with pytest.raises(Transient):
        calls[operation]()

    assert inner.open("a").read() == b"old"


def test_a_lost_answer_leaves_the_work_done(inner: FolderStore) -> None:
    store = FaultyStore(inner, [Rule(Fault.LOST_ANSWER, first=1, last=1)])

    with pytest.raises(Transient):
        store.put("a", b"whole")

    assert inner.open("a").read() == b"whole"


def test_a_torn_write_leaves_half_an_object_and_may_be_repeated(inner: FolderStore, tmp_path: Path) -> None:
    store = FaultyStore(inner, [Rule(Fault.TEAR, names="judge/*", last=1)])
    (tmp_path / "source").write_bytes(b"12345678")

    with pytest.raises(Transient):
        store.put("judge/part", tmp_path / "source")
    assert inner.open("judge/part").read() == b"1234"
    store.put("judge/part", tmp_path / "source")

    assert inner.open("judge/part").read() == b"12345678"


def test_a_silent_tear_reports_success(inner: FolderStore) -> None:
    store = FaultyStore(inner, [Rule(Fault.SILENT_TEAR)])

    store.put("part", b"12345678")

    assert inner.open("part").read() == b"1234"


def test_a_full_disk_fails_the_job(inner: FolderStore) -> None:
    store = FaultyStore(inner, [Rule(Fault.DISK_FULL, first=2)])
    store.put("a", b"1")

    with pytest.raises(JobError, match="disk full"):
        store.put("a", b"2")

    assert inner.open("a").read() == b"1"


def test_a_hang_lasts_until_it_is_released(inner: FolderStore) -> None:
    store = FaultyStore(inner, [Rule(Fault.HANG)], hang_seconds=600)
    raised: list[Exception] = []

    def put() -> None:
        try:
            store.put("a", b"1")
        except Transient as error:
            raised.append(error)

    writer = threading.Thread(target=put)
    writer.start()
    assert writer.is_alive()
    store.release()
    writer.join()

    assert len(raised) == 1
    assert list(inner.list("")) == []


def test_the_same_seed_fails_the_same_calls_in_any_order_of_threads(tmp_path: Path) -> None:
    def faults(seed: int, names: list[str]) -> set[tuple[str, str, Fault]]:
        store = FaultyStore(
            FolderStore((tmp_path / str(seed)).as_uri()), [Rule(Fault.LOST_ANSWER, rate=0.4)], seed=seed
        )
        for name in names:
            for _ in range(5):
                try:
                    store.put(name, b"")
                except Transient:
                    continue
        return set(store.faults)

    names = [f"part-{number}" for number in range(20)]

    assert faults(1, names) == faults(1, names[::-1])
    assert len({frozenset(faults(seed, names)) for seed in range(5)}) > 1
