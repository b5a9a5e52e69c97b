"""The Python client against a real server that restarts, refuses and fails."""

from __future__ import annotations

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from solulu.client import Client, Unreachable
from solulu.client.channel import is_loopback
from solulu.core.errors import Conflict, InvalidArgument, JobError, NotFound, Unauthenticated
from solulu.v1 import job_pb2, scraper_pb2
from support.small_service import SmallService

SPEC = {"sources": ["folder:none"], "max_contexts": 2, "max_contexts_per_file": 3}
SLOW = {"sources": ["folder:slow=0.2"], "max_contexts": 2, "max_contexts_per_file": 10}


@pytest.fixture
def service(tmp_path):
    service = SmallService(tmp_path / "home")
    yield service
    service.stop()


@pytest.fixture
def idle(tmp_path):
    service = SmallService(tmp_path / "home", runs=False)
    yield service
    service.stop()


@pytest.fixture
def client(service):
    with Client(service.address, patience_seconds=20) as client:
        yield client


@contextlib.contextmanager
def breaking_gateway(address):
    """A gateway's address that passes every call on, and breaks the first of each method after one answer, as a
    gateway does whose service is killed: without details."""
    broken = set()

    class Everything(grpc.GenericRpcHandler):
        def service(self, details):
            method = details.method

            def forward(request, context):
                first = method not in broken
                broken.add(method)
                for answer in channel.unary_stream(method)(request, timeout=context.time_remaining()):
                    yield answer
                    if first:
                        context.abort(grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2")

            return grpc.unary_stream_rpc_method_handler(forward)

    server = grpc.server(ThreadPoolExecutor(4), handlers=[Everything()])
    port = server.add_insecure_port("127.0.0.1:0")
    with grpc.insecure_channel(address) as channel:
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(0).wait()


def test_a_job_is_followed_to_its_artifact_and_its_rows(client):
    seen = []
    spec = scraper_pb2.ScrapeSpec(sources=["folder:none"], max_contexts=2, max_contexts_per_file=3)

    handle = client.scrape(spec, run={"labels": {"team": "search"}})
    artifact = handle.wait(seen.append)

    assert artifact.num_rows == 6
    assert [row["value"] for row in client.read_rows(artifact.reference)] == [0, 1, 4, 9, 16, 25]
    assert [row["value"] for row in client.read_rows(artifact.reference, offset=2, limit=3)] == [4, 9, 16]
    assert list(client.read_rows(artifact.reference, columns=["value"], limit=1)) == [{"value": 0}]
    assert client.read_row(artifact.reference, "000003")["value"] == 9
    assert client.verify_artifact(artifact.reference) == []
    assert [found.reference for found in client.list_artifacts("contexts")] == [artifact.reference]
    assert [job.id for job in client.list_jobs(labels={"team": "search"})] == [handle.id]
    assert seen[-1].state == job_pb2.JOB_STATE_SUCCEEDED


def test_submitting_again_finds_the_job_that_is_done(client):
    first = client.scrape(SPEC)
    first.wait()

    again = client.scrape(SPEC)

    assert again.id == first.id
    assert again.reused
    assert not first.reused
    assert again.wait().reference == client.get_job(first.id[:8]).artifact


def test_watching_goes_on_where_the_server_restarts(service, client):
    handle = client.scrape(SLOW)
    snapshots = handle.watch()
    next(snapshots)
    restart = threading.Thread(target=lambda: (service.stop(), service.start()))
    restart.start()

    *_, last = snapshots

    restart.join()
    assert last.state == job_pb2.JOB_STATE_SUCCEEDED
    assert client.get_artifact(last.artifact).num_rows == 20


def test_watching_goes_on_where_a_gateway_loses_the_service(service):
    with breaking_gateway(service.address) as address, Client(address, patience_seconds=20) as client:
        seen = []

        artifact = client.scrape(SLOW).wait(seen.append)

    assert artifact.num_rows == 20
    assert len(seen) > 2


def test_a_call_waits_for_a_server_that_is_away_for_a_moment(service, client):
    client.scrape(SPEC).wait()
    service.stop()
    back = threading.Timer(0.5, service.start)
    back.start()

    jobs = list(client.list_jobs())

    back.join()
    assert len(jobs) == 1


def test_nobody_at_the_address_is_told_with_the_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with Client(address, patience_seconds=0.2) as client, pytest.raises(Unreachable, match=address):
            list(client.list_jobs())


def test_a_wrong_request_names_its_fields_before_it_is_sent_and_after(client):
    with pytest.raises(InvalidArgument) as early:
        client.scrape({"sources": [], "max_contexts": 0})
    assert {violation.field for violation in early.value.violations} == {"spec.sources", "spec.max_contexts"}
    with pytest.raises(InvalidArgument) as late:
        client.get_job("short")
    assert "names no job" in str(late.value)


def test_errors_are_those_that_the_service_raised(client):
    with pytest.raises(NotFound, match="solulu jobs list"):
        client.get_job("0" * 32)
    with pytest.raises(NotFound, match="solulu artifacts list"):
        client.get_artifact(f"scrape/{'0' * 64}")
    with pytest.raises(NotFound):
        client.read_file(client.scrape(SPEC).wait().reference, "metrics.json")


def test_a_job_that_fails_raises_with_its_own_message(client):
    with pytest.raises(JobError, match=r"the endpoint answers 401.*scrape job [0-9a-f]{8} failed"):
        client.scrape({**SPEC, "sources": ["folder:job_error=1"]}).wait()


def test_a_cancelled_job_raises_and_is_deleted_only_then(idle):
    with Client(idle.address) as client:
        handle = client.scrape(SPEC)
        with pytest.raises(Conflict, match="cancel it first"):
            client.delete_job(handle.id)

        handle.cancel()

        with pytest.raises(JobError, match="was cancelled"):
            handle.wait()
        client.delete_job(handle.id)
        assert list(client.list_jobs()) == []


def test_what_is_being_cancelled_is_continued_once_it_has_stopped(client):
    first = client.scrape({**SLOW, "seed": 1})
    snapshots = first.watch()
    while next(snapshots).state != job_pb2.JOB_STATE_RUNNING:
        pass
    first.cancel()

    second = client.scrape({**SLOW, "seed": 1})

    assert second.id != first.id
    assert second.wait().num_rows == 20


def test_pages_are_read_to_the_last(idle):
    with Client(idle.address) as client:
        ids = {client.scrape({**SPEC, "seed": seed}).id for seed in range(55)}

        assert {job.id for job in client.list_jobs()} == ids
        assert len(list(client.list_jobs(state=job_pb2.JOB_STATE_QUEUED, stage="scrape"))) == 55
        assert list(client.list_jobs(state=job_pb2.JOB_STATE_RUNNING)) == []


def test_a_token_is_wanted_and_sent(tmp_path):
    service = SmallService(tmp_path / "home", runs=False, token="a-token-of-the-test")
    try:
        with Client(service.address) as stranger:
            stranger.check_health()
            with pytest.raises(Unauthenticated, match="SOLULU_TOKEN"):
                list(stranger.list_jobs())
        with Client(service.address, token="a-token-of-the-test") as friend:
            assert list(friend.list_jobs()) == []
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        ("10.0.0.1:1", False),
        ("solulu.example:1", False),
    ],
)
def test_only_this_machine_is_reached_without_a_proxy(address, expected):
    assert is_loopback(address) is expected
