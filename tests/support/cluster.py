"""Real processes: services started as a user starts them, each killable by its own process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from solulu.client import Client
from support.commands import COMMAND

START_SECONDS = 60.0


class ServiceProcess:
    """`solulu up` with some services, as a process of its own."""

    def __init__(self, home: Path, services: list[str], environment: dict[str, str] | None = None) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._home, self._services, self._environment = home, services, environment or {}
        self.process: subprocess.Popen | None = None

    def start(self) -> ServiceProcess:
        """Starts the process and returns once it is healthy."""
        command = [COMMAND, "up", "--address", self.address]
        for name in self._services:
            command += ["--service", name]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SOLULU_")},
            "SOLULU_HOME": str(self._home),
            **self._environment,
        }
        self._home.mkdir(parents=True, exist_ok=True)
        log = (self._home / f"{'-'.join(self._services)[:40]}.log").open("ab")
        self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the service is not healthy after {START_SECONDS} s:\n{self.log()}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """kill -9 of the process alone; its children have to notice by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def client(self, **options) -> Client:
        """A client of this process."""
        return Client(self.address, **options)

    def log(self) -> str:
        """What it wrote."""
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self._home.glob("*.log"))

    def descendants(self) -> list[int]:
        """Process ids of its children and theirs."""
        assert self.process is not None
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += (children := [int(child) for child in task.read_text().split()])
                found += children
        return found

    def _is_healthy(self) -> bool:
        with grpc.insecure_channel(self.address) as channel:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.RpcError:
                return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
