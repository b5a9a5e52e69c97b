"""Which messages belong to a stage's service, read from the descriptors.

Every stage service has the same form: one method, whose request holds `spec`, `inputs` (where the stage has any) and
`run`, and whose response holds the job. So the servicer, the client, the pipeline and the CLI are each written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from solulu.v1 import (  # noqa: F401  # importing them fills the descriptor pool
    artifact_pb2,
    curator_pb2,
    evaluator_pb2,
    generator_pb2,
    job_pb2,
    judge_pb2,
    scraper_pb2,
    serving_pb2,
    trainer_pb2,
)

STAGE_SERVICES = {
    "scrape": "solulu.v1.ScraperService",
    "generate": "solulu.v1.GeneratorService",
    "judge": "solulu.v1.JudgeService",
    "curate": "solulu.v1.CuratorService",
    "train": "solulu.v1.TrainerService",
    "evaluate": "solulu.v1.EvaluatorService",
}
"""The gRPC service of each stage, in the pipeline's order."""


@dataclass(frozen=True)
class StageMethod:
    """The one method of a stage's service."""

    path: str
    """`/solulu.v1.JudgeService/Judge`."""
    name: str
    request: type[Message]
    response: type[Message]
    spec: type[Message]
    inputs: type[Message] | None


@cache
def stage_method(service: str) -> StageMethod:
    """The method that submits a job to `service`, such as `solulu.v1.JudgeService`."""
    (method,) = descriptor_pool.Default().FindServiceByName(service).methods
    fields = method.input_type.fields_by_name
    return StageMethod(
        path=f"/{service}/{method.name}",
        name=method.name,
        request=message_factory.GetMessageClass(method.input_type),
        response=message_factory.GetMessageClass(method.output_type),
        spec=_class_of(fields["spec"]),
        inputs=_class_of(fields["inputs"]) if "inputs" in fields else None,
    )


def _class_of(field: FieldDescriptor) -> type[Message]:
    assert field.message_type is not None, f"{field.full_name} is no message"
    return message_factory.GetMessageClass(field.message_type)
