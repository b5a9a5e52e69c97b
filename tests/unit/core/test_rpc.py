"""The gRPC surface over a small stage: what a client of any language meets."""

from __future__ import annotations

import time

import grpc
import pytest
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from solulu.core import errors
from solulu.core.database import open_database
from solulu.core.errors import InvalidArgument
from solulu.core.jobs import JobTable
from solulu.core.logs import JobLogHandler
from solulu.core.metrics import METRICS
from solulu.core.rpc.artifacts import ArtifactServicer
from solulu.core.rpc.jobs import JobServicer
from solulu.core.rpc.server import Server
from solulu.core.rpc.stages import StageServicer
from solulu.core.rpc.status import from_rpc_error, to_status
from solulu.core.runner import Runner
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.v1 import artifact_pb2, artifact_pb2_grpc, job_pb2, job_pb2_grpc, scraper_pb2, scraper_pb2_grpc
from support.stages import Squaring


class Service:
    """One small service, up, with stubs to call it."""

    def __init__(self, home, runs=True, **settings):
        self.settings = Settings(home=home, workers=1, **settings)
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))
        self.runner = Runner(self.settings, self.store, self.table, [Squaring()] if runs else [])
        self.server = Server(self.settings)
        stage = StageServicer(Squaring(), self.settings, self.store, self.table, self.runner.wake if runs else print)
        self.server.grpc.add_generic_rpc_handlers((stage.handler(),))
        job_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(self.table), self.server.grpc)
        artifact_pb2_grpc.add_ArtifactServiceServicer_to_server(
            ArtifactServicer(self.store, self.table), self.server.grpc
        )
        self.server.add_name("solulu.v1.ScraperService")
        self.address = self.server.start("127.0.0.1:0")
        self.runner.start()
        self.channel = grpc.insecure_channel(self.address)
        self.scraper = scraper_pb2_grpc.ScraperServiceStub(self.channel)
        self.jobs = job_pb2_grpc.JobServiceStub(self.channel)
        self.artifacts = artifact_pb2_grpc.ArtifactServiceStub(self.channel)

    def stop(self):
        self.channel.close()
        self.runner.stop()
        self.server.stop(0)

    def submit(self, units=2, **run):
        spec = scraper_pb2.ScrapeSpec(sources=["folder:none"], max_contexts=units, max_contexts_per_file=3)
        return self.scraper.Scrape(scraper_pb2.ScrapeRequest(spec=spec, run=job_pb2.RunOptions(**run))).job

    def finish(self, job):
        *_, last = self.jobs.WatchJob(job_pb2.WatchJobRequest(id=job.id), timeout=60)
        return last.job


@pytest.fixture
def service(tmp_path, database_url):
    service = Service(tmp_path / "home", database=database_url)
    yield service
    service.stop()


@pytest.fixture
def idle(tmp_path, database_url):
    """The same, with nobody working on the jobs."""
    service = Service(tmp_path / "home", runs=False, database=database_url)
    yield service
    service.stop()


def failure(call, *arguments, **options):
    """The error of a call that must fail, be it one answer or a stream."""
    try:
        result = call(*arguments, **options)
        pytest.fail(f"it answered {list(result) if hasattr(result, '__iter__') else result}")
    except grpc.RpcError as error:
        return error


def test_a_job_is_submitted_watched_and_its_rows_read(service):
    done = service.finish(service.submit())
    rows = [r.row for r in service.artifacts.ReadRows(artifact_pb2.ReadRowsRequest(reference=done.artifact))]

    assert done.state == job_pb2.JOB_STATE_SUCCEEDED
    assert done.progress.num_rows == 6
    assert [row["value"] for row in rows] == [0, 1, 4, 9, 16, 25]


def test_the_answer_holds_the_resolved_spec_with_every_default(idle):
    job = idle.submit()

    assert job.spec["max_golden_chars"] == 400
    assert job.run.concurrency == 8


def test_a_retried_submit_returns_the_same_job_and_a_finished_one_is_reused(service):
    first = service.submit()
    second = service.submit()
    service.finish(first)
    third = service.submit()

    assert first.id == second.id == third.id
    assert third.reused


def test_run_options_do_not_change_the_key(idle):
    assert idle.submit(concurrency=1).key == idle.submit(concurrency=9, labels={"a": "b"}).key


def test_a_wrong_request_says_which_field_and_what_to_do(idle):
    request = scraper_pb2.ScrapeRequest(spec=scraper_pb2.ScrapeSpec(sources=["http://x"], max_contexts=-1))
    error = failure(idle.scraper.Scrape, request)
    ours = from_rpc_error(error)

    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert isinstance(ours, InvalidArgument)
    assert {violation.field for violation in ours.violations} == {"spec.sources[0]", "spec.max_contexts"}
    assert idle.jobs.ListJobs(job_pb2.ListJobsRequest()).jobs == []


def test_bytes_that_are_no_message_are_refused_and_the_server_lives(idle):
    raw = idle.channel.unary_unary("/solulu.v1.ScraperService/Scrape")

    assert failure(raw, b"\xff\xff\xff\xff").code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
    assert idle.submit().id


