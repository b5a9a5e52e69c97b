"""The job table: one live job a key, one runner a job, and nothing written by a runner that lost its lease."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import textwrap
import threading

import pytest
import sqlalchemy as sa
from solulu.core import jobs
from solulu.core.database import open_database
from solulu.core.errors import Conflict, InvalidArgument, NotFound
from solulu.core.jobs import JobTable, LeaseLost, PartEntry

KEY = "ab" * 32


@pytest.fixture
def engine(database_url):
    return open_database(database_url)


@pytest.fixture
def table(engine):
    return JobTable(engine)


def submit(table, key=KEY, stage="scrape", is_done=False, **run):
    return table.submit(stage, 1, key, {"seed": 1}, [], run, is_done)


def expire(engine, job):
    with engine.begin() as connection:
        connection.execute(
            sa.update(jobs.jobs).where(jobs.jobs.c.id == job.id).values(lease_expires=0, owner="gone:1:1")
        )


def part(unit="000000"):
    return PartEntry(unit, f"scrape/{KEY}/part", 1, "0" * 64, 1, 1, {})


def test_two_submits_of_one_key_share_one_live_job(table):
    assert submit(table).id == submit(table).id


def test_many_submits_at_once_make_one_job(table):
    found = []
    threads = [threading.Thread(target=lambda: found.append(submit(table).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_failed_job_does_not_stand_in_for_a_new_one(table):
    submit(table)
    first = table.claim(["scrape"])
    table.end(first, "FAILED", {}, error="no")

    assert submit(table).id != first.id


def test_a_job_is_claimed_once(table):
    submit(table)

    assert table.claim(["scrape"]) is not None
    assert table.claim(["scrape"]) is None


def test_replicas_racing_for_one_job_get_it_once(table, engine):
    submit(table)
    claims = []
    threads = [threading.Thread(target=lambda: claims.append(JobTable(engine).claim(["scrape"]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([claim for claim in claims if claim is not None]) == 1


CLAIMING = """
    import sys
    from solulu.core.database import open_database
    from solulu.core.jobs import JobTable

    table = JobTable(open_database(sys.argv[1]))
    while (job := table.claim(["scrape"])) is not None:
        print(job.id, job.num_attempts)
    print(flush=True)
    sys.stdin.read()  # the jobs of a runner that has ended are anybody's
