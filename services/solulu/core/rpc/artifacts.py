"""ArtifactService: the store for clients. Rows stream one message each and are bounded by the request's limit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import grpc

from solulu.core import artifacts, rules
from solulu.core.errors import Conflict, CorruptArtifact, InvalidArgument, NotFound
from solulu.core.jobs import JobTable
from solulu.core.rpc.convert import artifact_message, struct
from solulu.core.store import Store
from solulu.v1 import artifact_pb2 as pb
from solulu.v1 import artifact_pb2_grpc

_BLOCK_BYTES = 256 * 1024

log = logging.getLogger(__name__)


class ArtifactServicer(artifact_pb2_grpc.ArtifactServiceServicer):
    """Serves the shared store."""

    def __init__(self, store: Store, table: JobTable) -> None:
        self._store, self._table = store, table

    def ListArtifacts(
        self, request: pb.ListArtifactsRequest, context: grpc.ServicerContext
    ) -> pb.ListArtifactsResponse:
        """A page of artifacts, newest first."""
        rules.write_defaults(request)
        rules.validate(request)
        manifests = list(self._manifests())
        if request.kind:
            manifests = [manifest for manifest in manifests if manifest.kind == request.kind]
        manifests.sort(key=lambda manifest: (-manifest.create_time, manifest.reference))
        start = int(request.page_token) if request.page_token.isdigit() else 0
        end = start + request.page_size
        return pb.ListArtifactsResponse(
            artifacts=[artifact_message(manifest) for manifest in manifests[start:end]],
            next_page_token=str(end) if end < len(manifests) else "",
        )

    def GetArtifact(self, request: pb.GetArtifactRequest, context: grpc.ServicerContext) -> pb.GetArtifactResponse:
        """One artifact."""
        rules.validate(request)
        reader = artifacts.open_artifact(self._store, request.reference)
        return pb.GetArtifactResponse(artifact=artifact_message(reader.manifest))

    def ReadRows(self, request: pb.ReadRowsRequest, context: grpc.ServicerContext) -> Iterator[pb.ReadRowsResponse]:
        """Rows in the artifact's order, or the one row asked for."""
        rules.write_defaults(request)
        rules.validate(request)
        reader = artifacts.open_artifact(self._store, request.reference)
        columns = list(request.columns) or None
        if request.row_id:
            row = reader.lookup([request.row_id]).get(request.row_id)
            if row is None:
                raise NotFound(f"artifact {reader.reference} has no row {request.row_id}")
            yield pb.ReadRowsResponse(row=struct(row if columns is None else {name: row[name] for name in columns}))
            return
        try:
            for row in reader.rows(request.offset, request.offset + request.limit, columns):
                yield pb.ReadRowsResponse(row=struct(row))
        except KeyError as error:
            raise InvalidArgument(f"columns: artifact {reader.reference} has no such column: {error}") from error

    def ReadFile(self, request: pb.ReadFileRequest, context: grpc.ServicerContext) -> Iterator[pb.ReadFileResponse]:
        """One file's bytes, checked against its digest, in messages of 256 KiB."""
        rules.validate(request)
        data = artifacts.open_artifact(self._store, request.reference).read(request.path)
        for start in range(0, max(len(data), 1), _BLOCK_BYTES):
            yield pb.ReadFileResponse(data=data[start : start + _BLOCK_BYTES])

    def VerifyArtifact(
        self, request: pb.VerifyArtifactRequest, context: grpc.ServicerContext
    ) -> pb.VerifyArtifactResponse:
        """Reads every file of an artifact."""
        rules.validate(request)
        reader = artifacts.open_artifact(self._store, request.reference)
        files = reader.manifest.files
        num_bytes = sum(file.num_bytes for file in files)
        return pb.VerifyArtifactResponse(problems=reader.problems(), num_files=len(files), num_bytes=num_bytes)

    def DeleteArtifact(
        self, request: pb.DeleteArtifactRequest, context: grpc.ServicerContext
    ) -> pb.DeleteArtifactResponse:
        """Removes an artifact that no live job is reading or writing."""
        rules.validate(request)
        reference = artifacts.complete_reference(self._store, request.reference)
        if not artifacts.exists(self._store, reference):
            raise NotFound(f"there is no artifact {reference}; `solulu artifacts list` shows those that are")
        if users := self._live_users(reference):
            raise Conflict(f"artifact {reference} is in use by job {users[0]}; cancel it, or wait for its end")
        artifacts.delete_artifact(self._store, reference)
        return pb.DeleteArtifactResponse()

    def _manifests(self) -> Iterator[artifacts.Manifest]:
        """Of all artifacts that can be opened: one that is damaged, or goes meanwhile, hides no other."""
        for reference in artifacts.references(self._store):
            try:
                yield artifacts.open_artifact(self._store, reference).manifest
            except (CorruptArtifact, NotFound) as error:
                log.warning("%s is not listed: %s", reference, error)

    def _live_users(self, reference: str) -> list[str]:
        live: list[Any] = [
            job for state in ("QUEUED", "RUNNING", "CANCELLING") for job in self._table.page(state, limit=10_000)
        ]
        return [
            job.id for job in live if reference == job.reference or reference in [i["reference"] for i in job.inputs]
        ]
