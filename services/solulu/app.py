"""The one place where everything is wired: settings choose the adapters, and services get what they need.

`serve` runs any set of the seven services in this process. All seven in one process is the embedded form; one each,
over a shared store and database, is the cluster's.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from solulu.core import logs
from solulu.core.database import open_when_ready
from solulu.core.errors import InvalidArgument
from solulu.core.jobs import JobTable
from solulu.core.metrics import METRICS, start_metrics_server
from solulu.core.rpc import DEFAULT_ADDRESS
from solulu.core.rpc.artifacts import ArtifactServicer
from solulu.core.rpc.jobs import JobServicer
from solulu.core.rpc.server import Server
from solulu.core.rpc.stages import StageServicer
from solulu.core.runner import Runner
from solulu.core.settings import Settings
from solulu.core.stage import Stage
from solulu.core.store import open_store
from solulu.v1 import artifact_pb2_grpc, job_pb2_grpc, serving_pb2_grpc

STAGES = {
    "scraper": "solulu.scraper.stage:Scraping",
    "generator": "solulu.generator.stage:Generating",
    "judge": "solulu.judge.stage:Judging",
    "curator": "solulu.curator.stage:Curating",
    "trainer": "solulu.trainer.stage:Training",
    "evaluator": "solulu.evaluator.stage:Evaluating",
}
SERVICES = (*STAGES, "serving")
_GRACE_SECONDS = 5.0


class RunningServer:
    """Services that are up. `address` is where they listen."""

    def __init__(self, settings: Settings, services: Sequence[str], address: str) -> None:
        self._engine = open_when_ready(settings.database_url)
        self._store = open_store(settings)
        table = JobTable(self._engine)
        self._logs = logs.JobLogHandler(table.add_log, logs.known_secrets(settings))
        self._server = Server(settings)
        stages = [load_stage(STAGES[name]) for name in services if name in STAGES]
        self._runner = Runner(settings, self._store, table, stages)
        for stage in stages:
            servicer = StageServicer(stage, settings, self._store, table, self._runner.wake)
            self._server.grpc.add_generic_rpc_handlers((servicer.handler(),))
            self._server.add_name(stage.service)
        self._orphans = None
        if "trainer" in services and settings.pod_template:
            from solulu.trainer.orphans import Orphans

            self._orphans = Orphans(settings.pod_template, table)
        self._serving = None
        if "serving" in services:
            from solulu.serving.service import ServingService

            self._serving = ServingService(settings, self._store, self._engine)
            serving_pb2_grpc.add_ServingServiceServicer_to_server(self._serving, self._server.grpc)
            self._server.add_name("solulu.v1.ServingService")
        job_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(table), self._server.grpc)
        artifact_pb2_grpc.add_ArtifactServiceServicer_to_server(ArtifactServicer(self._store, table), self._server.grpc)
        self._server.add_name("solulu.v1.JobService")
        self._server.add_name("solulu.v1.ArtifactService")
        METRICS.watch_jobs(table.counts)
        for endpoint in settings.endpoints:
            METRICS.declare_endpoint(endpoint)
        host = address.rpartition(":")[0].strip("[]") or "127.0.0.1"
        self._metrics = start_metrics_server(settings.metrics_port, host) if settings.metrics_port else None
        self.address = self._server.start(address)
        self._runner.start()

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Gives back the jobs in hand, ends the calls, and stops what was started."""
        self._runner.stop()
        if self._orphans is not None:
            self._orphans.stop()
        self._server.stop(grace_seconds)
        if self._serving is not None:
            self._serving.close()
        if self._metrics is not None:
            self._metrics.close()
        METRICS.watch_jobs(None)
        self._logs.close()
        self._engine.dispose()


def serve(settings: Settings, services: Sequence[str] = SERVICES, address: str = DEFAULT_ADDRESS) -> RunningServer:
    """Starts services in this process. Raises InvalidArgument for an unknown name or an address that is not allowed."""
    if unknown := sorted(set(services) - set(SERVICES)):
        raise InvalidArgument(f"there is no service {', '.join(unknown)}; choose from {', '.join(SERVICES)}")
    return RunningServer(settings, services, address)


def load_stage(place: str) -> Stage:
    """The stage at `module:Class`, imported now and not before, so that a service loads only its own libraries."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)()
