"""What a store that fails, or is away, does to a job: nothing, as long as it comes back."""

from __future__ import annotations

import time

import pytest
from solulu.core.runner import Runner
from solulu.core.store.faulty import Fault, FaultyStore, Rule
from support import minio
from support.bench import Bench
from support.serving import wait_until
from support.stages import Squaring, SquaringAsync, SquaringDown


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path / "home")


@pytest.fixture
def impatient(tmp_path):
    return Bench(tmp_path / "home", store_patience_seconds=0)


def test_a_store_that_fails_now_and_then_changes_nothing(bench, tmp_path):
    calm = Bench(tmp_path / "calm")
    expected = calm.open(calm.run(SquaringDown(), units=12, files="yes")).content_digest
    every = ("open", "put", "list", "delete", "stat")
    faults = [Rule(Fault.FAIL, every, rate=0.05), Rule(Fault.LOST_ANSWER, every, rate=0.03)]
    faults += [Rule(Fault.TEAR, rate=0.05), Rule(Fault.SILENT_TEAR, rate=0.05), Rule(Fault.HANG, every, rate=0.03)]
    faulty = FaultyStore(bench.store, faults, seed=3)

    bench.submit(SquaringDown(), units=12, files="yes")
    job = bench.work(SquaringDown(), store=faulty)

    assert len(faulty.faults) > 5
    assert job.state == "SUCCEEDED", job.error
    assert bench.open(job).content_digest == expected
    assert bench.open(job).problems() == []


def test_a_full_disk_fails_the_job_with_its_parts_kept_and_the_next_one_continues(bench):
    full = FaultyStore(bench.store, [Rule(Fault.DISK_FULL, names="*part-000002*")])
    bench.submit(Squaring())
    failed = bench.work(Squaring(), store=full)
    bench.submit(Squaring())
    again = bench.work(Squaring())

    assert failed.state == "FAILED"
    assert "full" in failed.error
    assert again.state == "SUCCEEDED"
    assert bench.open(again).num_rows == 20


def test_a_store_that_stays_away_fails_the_job_and_names_the_object(impatient):
    away = FaultyStore(impatient.store, [Rule(Fault.FAIL)])
    impatient.submit(SquaringAsync(), units=1)
    failed = impatient.work(SquaringAsync(), store=away)

    assert failed.state == "FAILED"
    assert "part-000000" in failed.error


@pytest.fixture
def waiting(bench):
    """A runner that waits for a store to come back, and its job."""
    away = FaultyStore(bench.store, [Rule(Fault.FAIL, ("put",))])
    runner = Runner(bench.settings, away, bench.table, [Squaring()])
    job = bench.submit(Squaring())
    runner.start()
    wait_until(lambda: away.faults, "the store to fail")
    yield runner, job
    runner.stop()


def test_a_job_is_cancelled_at_once_while_its_store_is_away(bench, waiting):
    _, job = waiting

    bench.table.cancel(job.id)
    wait_until(lambda: not bench.table.get(job.id).is_live, "the end of the job", seconds=20)

    assert bench.table.get(job.id).state == "CANCELLED"


def test_a_service_that_stops_gives_a_job_back_whose_store_is_away(bench, waiting):
    runner, job = waiting

    runner.stop()

    assert bench.table.get(job.id).state == "QUEUED"


def test_a_store_that_fails_after_the_manifest_stops_neither_the_job_nor_its_runner(impatient):
    failing = FaultyStore(impatient.store, [Rule(Fault.FAIL, ("list",), "checkpoints/*")])
    runner = Runner(impatient.settings, failing, impatient.table, [SquaringDown()])
    runner.start()
    jobs = [impatient.submit(SquaringDown(), units=units) for units in (1, 2)]
    wait_until(lambda: all(not impatient.table.get(job.id).is_live for job in jobs), "the end of the jobs")
    runner.stop()

    assert [impatient.table.get(job.id).state for job in jobs] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_job_goes_on_when_the_store_was_restarted_under_it(minio_binary, tmp_path):
    calm = Bench(tmp_path / "calm")
    expected = calm.open(calm.run(Squaring(), units=30, items=2, slow="0.1")).content_digest
    with minio.running(minio_binary, tmp_path / "minio") as server:
        bench = Bench(tmp_path / "home", **server.environment("s3://artifacts", prefix=""))
        job = bench.submit(Squaring(), units=30, items=2, slow="0.1")
        runner = Runner(bench.settings, bench.store, bench.table, [Squaring()])
        runner.start()
        wait_until(lambda: bench.table.parts(job.key), "the first part")
    time.sleep(6)
    with minio.running(minio_binary, tmp_path / "minio", server):
        wait_until(lambda: not bench.table.get(job.id).is_live, "the end of the job")
        runner.stop()
        ended = bench.table.get(job.id)

        assert ended.state == "SUCCEEDED", ended.error
        assert bench.open(ended).content_digest == expected


def test_a_worker_that_dies_while_a_part_is_written_costs_only_its_unit(bench, tmp_path):
    slow = FaultyStore(bench.store, [Rule(Fault.HANG, names="*part-000000*", last=1)], hang_seconds=2)
    bench.submit(Squaring(), dies="7", once=str(tmp_path))
    job = bench.work(Squaring(), store=slow)

    assert job.state == "SUCCEEDED"
    assert bench.open(job).num_rows == 20