"""


def test_runners_in_many_processes_claim_every_job_once(table, database_url):
    ids = {submit(table, key=f"{n:064x}").id for n in range(60)}
    script = [sys.executable, "-c", textwrap.dedent(CLAIMING), database_url]
    runners = [subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    rivals, claims = [JobTable(open_database(database_url)) for _ in range(3)], []

    def claim_all(table):
        while (job := table.claim(["scrape"])) is not None:
            claims.append((job.id, job.num_attempts))

    threads = [threading.Thread(target=claim_all, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for runner in runners for line in itertools.takewhile(str.strip, runner.stdout)]
    for runner in runners:
        runner.communicate(timeout=120)
    claims += [(id, int(number)) for id, number in map(str.split, lines)]

    assert sorted(claims) == sorted((id, 1) for id in ids)


def test_a_claim_in_progress_is_passed_over_and_not_waited_for(postgres_server):
    with postgres_server.database() as url:
        table = JobTable(open_database(url))
        first, second = submit(table), submit(table, key="cd" * 32)
        with table.engine.begin() as connection:
            connection.execute(sa.select(jobs.jobs).where(jobs.jobs.c.id == first.id).with_for_update())

            assert JobTable(table.engine).claim(["scrape"]).id == second.id
            assert JobTable(table.engine).claim(["scrape"]) is None


def test_a_service_claims_only_its_own_stages(table):
    submit(table, stage="train")

    assert table.claim(["scrape", "judge"]) is None
    assert table.claim(["train"]).stage == "train"


def test_the_oldest_job_is_claimed_first(table):
    first = submit(table)
    submit(table, key="cd" * 32)

    assert table.claim(["scrape"]).id == first.id


def test_a_runner_that_lost_its_lease_can_write_nothing(table, engine):
    submit(table)
    old = table.claim(["scrape"])
    expire(engine, old)
    new = table.claim(["scrape"])

    assert new.epoch == old.epoch + 1
    for write in (
        lambda: table.renew(old),
        lambda: table.add_part(old, part()),
        lambda: table.forget_parts(old),
        lambda: table.give_back(old),
        lambda: table.end(old, "SUCCEEDED", {}),
        lambda: table.state(old),
    ):
        with pytest.raises(LeaseLost):
            write()
    table.add_part(new, part())
    assert list(table.parts(KEY)) == ["000000"]


def test_a_living_lease_is_not_taken(table):
    submit(table)
    table.claim(["scrape"])

    assert JobTable(table.engine).claim(["scrape"]) is None


def test_jobs_are_counted_by_stage_state_and_whether_their_runner_is_gone(table, engine):
    submit(table)
    submit(table, key="cd" * 32)
    submit(table, key="ef" * 32, stage="train")
    assert table.counts() == {("scrape", "queued", False): 2, ("train", "queued", False): 1}

    expire(engine, table.claim(["scrape"]))
    table.end(table.claim(["train"]), "FAILED", {})

    assert table.counts() == {
        ("scrape", "queued", False): 1,
        ("scrape", "running", True): 1,
        ("train", "failed", False): 1,
    }


def test_the_lease_of_a_dead_process_of_this_host_is_taken_at_once(table, engine):
    submit(table)
    script = (
        "import sys, os\n"
        "from solulu.core.database import open_database\n"
        "from solulu.core.jobs import JobTable\n"
        "assert JobTable(open_database(sys.argv[1])).claim(['scrape'])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(engine.url)], check=False, timeout=60)

    claimed = table.claim(["scrape"])

    assert claimed is not None
    assert claimed.num_attempts == 2


def test_a_process_id_that_was_given_again_does_not_count_as_alive(table, engine):
    submit(table)
    table.owner = f"{table.owner.rpartition(':')[0]}:1"
    table.claim(["scrape"])

    assert JobTable(engine).claim(["scrape"]) is not None
    assert str(os.getpid()) in table.owner


def test_another_container_of_the_same_name_is_not_taken_for_dead(table, engine):
    submit(table)
    place, _, process = table.owner.partition(":")
    table.owner = f"{place.partition('/')[0]}/1:{process}0"
    table.claim(["scrape"])

    assert JobTable(engine).claim(["scrape"]) is None


def test_cancelling_a_queued_job_ends_it_at_once(table):
    assert table.cancel(submit(table).id).state == "CANCELLED"
    assert table.claim(["scrape"]) is None


def test_cancelling_a_running_job_asks_its_runner(table):
    submit(table)
    job = table.claim(["scrape"])

    assert table.cancel(job.id).state == "CANCELLING"
    assert table.renew(job) == "CANCELLING"


def test_a_job_whose_runner_died_while_cancelling_is_still_cancelling_for_the_next(table, engine):
    submit(table)
    job = table.claim(["scrape"])
    table.cancel(job.id)
    expire(engine, job)

    assert table.claim(["scrape"]).state == "CANCELLING"


def test_cancelling_an_ended_job_changes_nothing(table):
    submit(table)
    job = table.claim(["scrape"])
    table.end(job, "SUCCEEDED", {}, artifact="scrape/x")

    assert table.cancel(job.id).state == "SUCCEEDED"


def test_cancelling_and_claiming_at_once_never_loses_the_cancel(table, engine):
    for number in range(20):
        job = submit(table, key=f"{number:064x}")
        claiming = threading.Thread(target=JobTable(engine).claim, args=(["scrape"],))
        claiming.start()
        table.cancel(job.id)
        claiming.join()

        assert table.get(job.id).state in ("CANCELLED", "CANCELLING")


def test_a_live_job_is_not_deleted(table):
    job = submit(table)

    with pytest.raises(Conflict, match="cancel it first"):
        table.delete(job.id)
    table.cancel(job.id)
    table.delete(job.id)
    with pytest.raises(NotFound):
        table.get(job.id)


def test_a_job_given_back_is_queued_again_and_keeps_its_parts(table):
    submit(table)
    job = table.claim(["scrape"])
    table.add_part(job, part())
    table.give_back(job)

    assert table.get(job.id).state == "QUEUED"
    assert list(table.parts(KEY)) == ["000000"]
    assert table.claim(["scrape"]).id == job.id


def test_jobs_are_listed_newest_first_by_state_stage_and_labels(table):
    first = submit(table, key="01" * 32, labels={"team": "a", "run": "1"})
    second = submit(table, key="02" * 32, labels={"team": "a", "run": "2"})
    third = submit(table, key="03" * 32, stage="judge", labels={"team": "b"})
    table.cancel(first.id)

    assert [job.id for job in table.page()] == [third.id, second.id, first.id]
    assert [job.id for job in table.page(stage="scrape")] == [second.id, first.id]
    assert [job.id for job in table.page(state="CANCELLED")] == [first.id]
    assert [job.id for job in table.page(with_labels={"team": "a", "run": "2"})] == [second.id]


def test_pages_continue_where_the_last_one_ended(table):
    ids = [submit(table, key=f"{n:02x}" * 32).id for n in range(5)]
    newest = table.page(limit=2)
    rest = table.page(limit=10, before=newest[-1].number)

    assert [job.id for job in newest + rest] == ids[::-1]


def test_a_job_is_found_by_the_beginning_of_its_id(table):
    job = submit(table)

    assert table.get(job.id[:8]).id == job.id
    with pytest.raises(InvalidArgument, match="at least the first 8"):
        table.get(job.id[:5])
    with pytest.raises(NotFound):
        table.get("0" * 12)


def test_only_the_last_thousand_log_records_are_kept(table):
    job = submit(table)
    for number in range(1205):
        table.add_log(job.id, float(number), "info", f"line {number}")

    kept = table.logs(job.id)

    assert kept[-1][2] == "line 1204"
    assert 1000 <= len(kept) < 1100


def test_text_that_a_database_cannot_hold_is_kept_as_its_escape(table):
    job = submit(table)
    table.add_log(job.id, 1.0, "ERROR", "a\0b \udc80")
    table.end(table.claim(["scrape"]), "FAILED", {}, error="it said \0")

    assert table.logs(job.id)[0][2] == "a\\x00b \\udc80"
    assert table.get(job.id).error == "it said \\x00"
