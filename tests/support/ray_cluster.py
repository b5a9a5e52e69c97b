"""A real Ray cluster of one node on loopback, in processes of its own as on a cluster."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.cluster import free_port


@contextlib.contextmanager
def running(num_workers: int) -> Iterator[str]:
    """The address of its client server; everything is ended at the end."""
    folder = Path(tempfile.mkdtemp(prefix="solulu-ray-"))
    client_port = free_port()
    command = [
        *(Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--disable-usage-stats"),
        *("--include-dashboard=false", f"--num-cpus={num_workers}", "--node-ip-address=127.0.0.1"),
        *(f"--port={free_port()}", f"--ray-client-server-port={client_port}", f"--temp-dir={folder}"),
        "--object-store-memory=100000000",
    ]
    # Workers import what the tests define; on a cluster all of it is in the image.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_listening(process, client_port, folder / "log")
        yield f"ray://127.0.0.1:{client_port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise RuntimeError(f"Ray does not start: {log.read_text(errors='replace')}")
