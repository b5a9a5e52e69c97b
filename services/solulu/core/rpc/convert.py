"""Job rows and manifests as the protos' messages."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2, timestamp_pb2

from solulu.core import rules
from solulu.core.artifacts import Manifest
from solulu.core.jobs import JobRow
from solulu.v1 import artifact_pb2, job_pb2


def job_message(row: JobRow) -> job_pb2.Job:
    """The job as clients see it."""
    return job_pb2.Job(
        id=row.id,
        stage=row.stage,
        stage_version=row.stage_version,
        state=f"JOB_STATE_{row.state}",
        key=row.key,
        spec=struct(row.spec),
        inputs=[artifact_pb2.ArtifactInput(**entry) for entry in row.inputs],
        run=rules.parse_json(row.run, job_pb2.RunOptions),
        artifact=row.artifact,
        progress=json_format.ParseDict(row.progress, job_pb2.Progress()),
        error=row.error,
        reused=row.reused,
        create_time=timestamp(row.create_time),
        start_time=timestamp(row.start_time),
        end_time=timestamp(row.end_time),
        num_attempts=row.num_attempts,
    )


def artifact_message(manifest: Manifest) -> artifact_pb2.Artifact:
    """The artifact as clients see it."""
    return artifact_pb2.Artifact(
        reference=manifest.reference,
        kind=manifest.kind,
        schema_version=manifest.schema_version,
        stage=manifest.stage,
        stage_version=manifest.stage_version,
        spec=struct(manifest.spec),
        inputs=[artifact_pb2.ArtifactInput(**entry.__dict__) for entry in manifest.inputs],
        content_digest=manifest.content_digest,
        num_rows=manifest.num_rows,
        drops=manifest.drops,
        files=[
            artifact_pb2.ArtifactFile(path=f.path, num_bytes=f.num_bytes, sha256=f.sha256, num_rows=f.num_rows)
            for f in manifest.files
        ],
        usage=json_format.ParseDict(manifest.usage, artifact_pb2.Usage()),
        tool_versions=manifest.tool_versions,
        create_time=timestamp(manifest.create_time),
        elapsed_seconds=manifest.elapsed_seconds,
    )


def struct(fields: dict[str, Any]) -> struct_pb2.Struct:
    """A JSON object as a Struct."""
    message = struct_pb2.Struct()
    message.update(fields)
    return message


def timestamp(seconds: float | None) -> timestamp_pb2.Timestamp | None:
    """Seconds since the epoch as a Timestamp; None stays None."""
    if seconds is None:
        return None
    message = timestamp_pb2.Timestamp()
    message.FromMicroseconds(int(seconds * 1e6))
    return message
