"""A gRPC server for any set of services, with health and reflection.

It binds loopback freely; any other address needs a token, because whoever reaches it may spend money and read code.
"""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from solulu.core.errors import InvalidArgument, JobError
from solulu.core.metrics import METRICS
from solulu.core.rpc.interceptor import Interceptor
from solulu.core.settings import Settings

_THREADS = 128
"""Each watcher holds one; a call beyond them is refused rather than left waiting."""
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class Server:
    """A gRPC server; services are added between making and starting it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names: list[str] = [reflection.SERVICE_NAME, health.SERVICE_NAME]
        self.grpc = grpc.server(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="rpc"),
            interceptors=[Interceptor(settings.token.get_secret_value())],
            maximum_concurrent_rpcs=_THREADS,
            options=[
                ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ],
        )
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self.grpc)

    def add_name(self, service: str) -> None:
        """`service` is served: reflection lists it, health answers for it, its metrics stand at 0."""
        self._names.append(service)
        METRICS.declare_service(service)

    def start(self, address: str) -> str:
        """Binds `host:port` (port 0 takes a free one), starts, and returns the address that was bound."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise InvalidArgument(f"address {address!r}: give HOST:PORT, such as 127.0.0.1:7333")
        if not _is_loopback(host) and not self._settings.token.get_secret_value():
            raise InvalidArgument(
                f"refusing to listen on {address} without a token; set SOLULU_TOKEN, or bind 127.0.0.1"
            )
        reflection.enable_server_reflection(self._names, self.grpc)
        try:
            bound = self._bind(address)
        except RuntimeError as error:
            raise JobError(f"cannot listen on {address}: {error}; is another server running there?") from error
        self.grpc.start()
        for name in ("", *self._names):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        return f"{host}:{bound}"

    def stop(self, grace_seconds: float) -> None:
        """Says NOT_SERVING, lets calls end for a while, and returns when all have."""
        self._health.enter_graceful_shutdown()
        self.grpc.stop(grace_seconds).wait()

    def _bind(self, address: str) -> int:
        certificate, key = self._settings.tls_certificate, self._settings.tls_key
        if not certificate and not key:
            return self.grpc.add_insecure_port(address)
        if not certificate or not key:
            raise InvalidArgument("TLS needs both SOLULU_TLS_CERTIFICATE and SOLULU_TLS_KEY")
        try:
            pair = (key.read_bytes(), certificate.read_bytes())
        except OSError as error:
            raise InvalidArgument(f"TLS files cannot be read: {error}") from error
        return self.grpc.add_secure_port(address, grpc.ssl_server_credentials([pair]))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
