"""The servicer of any stage, built from the stage and its descriptor, so that no service has a server file.

Submit resolves everything before a job is made: defaults, pins, inputs, the key. A wrong request makes no job.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message

from solulu.core import artifacts, digests, rules
from solulu.core.artifacts import ArtifactReader
from solulu.core.errors import FieldViolation, InvalidArgument, NotFound
from solulu.core.jobs import JobRow, JobTable
from solulu.core.rpc.convert import job_message
from solulu.core.settings import Settings
from solulu.core.specs import StageMethod, stage_method
from solulu.core.stage import Stage
from solulu.core.store import Store


class StageServicer:
    """Turns requests to one stage's service into jobs."""

    def __init__(
        self, stage: Stage, settings: Settings, store: Store, table: JobTable, submitted: Callable[[str], None]
    ) -> None:
        self._stage, self._settings, self._store, self._table = stage, settings, store, table
        self._submitted = submitted
        self.method: StageMethod = stage_method(stage.service)

    def handler(self) -> grpc.GenericRpcHandler:
        """What a gRPC server adds."""
        unary = grpc.unary_unary_rpc_method_handler(
            self.submit,
            request_deserializer=self.method.request.FromString,
            response_serializer=self.method.response.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(self._stage.service, {self.method.name: unary})

    def submit(self, request: Any, _context: grpc.ServicerContext | None = None) -> Any:
        """The live job of what the request describes, the finished one, or a new one."""
        rules.write_defaults(request)
        rules.write_defaults(request.run)
        rules.validate(request)
        readers = self._open_inputs(request.inputs) if self.method.inputs else {}
        spec = request.spec
        self._stage.resolve(spec, readers, self._settings)
        rules.validate(spec, "spec")
        resolved = rules.spec_json(spec)
        digest_by_input = {name: reader.content_digest for name, reader in readers.items()}
        key = digests.artifact_key(self._stage.name, self._stage.version, resolved, digest_by_input)
        row: JobRow = self._table.submit(
            stage=self._stage.name,
            stage_version=self._stage.version,
            key=key,
            spec=resolved,
            inputs=[
                {"name": name, "reference": reader.reference, "content_digest": reader.content_digest}
                for name, reader in sorted(readers.items())
            ],
            run=rules.spec_json(request.run),
            is_done=artifacts.exists(self._store, f"{self._stage.name}/{key}"),
        )
        self._submitted(self._stage.name)
        return self.method.response(job=job_message(row))

    def _open_inputs(self, inputs: Message) -> dict[str, ArtifactReader]:
        readers: dict[str, ArtifactReader] = {}
        for field in rules.fields(inputs):
            value = getattr(inputs, field.name)
            names = (
                [(f"{field.name}[{i}]", item) for i, item in enumerate(value)]
                if field.is_repeated
                else [(field.name, value)]
            )
            for name, reference in names:
                if reference:
                    kind = "model" if field.name == "models" else field.name
                    readers[name] = self._open(reference, f"inputs.{name}", kind)
        return readers

    def _open(self, reference: str, place: str, kind: str) -> ArtifactReader:
        """An input. Its field is named after the kind of artifact that it takes."""
        try:
            reader = artifacts.open_artifact(self._store, reference)
        except (NotFound, InvalidArgument) as error:
            raise InvalidArgument(f"{place}: {error}", [FieldViolation(place, str(error))]) from error
        if reader.kind != kind:
            rules.refuse([FieldViolation(place, f"{reader.reference} holds {reader.kind}; give an artifact of {kind}")])
        return reader