def test_unknown_methods_and_services_are_unimplemented(idle):
    for path in ("/solulu.v1.ScraperService/Nothing", "/solulu.v1.NoService/Nothing"):
        assert failure(idle.channel.unary_unary(path), b"").code() == grpc.StatusCode.UNIMPLEMENTED


def test_what_is_not_there_is_not_found(idle):
    assert failure(idle.jobs.GetJob, job_pb2.GetJobRequest(id="0" * 32)).code() == grpc.StatusCode.NOT_FOUND
    request = artifact_pb2.GetArtifactRequest(reference="scrape/" + "0" * 64)
    assert failure(idle.artifacts.GetArtifact, request).code() == grpc.StatusCode.NOT_FOUND


def test_a_watcher_hears_of_a_cancellation(idle):
    job = idle.submit()
    stream = idle.jobs.WatchJob(job_pb2.WatchJobRequest(id=job.id), timeout=30)
    first = next(stream).job
    idle.jobs.CancelJob(job_pb2.CancelJobRequest(id=job.id))

    assert first.state == job_pb2.JOB_STATE_QUEUED
    assert [snapshot.job.state for snapshot in stream] == [job_pb2.JOB_STATE_CANCELLED]


def test_a_watcher_who_leaves_is_no_error_of_the_server(idle):
    def watches(code):
        labels = {"service": "solulu.v1.JobService", "method": "WatchJob", "code": code}
        return METRICS.registry.get_sample_value("solulu_rpc_requests_total", labels) or 0

    before = watches("CANCELLED"), watches("UNKNOWN")
    stream = idle.jobs.WatchJob(job_pb2.WatchJobRequest(id=idle.submit().id), timeout=30)
    next(stream)
    stream.cancel()
    end = time.monotonic() + 20
    while watches("CANCELLED") == before[0] and time.monotonic() < end:
        time.sleep(0.05)

    assert (watches("CANCELLED"), watches("UNKNOWN")) == (before[0] + 1, before[1])


def test_a_deadline_ends_a_watch(idle):
    request = job_pb2.WatchJobRequest(id=idle.submit().id)

    assert failure(idle.jobs.WatchJob, request, timeout=0.5).code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_pages_of_jobs_join_without_gap_or_repetition(idle):
    ids = [idle.submit(units=n).id for n in range(1, 6)]
    seen, token = [], ""
    while True:
        page = idle.jobs.ListJobs(job_pb2.ListJobsRequest(page_size=2, page_token=token))
        seen += [job.id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break

    assert seen == ids[::-1]
    bad = failure(idle.jobs.ListJobs, job_pb2.ListJobsRequest(page_token="nonsense"))
    assert bad.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_live_job_and_an_artifact_in_use_are_not_deleted(service, idle):
    live = idle.submit()
    assert (
        failure(idle.jobs.DeleteJob, job_pb2.DeleteJobRequest(id=live.id)).code() == grpc.StatusCode.FAILED_PRECONDITION
    )


def test_an_artifact_is_verified_read_by_row_and_deleted(service):
    done = service.finish(service.submit())
    reference = done.artifact[: len("scrape/") + 10]
    verified = service.artifacts.VerifyArtifact(artifact_pb2.VerifyArtifactRequest(reference=reference))
    (row,) = service.artifacts.ReadRows(
        artifact_pb2.ReadRowsRequest(reference=reference, row_id="000004", columns=["value"])
    )
    service.artifacts.DeleteArtifact(artifact_pb2.DeleteArtifactRequest(reference=reference))

    assert (verified.num_files, list(verified.problems)) == (2, [])
    assert dict(row.row) == {"value": 16.0}
    assert not service.artifacts.ListArtifacts(artifact_pb2.ListArtifactsRequest()).artifacts


def test_a_damaged_artifact_is_data_loss_and_the_file_is_named(service):
    done = service.finish(service.submit())
    part = next(name for name in service.store.list(done.artifact) if "part-" in name)
    service.store.put(part, b"other bytes")
    error = failure(service.artifacts.ReadRows, artifact_pb2.ReadRowsRequest(reference=done.artifact))

    assert error.code() == grpc.StatusCode.DATA_LOSS
    assert "part-" in error.details()


def test_a_job_keeps_its_logs(service, caplog):
    caplog.set_level("INFO")
    handler = JobLogHandler(service.table.add_log)
    done = service.finish(service.submit())
    handler.close()
    records = service.jobs.GetJobLogs(job_pb2.GetJobLogsRequest(id=done.id)).records

    assert "started" in records[0].message
    assert records[-1].message == "succeeded"


def test_health_and_reflection_answer(service):
    health = health_pb2_grpc.HealthStub(service.channel)
    names = ProtoReflectionDescriptorDatabase(service.channel).get_services()

    for name in ("", "solulu.v1.ScraperService"):
        assert (
            health.Check(health_pb2.HealthCheckRequest(service=name)).status == health_pb2.HealthCheckResponse.SERVING
        )
    assert "solulu.v1.ScraperService" in names


def test_a_server_with_a_token_answers_nobody_without_it(tmp_path):
    service = Service(tmp_path / "home", token="open sesame")
    try:
        request = job_pb2.ListJobsRequest()
        good = [("authorization", "Bearer open sesame")]
        bad = [("authorization", "Bearer open")]

        assert failure(service.jobs.ListJobs, request).code() == grpc.StatusCode.UNAUTHENTICATED
        assert failure(service.jobs.ListJobs, request, metadata=bad).code() == grpc.StatusCode.UNAUTHENTICATED
        watch = job_pb2.WatchJobRequest(id="0" * 32)
        assert failure(service.jobs.WatchJob, watch).code() == grpc.StatusCode.UNAUTHENTICATED
        assert service.jobs.ListJobs(request, metadata=good).jobs == []
        assert health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest())
    finally:
        service.stop()


