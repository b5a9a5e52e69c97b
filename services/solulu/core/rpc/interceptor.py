"""What every call has in common: the token, the request's metrics, and errors as statuses. Nothing else sees them."""

from __future__ import annotations

import hmac
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, cast

import grpc
from google.rpc import status_pb2
from grpc_status import rpc_status

from solulu.core.errors import SoluluError, Unauthenticated
from solulu.core.metrics import METRICS
from solulu.core.rpc.status import internal, to_status

_OPEN_TO_ALL = ("/grpc.health.v1.Health/",)

log = logging.getLogger(__name__)


class Interceptor(grpc.ServerInterceptor):
    """Guards, measures and translates every call. With an empty token everyone may call."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode() if token else b""

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:  # fmt: skip
        """Wraps the handler of one call."""
        handler = continuation(details)
        if handler is None:
            return None
        admitted = details.method.startswith(_OPEN_TO_ALL) or self._admits(details)
        wrap = _Call(details.method, admitted)
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(
                wrap.unary(handler.unary_unary), handler.request_deserializer, handler.response_serializer
            )
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                wrap.stream(handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        return handler if admitted else None

    def _admits(self, details: grpc.HandlerCallDetails) -> bool:
        if not self._expected:
            return True
        given = dict(details.invocation_metadata).get("authorization", "")
        return hmac.compare_digest(given.encode() if isinstance(given, str) else given, self._expected)


class _Call:
    """One method's wrapped handlers."""

    def __init__(self, method: str, admitted: bool) -> None:
        self._service, _, self._method = method.lstrip("/").partition("/")
        self._admitted = admitted

    def unary(self, handler: Callable[[Any, grpc.ServicerContext], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            with _Measured(self, context):
                self._check()
                return handler(request, context)

        return call

    def stream(self, handler: Callable[..., Any]) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
        def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with _Measured(self, context):
                self._check()
                yield from handler(request, context)

        return call

    def _check(self) -> None:
        if not self._admitted:
            raise Unauthenticated("this server wants a token: set SOLULU_TOKEN to the one it was started with")

    def observe(self, code: str, seconds: float) -> None:
        METRICS.rpc(self._service, self._method, code, seconds)


class _Measured:
    """Observes one call, and turns an error of ours, or an unknown one, into its status."""

    def __init__(self, call: _Call, context: grpc.ServicerContext) -> None:
        self._call, self._context = call, context

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        status: status_pb2.Status | None = None
        if isinstance(error, SoluluError):
            status = to_status(error)
        elif isinstance(error, Exception) and _code(self._context) is None:
            number = uuid.uuid4().hex[:12]
            log.error("internal error %s in %s", number, self._call._method, exc_info=error)
            status = internal(number)
        code = grpc.StatusCode.OK if error is None else (_code(self._context) or grpc.StatusCode.UNKNOWN)
        if isinstance(error, GeneratorExit) or (error is None and not self._context.is_active()):
            code = grpc.StatusCode.CANCELLED  # nobody listens any more
        if status is not None:
            code = rpc_status.to_status(status).code
        self._call.observe(code.name, time.monotonic() - self._start)
        if status is not None:
            self._context.abort_with_status(rpc_status.to_status(status))


def _code(context: grpc.ServicerContext) -> grpc.StatusCode | None:
    """The status that the handler set itself; the type stubs do not know that a context tells it."""
    return cast(Any, context).code()
