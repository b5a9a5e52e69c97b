"""JobService: the job table for clients."""

from __future__ import annotations

import time
from collections.abc import Iterator

import grpc

from solulu.core import rules
from solulu.core.errors import InvalidArgument
from solulu.core.jobs import JobTable
from solulu.core.rpc.convert import job_message, timestamp
from solulu.v1 import job_pb2, job_pb2_grpc

_LOOK_SECONDS = 0.25


class JobServicer(job_pb2_grpc.JobServiceServicer):
    """Serves the shared job table."""

    def __init__(self, table: JobTable) -> None:
        self._table = table

    def GetJob(self, request: job_pb2.GetJobRequest, context: grpc.ServicerContext) -> job_pb2.GetJobResponse:
        """One job."""
        rules.validate(request)
        return job_pb2.GetJobResponse(job=job_message(self._table.get(request.id)))

    def ListJobs(self, request: job_pb2.ListJobsRequest, context: grpc.ServicerContext) -> job_pb2.ListJobsResponse:
        """A page of jobs, newest first."""
        rules.write_defaults(request)
        rules.validate(request)
        state = job_pb2.JobState.Name(request.state).removeprefix("JOB_STATE_") if request.state else ""
        if request.page_token and not request.page_token.isdigit():
            raise InvalidArgument("page_token is not one that ListJobs gave; leave it out for the first page")
        before = int(request.page_token) if request.page_token else None
        rows = self._table.page(state, request.stage, request.labels, request.page_size + 1, before)
        page = rows[: request.page_size]
        token = str(page[-1].number) if len(rows) > len(page) else ""
        return job_pb2.ListJobsResponse(jobs=[job_message(row) for row in page], next_page_token=token)

    def WatchJob(
        self, request: job_pb2.WatchJobRequest, context: grpc.ServicerContext
    ) -> Iterator[job_pb2.WatchJobResponse]:
        """Snapshots as the job changes, until it has ended or the caller goes."""
        rules.validate(request)
        seen = None
        while context.is_active():
            row = self._table.get(request.id)
            if row != seen:
                yield job_pb2.WatchJobResponse(job=job_message(row))
                seen = row
            if not row.is_live:
                return
            time.sleep(_LOOK_SECONDS)

    def CancelJob(self, request: job_pb2.CancelJobRequest, context: grpc.ServicerContext) -> job_pb2.CancelJobResponse:
        """Asks a job to stop."""
        rules.validate(request)
        return job_pb2.CancelJobResponse(job=job_message(self._table.cancel(request.id)))

    def DeleteJob(self, request: job_pb2.DeleteJobRequest, context: grpc.ServicerContext) -> job_pb2.DeleteJobResponse:
        """Forgets an ended job."""
        rules.validate(request)
        self._table.delete(request.id)
        return job_pb2.DeleteJobResponse()

    def GetJobLogs(
        self, request: job_pb2.GetJobLogsRequest, context: grpc.ServicerContext
    ) -> job_pb2.GetJobLogsResponse:
        """The job's last records."""
        rules.validate(request)
        records = [
            job_pb2.LogRecord(time=timestamp(when), level=level, message=message)
            for when, level, message in self._table.logs(request.id)
        ]
        return job_pb2.GetJobLogsResponse(records=records)
