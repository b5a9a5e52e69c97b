"""The runner's promises, with small stages over a real store and job table."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from solulu.core import artifacts
from solulu.core.jobs import jobs
from solulu.core.metrics import METRICS
from solulu.core.runner import Runner
from support.bench import Bench
from support.serving import wait_until
from support.stages import Squaring, SquaringAgain, SquaringAsync, SquaringDown


@pytest.fixture
def bench(tmp_path, database_url):
    return Bench(tmp_path / "home", database=database_url)


@pytest.mark.parametrize("stage", [Squaring(), SquaringAsync()], ids=["plain", "async"])
def test_rows_come_in_plan_order_whatever_finished_first(bench, stage):
    job = bench.run(stage, units=6, items=7)

    assert job.state == "SUCCEEDED"
    assert [row["value"] for row in bench.open(job).rows()] == [n * n for n in range(42)]
    assert job.progress["num_rows"] == 42
    assert job.progress["num_units_done"] == job.progress["num_units"] == 6


def test_the_same_spec_makes_the_same_bytes_with_any_number_of_workers(tmp_path):
    digests_seen = set()
    for workers in (1, 3):
        bench = Bench(tmp_path / str(workers), workers)
        digests_seen.add(bench.open(bench.run(Squaring(), files="yes", drop="4")).content_digest)

    assert len(digests_seen) == 1


@pytest.mark.parametrize("stage", [Squaring(), SquaringAsync()], ids=["plain", "async"])
def test_a_bad_row_is_a_drop_with_its_reason_and_costs_nothing_else(bench, stage):
    job = bench.run(stage, row_error="3,11")

    assert job.state == "SUCCEEDED"
    assert bench.open(job).manifest.drops == {"bad_number": 2}
    assert bench.open(job).num_rows == 18
    assert "11 is not liked" in str(bench.open(job).drop_examples()["bad_number"])


@pytest.mark.parametrize("stage", [Squaring(), SquaringAsync()], ids=["plain", "async"])
def test_a_single_defect_among_many_rows_is_dropped_and_logged(bench, stage):
    job = bench.run(stage, units=2, items=100, defect="5")

    assert job.state == "SUCCEEDED"
    assert bench.open(job).manifest.drops == {"internal_error": 1}


@pytest.mark.parametrize("stage", [Squaring(), SquaringAsync()], ids=["plain", "async"])
def test_defects_in_over_one_percent_of_the_rows_fail_the_job_and_their_units_are_not_kept(bench, stage):
    job = bench.run(stage, units=4, items=5, defect="5,6")

    assert job.state == "FAILED"
    assert "2 of 20 items failed by a defect" in job.error
    assert not artifacts.exists(bench.store, job.reference)
    assert sorted(bench.table.parts(job.key)) == ["000000", "000002", "000003"]


@pytest.mark.parametrize("stage", [Squaring(), SquaringAsync()], ids=["plain", "async"])
def test_an_error_that_no_row_can_survive_fails_the_job_with_its_message(bench, stage):
    job = bench.run(stage, job_error="0")

    assert job.state == "FAILED"
    assert job.error == "the endpoint answers 401: check its key"


def test_a_transient_error_that_passes_is_not_noticed(bench, tmp_path):
    job = bench.run(Squaring(), passes="7", once=str(tmp_path))

    assert job.state == "SUCCEEDED"
    assert bench.open(job).manifest.drops == {}


def test_a_transient_error_that_stays_fails_the_job_and_says_where(bench):
    job = bench.run(SquaringAsync(), transient="7")

    assert job.state == "FAILED"
    assert "the model is busy (unit 000001, item 2; tried 3 times)" in job.error


def test_a_worker_that_is_killed_costs_only_its_unit(bench, tmp_path):
    undisturbed = Bench(tmp_path / "other")
    job = bench.run(Squaring(), dies="7", once=str(tmp_path))

    assert job.state == "SUCCEEDED"
    expected = undisturbed.open(undisturbed.run(Squaring()))
    assert list(bench.open(job).rows()) == list(expected.rows())


def test_a_unit_that_always_kills_its_worker_fails_the_job_and_is_named(bench):
    job = bench.run(Squaring(), always_dies="7")

    assert job.state == "FAILED"
    assert "000001" in job.error
    assert "SOLULU_WORKERS" in job.error


def test_finish_replaces_the_rows_and_adds_its_drops_and_files(bench):
    job = bench.run(SquaringDown(), units=2, items=5, row_error="3")
    reader = bench.open(job)

    assert [row["value"] for row in reader.rows()] == [64, 36, 16, 4, 0]
    assert reader.manifest.drops == {"bad_number": 1, "odd": 4}
    assert set(reader.drop_examples()) == {"bad_number", "odd"}
    assert reader.read("nested/summary.txt") == b"9 squares"
    assert bench.objects("checkpoints/") == []


def test_files_that_items_yield_are_listed_beside_the_rows(bench):
    reader = bench.open(bench.run(Squaring(), files="yes"))

    assert reader.files() == ["notes/000000.txt", "notes/000010.txt"]
    assert reader.read("notes/000010.txt") == b"a multiple of ten"


def test_a_failed_job_is_continued_by_the_next_one_of_its_key(bench):
    failed = bench.run(Squaring(), job_error="19", items=5)
    kept = bench.table.parts(failed.key)
    assert failed.state == "FAILED"

    bench.submit(Squaring(), job_error="19", items=5)
    again = bench.work(Squaring())

    assert again.id != failed.id
    assert again.progress["num_units_done"] >= len(kept)


def test_a_part_that_was_torn_is_made_again(tmp_path):
    bench = Bench(tmp_path / "home", workers=1)
    failed = bench.run(Squaring(), units=2, job_error="9")
    part = bench.table.parts(failed.key)["000000"]
    bench.store.put(part.path, b"PAR1 half")

    bench.submit(Squaring(), units=2, job_error="9")
    again = bench.work(Squaring())

    assert again.state == "FAILED"
    assert bench.store.stat(part.path).num_bytes == part.num_bytes


def test_a_second_submit_returns_the_finished_job_and_says_so(bench):
    first = bench.run(Squaring())
    second = bench.submit(Squaring())

    assert second.id == first.id
    assert second.reused
    assert bench.table.claim(["scrape"]) is None


def test_an_artifact_without_its_job_is_found_again(bench, tmp_path):
    job = bench.run(Squaring())
    bench.table.delete(job.id)

    again = bench.submit(Squaring())

    assert again.state == "SUCCEEDED"
    assert again.artifact == job.artifact
    assert again.reused


def test_a_deleted_artifact_is_made_again_with_the_same_bytes(bench):
    job = bench.run(Squaring())
    digest = bench.open(job).content_digest
    artifacts.delete_artifact(bench.store, job.artifact)

    again = bench.run(Squaring())

    assert again.id != job.id
    assert bench.open(again).content_digest == digest


def test_cancelling_a_running_job_keeps_its_parts_and_leaves_no_manifest(bench):
    job = bench.submit(Squaring(), units=40, items=1, slow="0.1")
    worker = threading.Thread(target=bench.work, args=(Squaring(),))
    worker.start()
    wait_until(lambda: bench.table.parts(job.key), "the first part")
    bench.table.cancel(job.id)
    worker.join(20)

    assert bench.table.get(job.id).state == "CANCELLED"
    assert not artifacts.exists(bench.store, job.reference)
    assert 0 < len(bench.table.parts(job.key)) < 40


def test_a_lease_lost_while_a_unit_runs_is_counted_and_the_job_is_left_to_its_new_runner(bench):
    lost = _leases_lost()
    job = bench.submit(Squaring(), units=2, items=1, slow="3")
    worker = threading.Thread(target=bench.work, args=(Squaring(),))
    worker.start()
    wait_until(lambda: bench.table.get(job.id).state == "RUNNING", "the job to run")
    with bench.table.engine.begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(epoch=jobs.c.epoch + 1))
    worker.join(60)

    assert _leases_lost() == lost + 1
    assert bench.table.get(job.id).state == "RUNNING"


def test_what_a_stage_drops_at_its_end_is_counted_as_what_its_units_drop(bench):
    def dropped():
        return METRICS.registry.get_sample_value("solulu_runner_dropped_rows_total", {"stage": "scrape"})

    before = dropped()
    job = bench.run(SquaringDown(), drop="3,4")

    assert dropped() - before == sum(bench.open(job).manifest.drops.values()) > 2


def test_a_stopping_service_gives_its_job_back_and_the_next_one_finishes_it(bench, tmp_path):
    job = bench.submit(SquaringAsync(), units=20, items=2)
    bench.stopping.set()
    given_back = bench.work(SquaringAsync())
    bench.stopping.clear()
    finished = bench.work(SquaringAsync())

    assert (given_back.id, given_back.state) == (job.id, "QUEUED")
    assert finished.state == "SUCCEEDED"
    assert finished.num_attempts == 2


def test_a_job_of_another_version_of_the_stage_is_not_worked_on(bench):
    class Newer(Squaring):
        version = 2

    bench.submit(Squaring())
    job = bench.work(Newer())

    assert job.state == "FAILED"
    assert "made for version 1" in job.error


def test_units_that_met_what_may_pass_are_done_again_by_the_next_job(tmp_path, caplog):
    caplog.set_level("INFO")
    bench = Bench(tmp_path / "home", workers=1)
    for _ in range(2):
        bench.submit(SquaringAgain(), units=3, drop="6", job_error="11")
        bench.work(SquaringAgain())

    assert "3 of 3 units to do" in caplog.text
    assert "2 of 3 units to do" in caplog.text


def test_a_job_goes_on_when_the_database_was_restarted_under_it(postgres_server, tmp_path):
    calm = Bench(tmp_path / "calm")
    expected = calm.open(calm.run(Squaring(), units=30, items=2, slow="0.1")).content_digest
    with postgres_server.database() as url:
        bench = Bench(tmp_path / "home", database=url)
        job = bench.submit(Squaring(), units=30, items=2, slow="0.1")
        runner = Runner(bench.settings, bench.store, bench.table, [Squaring()])
        runner.start()
        wait_until(lambda: bench.table.parts(job.key), "the first part")
        postgres_server.stop()
        time.sleep(2)
        postgres_server.start()
        wait_until(lambda: not bench.table.get(job.id).is_live, "the end of the job")
        runner.stop()
        ended = bench.table.get(job.id)

        assert ended.state == "SUCCEEDED", ended.error
        assert bench.open(ended).content_digest == expected


def _leases_lost():
    return METRICS.registry.get_sample_value("solulu_job_leases_lost_total", {"stage": "scrape"})
