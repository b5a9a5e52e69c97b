"""Our errors as gRPC statuses with google.rpc details, and back again.

Both directions stand here, so a client raises the very class that the service did.
"""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from solulu.core import errors
from solulu.core.errors import FieldViolation, SoluluError

DOMAIN = "solulu.dev"
_MAX_VIOLATIONS = 16
_MAX_CHARS = 1000
"""gRPC clients refuse trailers of over 8 KB, so details are cut to fit."""

_CODES: dict[type[SoluluError], int] = {
    errors.InvalidArgument: code_pb2.INVALID_ARGUMENT,
    errors.NotFound: code_pb2.NOT_FOUND,
    errors.Conflict: code_pb2.FAILED_PRECONDITION,
    errors.Unauthenticated: code_pb2.UNAUTHENTICATED,
    errors.PermissionDenied: code_pb2.PERMISSION_DENIED,
    errors.Transient: code_pb2.UNAVAILABLE,
    errors.CorruptArtifact: code_pb2.DATA_LOSS,
    errors.JobError: code_pb2.FAILED_PRECONDITION,
    errors.RowError: code_pb2.INVALID_ARGUMENT,
}
_CLASSES: dict[str, type[SoluluError]] = {cls.__name__: cls for cls in _CODES}
_BY_CODE: dict[int, type[SoluluError]] = {code: cls for cls, code in reversed(_CODES.items())}


def to_status(error: SoluluError) -> status_pb2.Status:
    """The status that tells a caller about `error`."""
    cls = next((cls for cls in type(error).__mro__ if cls in _CODES), errors.JobError)
    status = status_pb2.Status(code=_CODES[cls], message=_cut(str(error)))
    _add(status, error_details_pb2.ErrorInfo(reason=cls.__name__, domain=DOMAIN))
    if isinstance(error, errors.InvalidArgument) and error.violations:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=_cut(v.field, 200), description=_cut(v.description, 200))
            for v in error.violations[:_MAX_VIOLATIONS]
        ]
        _add(status, error_details_pb2.BadRequest(field_violations=violations))
    if isinstance(error, errors.Transient):
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int((error.retry_after_seconds or 1.0) * 1000))
        _add(status, error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def internal(number: str) -> status_pb2.Status:
    """The status of an unknown error: its number, and where to look for the rest."""
    return status_pb2.Status(
        code=code_pb2.INTERNAL, message=f"internal error {number}; the server's log has the traceback"
    )


def from_rpc_error(error: grpc.RpcError) -> SoluluError:
    """The error that a failed call stands for, of the class the service raised where it was one of ours."""
    code, details = error.code(), error.details() or ""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # a failed call is both
    violations: list[FieldViolation] = []
    cls = _BY_CODE.get(code.value[0])
    for detail in status.details if status is not None else []:
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info) and info.domain == DOMAIN:
            cls = _CLASSES.get(info.reason, cls)
        elif detail.Unpack(request):
            violations += [FieldViolation(v.field, v.description) for v in request.field_violations]
    if cls is errors.InvalidArgument:
        return errors.InvalidArgument(details, violations)
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return errors.Transient(f"no answer in time: {details}")
    if cls is None:
        return errors.JobError(f"{code.name}: {details}")
    return cls(details)


def _add(
    status: status_pb2.Status,
    detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)


def _cut(text: str, limit: int = _MAX_CHARS) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
