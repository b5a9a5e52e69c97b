"""A real MinIO on loopback, for the tests of what stores artifacts in S3."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solulu.core.settings import Settings

DEFAULT_BIN = Path.home() / ".cache" / "solulu" / "bin"
"""Where `make minio` puts it, unless $SOLULU_TEST_BIN says otherwise."""


@dataclass(frozen=True)
class Minio:
    """A running server, and the keys to it."""

    endpoint: str
    access_key: str
    secret_key: str

    def settings(self, store: str) -> Settings:
        """Settings of a store on this server, such as `s3://bucket/prefix`."""
        return Settings.model_validate({"store": store, **self.environment(store, prefix="")})

    def environment(self, store: str, prefix: str = "SOLULU_") -> dict[str, str]:
        """The same for a process that the test starts."""
        values = {
            "store": store,
            "s3_endpoint": self.endpoint,
            "s3_access_key": self.access_key,
            "s3_secret_key": self.secret_key,
        }
        return {(prefix + name.upper() if prefix else name): value for name, value in values.items()}


def find() -> Path | None:
    """The server's binary: on PATH, in $SOLULU_TEST_BIN, or where `make minio` puts it."""
    folder = Path(os.environ.get("SOLULU_TEST_BIN") or DEFAULT_BIN)
    candidates = [shutil.which("minio"), shutil.which("minio", path=str(folder))]
    return next((Path(found) for found in candidates if found), None)


@contextlib.contextmanager
def running(binary: Path, data: Path, before: Minio | None = None) -> Iterator[Minio]:
    """A server on a free loopback port with its data under `data`, stopped at the end; or the one of `before` again."""
    data.mkdir(parents=True, exist_ok=True)
    server = before or Minio(f"http://127.0.0.1:{free_port()}", "test-" + secrets.token_hex(4), secrets.token_hex(16))
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(data),
        "MINIO_ROOT_USER": server.access_key,
        "MINIO_ROOT_PASSWORD": server.secret_key,
        "MINIO_UPDATE": "off",
        "MINIO_BROWSER": "off",
    }
    with (data / "log").open("wb") as log:
        command = [
            str(binary),
            "server",
            "--quiet",
            "--address",
            server.endpoint.removeprefix("http://"),
            str(data / "objects"),
        ]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_until_healthy(server, process, data / "log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: Minio, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            opener.open(f"{server.endpoint}/minio/health/cluster", timeout=2).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"MinIO does not become healthy: {log.read_text(errors='replace')}")
