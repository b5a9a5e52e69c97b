"""A server with one small stage behind the scraper's service, for the tests of whoever calls one."""

from __future__ import annotations

from pathlib import Path

from solulu.core.database import open_database
from solulu.core.jobs import JobTable
from solulu.core.rpc.artifacts import ArtifactServicer
from solulu.core.rpc.jobs import JobServicer
from solulu.core.rpc.server import Server
from solulu.core.rpc.stages import StageServicer
from solulu.core.runner import Runner
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.v1 import artifact_pb2_grpc, job_pb2_grpc
from support.stages import Squaring


class SmallService:
    """Runs `support.stages.Squaring`; with `runs=False` its jobs stay queued. May be stopped and started again."""

    def __init__(self, home: Path, runs: bool = True, **settings) -> None:
        self.settings = Settings(home=home, workers=1, **settings)
        self.address = "127.0.0.1:0"
        self._runs = runs
        self.start()

    def start(self) -> None:
        """Serves, at the address of the time before if there was one."""
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))
        self._runner = Runner(self.settings, self.store, self.table, [Squaring()] if self._runs else [])
        self._server = Server(self.settings)
        wake = self._runner.wake if self._runs else lambda _stage: None
        stage = StageServicer(Squaring(), self.settings, self.store, self.table, wake)
        self._server.grpc.add_generic_rpc_handlers((stage.handler(),))
        job_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(self.table), self._server.grpc)
        artifact_pb2_grpc.add_ArtifactServiceServicer_to_server(
            ArtifactServicer(self.store, self.table), self._server.grpc
        )
        self.address = self._server.start(self.address)
        self._runner.start()

    def stop(self) -> None:
        """Gives jobs back and stops."""
        self._runner.stop()
        self._server.stop(0)
        self.table.engine.dispose()