def test_a_public_address_without_a_token_is_refused(tmp_path):
    server = Server(Settings(home=tmp_path))

    for address in ("0.0.0.0:0", "[::]:0", "example.org:80"):
        with pytest.raises(InvalidArgument, match="without a token"):
            server.start(address)
    with pytest.raises(InvalidArgument, match="HOST:PORT"):
        server.start("7333")


def test_an_address_in_use_is_said_to_be(service, tmp_path):
    with pytest.raises(errors.JobError, match="another server"):
        Server(Settings(home=tmp_path)).start(service.address)


def test_many_violations_are_cut_to_what_a_client_accepts(idle):
    request = scraper_pb2.ScrapeRequest(spec=scraper_pb2.ScrapeSpec(sources=["x" * 2000] * 5000))
    error = failure(idle.scraper.Scrape, request)

    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert len(from_rpc_error(error).violations) == 16


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidArgument("x", [errors.FieldViolation("spec.a", "is bad")]), errors.NotFound("x"),
        errors.Conflict("x"), errors.Unauthenticated("x"), errors.PermissionDenied("x"), errors.Transient("x", 3.0),
        errors.CorruptArtifact("x"), errors.JobError("x"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_an_error_arrives_as_the_class_that_was_raised(error, tmp_path):
    class Raising(JobServicer):
        def GetJob(self, request, context):
            raise error

    server = Server(Settings(home=tmp_path))
    job_pb2_grpc.add_JobServiceServicer_to_server(Raising(None), server.grpc)
    address = server.start("127.0.0.1:0")
    try:
        with grpc.insecure_channel(address) as channel:
            caught = failure(job_pb2_grpc.JobServiceStub(channel).GetJob, job_pb2.GetJobRequest(id="x"))
    finally:
        server.stop(0)

    assert type(from_rpc_error(caught)) is type(error)
    assert to_status(error).message == "x"


def test_an_unknown_error_is_internal_with_a_number_and_no_traceback(tmp_path):
    class Broken(JobServicer):
        def GetJob(self, request, context):
            raise KeyError("a private detail")

    server = Server(Settings(home=tmp_path))
    job_pb2_grpc.add_JobServiceServicer_to_server(Broken(None), server.grpc)
    address = server.start("127.0.0.1:0")
    try:
        with grpc.insecure_channel(address) as channel:
            caught = failure(job_pb2_grpc.JobServiceStub(channel).GetJob, job_pb2.GetJobRequest(id="x"))
    finally:
        server.stop(0)

    assert caught.code() == grpc.StatusCode.INTERNAL
    assert "private" not in caught.details()


def test_calls_are_counted_by_service_method_and_code(service):
    def count(code):
        labels = {"service": "solulu.v1.JobService", "method": "GetJob", "code": code}
        return METRICS.registry.get_sample_value("solulu_rpc_requests_total", labels) or 0

    before = count("NOT_FOUND")
    failure(service.jobs.GetJob, job_pb2.GetJobRequest(id="0" * 32))
    deadline = time.monotonic() + 5
    while count("NOT_FOUND") == before and time.monotonic() < deadline:
        time.sleep(0.01)

    assert count("NOT_FOUND") == before + 1


def test_every_stage_service_has_the_one_form():
    for name in ("Scraper", "Generator", "Judge", "Curator", "Trainer", "Evaluator"):
        (method,) = descriptor_pool.Default().FindServiceByName(f"solulu.v1.{name}Service").methods
        assert {"spec", "run"} <= set(method.input_type.fields_by_name)
        assert set(method.output_type.fields_by_name) == {"job"}


def test_a_client_hears_that_the_database_is_away_and_may_ask_again(postgres_server, tmp_path):
    with postgres_server.database() as url:
        service = Service(tmp_path / "home", runs=False, database=url)
        job = service.submit()
        postgres_server.stop()
        error = failure(service.jobs.GetJob, job_pb2.GetJobRequest(id=job.id))
        postgres_server.start()
        again = service.jobs.GetJob(job_pb2.GetJobRequest(id=job.id)).job
        service.stop()

    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "the job database does not answer" in error.details()
    assert again.id == job.id
