"""One gRPC channel: deadlines, retries of what is safe, and statuses turned back into the errors of core.errors.

Almost every call may be sent twice: reads change nothing, and a job's key makes a second Submit find the first one's
job. So all calls but deletions are retried while the server cannot be reached.
"""

from __future__ import annotations

import ipaddress
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc

from solulu.core.errors import SoluluError, Transient
from solulu.core.rpc.status import from_rpc_error

MAX_MESSAGE_BYTES = 64 << 20
_AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
_CUT = ("RST_STREAM", "GOAWAY", "Stream removed")
"""Words of a call that a gateway cut off in the middle, because its connection to the service broke."""


class Unreachable(Transient):
    """No server answers at the address."""


class Channel:
    """A connection to one address."""

    def __init__(self, address: str, token: str, authority: Path | None, patience_seconds: float) -> None:
        self.address = address
        self._metadata = [("authorization", f"Bearer {token}")] if token else []
        self._patience_seconds = patience_seconds
        options = [
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.enable_http_proxy", int(not is_loopback(address))),
        ]
        if authority:
            credentials = grpc.ssl_channel_credentials(authority.read_bytes())
            self.grpc = grpc.secure_channel(address, credentials, options)
        else:
            self.grpc = grpc.insecure_channel(address, options)

    def call(self, method: Callable[..., Any], request: Any, timeout_seconds: float = 60, retried: bool = True) -> Any:
        """The answer of a unary method. Raises an error of core.errors, or Unreachable."""
        for attempt in self.attempts():
            try:
                return method(request, timeout=timeout_seconds, metadata=self._metadata)
            except grpc.RpcError as status:
                error = self.error(status)
                passes = isinstance(error, Unreachable) or status.code() == grpc.StatusCode.UNAVAILABLE
                if not (retried and passes and attempt.may_go_on):
                    raise error from status
                attempt.wait()
        raise AssertionError("attempts never end")

    def gather(self, method: Callable[..., Any], request: Any, timeout_seconds: float = 300) -> list[Any]:
        """All answers of a streaming method that ends by itself. Raises as `call` does."""
        return self.call(lambda sent, **how: list(method(sent, **how)), request, timeout_seconds)

    def stream(self, method: Callable[..., Any], request: Any, timeout_seconds: float) -> Iterator[Any]:
        """The answers of a streaming method, not retried. Raises as `call` does."""
        answers = method(request, timeout=timeout_seconds, metadata=self._metadata)
        try:
            yield from answers
        except grpc.RpcError as status:
            raise self.error(status) from status
        finally:
            answers.cancel()

    def attempts(self) -> Iterator[Attempt]:
        """Attempts with growing pauses, endless; each says whether there is still patience."""
        started, number = time.monotonic(), 0
        while True:
            yield Attempt(number, time.monotonic() - started < self._patience_seconds)
            number += 1

    def error(self, status: grpc.RpcError) -> SoluluError:
        """The error that a status stands for; Unreachable where it is the connection's own and no service's answer."""
        trailers: Any = status.trailing_metadata() or ()
        answered = any(name == "grpc-status-details-bin" for name, _ in trailers)
        is_cut = any(words in (status.details() or "") for words in _CUT)
        if (status.code() in _AWAY or is_cut) and not answered:
            return Unreachable(f"no server answers at {self.address}: {status.details()}")
        return from_rpc_error(status)

    def close(self) -> None:
        """Ends all calls."""
        self.grpc.close()


class Attempt:
    """One try of a call."""

    def __init__(self, number: int, may_go_on: bool) -> None:
        self.number = number
        self.may_go_on = may_go_on

    def wait(self) -> None:
        """Pauses before the next try: 0.1 s, doubled each time up to 2 s, with jitter."""
        time.sleep(min(0.1 * 2 ** min(self.number, 5), 2.0) * random.uniform(0.5, 1.5))


def is_loopback(address: str) -> bool:
    """Whether `host:port` is this machine's own."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
