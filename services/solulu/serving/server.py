"""KServe's server with an address of our choice, which says when it answers and ends without losing a request.

KServe itself binds every interface, and on SIGTERM it would close at once, while a cluster's nodes still send requests
here. For some seconds more all are answered, each with the word that this connection closes; then what has begun is
finished.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import kserve

from solulu.serving.deploy import LONGEST_ANSWER_SECONDS


class Server(kserve.ModelServer):
    """Serves models over HTTP until SIGTERM, and `drain_seconds` more."""

    def __init__(self, host: str, port: int, ready_file: Path | None, drain_seconds: float) -> None:
        super().__init__(
            http_port=port, enable_grpc=False, enable_latency_logging=False, grace_period=LONGEST_ANSWER_SECONDS
        )
        self._host, self._ready_file, self._drain_seconds = host, ready_file, drain_seconds

    async def _serve(self) -> None:
        rest = self._rest_server
        assert rest is not None
        rest.config.host = self._host
        serving = asyncio.ensure_future(super()._serve())
        while not rest._server.started and not serving.done():
            await asyncio.sleep(0.02)
        if rest._server.started:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._drain)
            self._announce(rest._server.servers[0].sockets[0].getsockname()[1])
        await serving

    def _drain(self) -> None:
        rest = self._rest_server
        assert rest is not None
        rest.config.encoded_headers.append((b"connection", b"close"))
        asyncio.get_running_loop().call_later(self._drain_seconds, setattr, rest._server, "should_exit", True)

    def _announce(self, port: int) -> None:
        host = f"[{self._host}]" if ":" in self._host else self._host
        url = f"http://{host}:{port}"
        sys.stderr.write(f"serving at {url}\n")
        if self._ready_file:
            scratch = self._ready_file.with_suffix(".tmp")
            scratch.write_text(url, encoding="utf-8")
            scratch.rename(self._ready_file)
