"""One base class, and one place that says what each error means to a job and to a gRPC caller.

A message is for the person who has to act on it: what is wrong, where, and what to do. Whoever raises picks the class
by its effect (contracts.md, "Stage and runner"); nobody but this module knows status codes.
"""

from __future__ import annotations

from dataclasses import dataclass


class SoluluError(Exception):
    """Base of every error whose message may be shown to a user."""


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request that breaks a rule."""

    field: str
    """Path in the request, such as `spec.sources[2]`."""
    description: str


class InvalidArgument(SoluluError):
    """The request itself is wrong, whatever the state of the system."""

    def __init__(self, message: str, violations: list[FieldViolation] | None = None) -> None:
        super().__init__(message)
        self.violations = violations or []


class NotFound(SoluluError):
    """What the request names is not there."""


class Conflict(SoluluError):
    """The state of the system does not allow it now; another call has to come first."""


class Unauthenticated(SoluluError):
    """No token, or a wrong one."""


class PermissionDenied(SoluluError):
    """The settings forbid it: a local path outside the allowed roots, a private address."""


class Transient(SoluluError):
    """May pass: retried with jitter, then fatal to the job. `retry_after_seconds` is the peer's wish, if it had one."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RowError(SoluluError):
    """This row is bad: it becomes a drop with `reason`, and the job goes on."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class JobError(SoluluError):
    """No row can succeed (401, unknown model, empty panel, disk full): the job fails with this message."""


class CorruptArtifact(JobError):
    """A file of an artifact is missing, or its bytes are not the ones that its manifest lists."""
