"""Typed calls to every service behind one address, and handles that follow jobs until they end.

A handle survives the server: it watches again from the latest snapshot when a stream breaks, because a job lives in the
table and not in a connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from solulu.client.channel import Channel
from solulu.core import rules
from solulu.core.errors import JobError, NotFound, Transient
from solulu.core.specs import STAGE_SERVICES, stage_method
from solulu.v1 import (
    artifact_pb2,
    artifact_pb2_grpc,
    curator_pb2,
    evaluator_pb2,
    generator_pb2,
    job_pb2,
    job_pb2_grpc,
    judge_pb2,
    scraper_pb2,
    serving_pb2,
    serving_pb2_grpc,
    trainer_pb2,
)

Json = Mapping[str, Any]
"""A message as protobuf JSON, in place of the message."""
MessageT = TypeVar("MessageT", bound=Message)

WATCH_SECONDS = 60.0
"""A watch is asked for anew this often, so that a connection that died unnoticed costs no more."""
SUBMIT_SECONDS = 600.0
"""Resolving digests models and folders, which takes a while."""
ROWS_A_PAGE = 1000
ENDED = (job_pb2.JOB_STATE_SUCCEEDED, job_pb2.JOB_STATE_FAILED, job_pb2.JOB_STATE_CANCELLED)


class Client:
    """All that can be asked of a server. May be used by several threads; close it, or use it in a `with`.

    Every method raises the errors of core.errors: InvalidArgument with field violations, NotFound, Conflict and so on;
    `Unreachable` where nothing answers for `patience_seconds`.
    """

    def __init__(
        self, address: str, token: str = "", authority: Path | None = None, patience_seconds: float = 60.0
    ) -> None:
        """`address` is `host:port`; with an `authority` (a PEM file) the connection is TLS."""
        self.address = address
        self.token = token
        self._channel = Channel(address, token, authority, patience_seconds)
        self._jobs = self._stub(job_pb2_grpc.JobServiceStub)
        self._artifacts = self._stub(artifact_pb2_grpc.ArtifactServiceStub)
        self._serving = self._stub(serving_pb2_grpc.ServingServiceStub)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def check_health(self, timeout_seconds: float = 5) -> None:
        """Asks the server once whether it serves. Raises Unreachable, or Transient if it does not."""
        answer = self._channel.call(
            self._stub(health_pb2_grpc.HealthStub).Check,
            health_pb2.HealthCheckRequest(),
            timeout_seconds,
            retried=False,
        )
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise Transient(f"the server at {self.address} is not serving (yet); try again, or look into its log")

    def _stub(self, kind: Any) -> Any:
        return kind(self._channel.grpc)

    # Stages

    def submit(
        self, stage: str, spec: Message | Json, inputs: Message | Json | None = None, run: Message | Json | None = None
    ) -> JobHandle:
        """Submits a job of a stage by name and returns it at once; the job of the same key, if there is one. A job that
        is being cancelled is waited for, and continued by a new one."""
        method = stage_method(STAGE_SERVICES[stage])
        request = method.request()
        for name, value in (("spec", spec), ("inputs", inputs), ("run", run)):
            field = request.DESCRIPTOR.fields_by_name.get(name)
            if value is not None and field is not None:
                part = getattr(request, name)
                part.SetInParent()
                part.CopyFrom(value if isinstance(value, Message) else rules.parse_json(value, type(part), name))
        rules.validate(request)
        send = self._channel.grpc.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        while True:
            handle = JobHandle(self, self._channel.call(send, request, SUBMIT_SECONDS).job)
            if handle.job.state != job_pb2.JOB_STATE_CANCELLING:
                return handle
            for _ in handle.watch():
                pass

    def scrape(self, spec: scraper_pb2.ScrapeSpec | Json, run: job_pb2.RunOptions | Json | None = None) -> JobHandle:
        """Cuts contexts out of sources."""
        return self.submit("scrape", spec, None, run)

    def generate(
        self,
        spec: generator_pb2.GenerateSpec | Json,
        inputs: generator_pb2.GenerateInputs | Json,
        run: job_pb2.RunOptions | Json | None = None,
    ) -> JobHandle:
        """Lets a panel write hard negatives."""
        return self.submit("generate", spec, inputs, run)

    def judge(
        self,
        spec: judge_pb2.JudgeSpec | Json,
        inputs: judge_pb2.JudgeInputs | Json,
        run: job_pb2.RunOptions | Json | None = None,
    ) -> JobHandle:
        """Measures fool rates."""
        return self.submit("judge", spec, inputs, run)

    def curate(
        self,
        spec: curator_pb2.CurateSpec | Json,
        inputs: curator_pb2.CurateInputs | Json,
        run: job_pb2.RunOptions | Json | None = None,
    ) -> JobHandle:
        """Chooses the pairs of the dataset."""
        return self.submit("curate", spec, inputs, run)

    def train(
        self,
        spec: trainer_pb2.TrainSpec | Json,
        inputs: trainer_pb2.TrainInputs | Json,
        run: job_pb2.RunOptions | Json | None = None,
    ) -> JobHandle:
        """Fine-tunes a model."""
        return self.submit("train", spec, inputs, run)

    def evaluate(
        self,
        spec: evaluator_pb2.EvaluateSpec | Json,
        inputs: evaluator_pb2.EvaluateInputs | Json | None = None,
        run: job_pb2.RunOptions | Json | None = None,
    ) -> JobHandle:
        """Measures models."""
        return self.submit("evaluate", spec, inputs, run)

    # Jobs

    def get_job(self, job_id: str) -> job_pb2.Job:
        """A job by its id or a unique prefix of at least 8 characters."""
        return self._channel.call(self._jobs.GetJob, job_pb2.GetJobRequest(id=job_id)).job

    def job(self, job_id: str) -> JobHandle:
        """A handle on a job that was submitted before."""
        return JobHandle(self, self.get_job(job_id))

    def list_jobs(
        self, state: job_pb2.JobState | None = None, stage: str = "", labels: Mapping[str, str] | None = None
    ) -> Iterator[job_pb2.Job]:
        """Jobs, newest first; filters are ANDed."""
        request = job_pb2.ListJobsRequest(state=state, stage=stage, labels=labels)
        while True:
            page = self._channel.call(self._jobs.ListJobs, request)
            yield from page.jobs
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def watch_job(self, job_id: str) -> Iterator[job_pb2.Job]:
        """Snapshots of a job, the latest first, until it has ended; goes on where the server restarts."""
        request, attempts = job_pb2.WatchJobRequest(id=job_id), self._channel.attempts()
        while True:
            try:
                for answer in self._channel.stream(self._jobs.WatchJob, request, WATCH_SECONDS):
                    attempts = self._channel.attempts()
                    yield answer.job
                    if answer.job.state in ENDED:
                        return
            except Transient:  # the server is away, or the watch has reached its own deadline
                if not next(attempts).may_go_on:
                    raise
            next(attempts).wait()

    def cancel_job(self, job_id: str) -> job_pb2.Job:
        """Asks a job to stop; one that has ended stays as it is."""
        return self._channel.call(self._jobs.CancelJob, job_pb2.CancelJobRequest(id=job_id)).job

    def delete_job(self, job_id: str) -> None:
        """Removes an ended job from the table; its artifact stays."""
        self._channel.call(self._jobs.DeleteJob, job_pb2.DeleteJobRequest(id=job_id), retried=False)

    def job_logs(self, job_id: str) -> list[job_pb2.LogRecord]:
        """The job's last log records, oldest first."""
        return list(self._channel.call(self._jobs.GetJobLogs, job_pb2.GetJobLogsRequest(id=job_id)).records)

    # Artifacts

    def get_artifact(self, reference: str) -> artifact_pb2.Artifact:
        """An artifact by its reference, or a unique prefix of its key."""
        return self._channel.call(
            self._artifacts.GetArtifact, artifact_pb2.GetArtifactRequest(reference=reference)
        ).artifact

    def list_artifacts(self, kind: str = "") -> Iterator[artifact_pb2.Artifact]:
        """Artifacts, newest first."""
        request = artifact_pb2.ListArtifactsRequest(kind=kind)
        while True:
            page = self._channel.call(self._artifacts.ListArtifacts, request)
            yield from page.artifacts
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def read_rows(
        self, reference: str, offset: int = 0, limit: int | None = None, columns: Iterable[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Rows in the artifact's order, read page by page."""
        remaining = limit
        while remaining is None or remaining > 0:
            size = ROWS_A_PAGE if remaining is None else min(ROWS_A_PAGE, remaining)
            request = artifact_pb2.ReadRowsRequest(
                reference=reference, offset=offset, limit=size, columns=list(columns)
            )
            rows = self._page(request)
            yield from rows
            if len(rows) < size:
                return
            offset += size
            remaining = None if remaining is None else remaining - size

    def read_row(self, reference: str, row_id: str) -> dict[str, Any]:
        """The row with this id. Raises NotFound."""
        return self._page(artifact_pb2.ReadRowsRequest(reference=reference, row_id=row_id))[0]

    def _page(self, request: artifact_pb2.ReadRowsRequest) -> list[dict[str, Any]]:
        answers = self._channel.gather(self._artifacts.ReadRows, request)
        return [rules.whole_numbers(json_format.MessageToDict(answer.row)) for answer in answers]

    def read_file(self, reference: str, path: str) -> bytes:
        """The bytes of one file of an artifact. Raises NotFound where its manifest does not list it."""
        request = artifact_pb2.ReadFileRequest(reference=reference, path=path)
        return b"".join(answer.data for answer in self._channel.gather(self._artifacts.ReadFile, request))

    def verify_artifact(self, reference: str) -> list[str]:
        """What is wrong with an artifact's files, one sentence each; reads them all."""
        request = artifact_pb2.VerifyArtifactRequest(reference=reference)
        return list(self._channel.call(self._artifacts.VerifyArtifact, request, timeout_seconds=3600).problems)

    def delete_artifact(self, reference: str) -> None:
        """Removes an artifact."""
        request = artifact_pb2.DeleteArtifactRequest(reference=reference)
        self._channel.call(self._artifacts.DeleteArtifact, request, timeout_seconds=600, retried=False)

    # Serving

    def deploy(self, name: str, model: str) -> serving_pb2.Endpoint:
        """Applies the state of an endpoint and returns at once: `model` is an artifact's reference or a model's URI."""
        request = serving_pb2.DeployRequest(name=name, model=model)
        return self._channel.call(self._serving.Deploy, request, timeout_seconds=600).endpoint

    def wait_until_ready(self, name: str, timeout_seconds: float = 3600) -> serving_pb2.Endpoint:
        """The endpoint, once it answers; a pool may have to grow first. Raises JobError where its model fails."""
        started = time.monotonic()
        while (elapsed := time.monotonic() - started) < timeout_seconds:
            found = next((endpoint for endpoint in self.endpoints() if endpoint.name == name), None)
            if found is None:
                raise NotFound(f"there is no endpoint {name}; `solulu deploy` makes one")
            if found.state == serving_pb2.ENDPOINT_STATE_READY:
                return found
            if found.state == serving_pb2.ENDPOINT_STATE_FAILED:
                raise JobError(f"endpoint {name} failed: {found.message}")
            time.sleep(min(0.1 + elapsed / 50, 1.0))
        raise JobError(f"endpoint {name} has not become ready in {timeout_seconds:.0f} s; the server's log tells more")

    def undeploy(self, name: str) -> None:
        """Removes an endpoint."""
        self._channel.call(self._serving.Undeploy, serving_pb2.UndeployRequest(name=name), timeout_seconds=120)

    def endpoints(self) -> list[serving_pb2.Endpoint]:
        """The endpoints there are."""
        return list(self._channel.call(self._serving.ListEndpoints, serving_pb2.ListEndpointsRequest()).endpoints)

    def complete(self, request: serving_pb2.CompleteRequest | Json) -> serving_pb2.CompleteResponse:
        """Completes one hole."""
        return self._channel.call(self._serving.Complete, _message(request, serving_pb2.CompleteRequest), 600)

    def check(self, request: serving_pb2.CheckRequest | Json) -> list[serving_pb2.Verdict]:
        """The static verdict on completions, one a case."""
        answer = self._channel.call(self._serving.Check, _message(request, serving_pb2.CheckRequest), 600)
        return list(answer.verdicts)


class JobHandle:
    """A submitted job. `job` is the latest snapshot that this handle has seen, `reused` whether it had succeeded before
    it was submitted."""

    def __init__(self, client: Client, job: job_pb2.Job) -> None:
        self.client = client
        self.job = job
        self.reused = job.reused

    @property
    def id(self) -> str:
        """The job's id."""
        return self.job.id

    @property
    def has_ended(self) -> bool:
        """Whether the latest snapshot is the last one."""
        return self.job.state in ENDED

    def watch(self) -> Iterator[job_pb2.Job]:
        """Snapshots until the job has ended, the present one first."""
        if self.has_ended:
            yield self.job
            return
        for job in self.client.watch_job(self.id):
            job.reused = self.reused
            self.job = job
            yield job

    def wait(self, on_progress: Callable[[job_pb2.Job], None] | None = None) -> artifact_pb2.Artifact:
        """The job's artifact, once it has succeeded. Raises JobError with the job's own message if it failed, or was
        cancelled."""
        for job in self.watch():
            if on_progress:
                on_progress(job)
        if self.job.state == job_pb2.JOB_STATE_FAILED:
            raise JobError(f"{self.job.error} ({self.job.stage} job {self.id[:8]} failed)")
        if self.job.state == job_pb2.JOB_STATE_CANCELLED:
            raise JobError(f"{self.job.stage} was cancelled (job {self.id}); submit it again to continue it")
        return self.client.get_artifact(self.job.artifact)

    def cancel(self) -> job_pb2.Job:
        """Asks the job to stop."""
        return self.client.cancel_job(self.id)

    def logs(self) -> list[job_pb2.LogRecord]:
        """The job's last log records, oldest first."""
        return self.client.job_logs(self.id)


def _message(value: MessageT | Json, kind: type[MessageT]) -> MessageT:
    """The message itself, or the one that JSON describes; its rules are checked before anything is sent."""
    message = value if isinstance(value, kind) else rules.parse_json(value, kind)
    rules.validate(message)
    return message
