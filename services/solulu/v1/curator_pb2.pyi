from solulu.v1 import generator_pb2 as _generator_pb2
from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CurateRequest(_message.Message):
    __slots__ = ("spec", "inputs", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: CurateSpec
    inputs: CurateInputs
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[CurateSpec, _Mapping]] = ..., inputs: _Optional[_Union[CurateInputs, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class CurateResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class CurateInputs(_message.Message):
    __slots__ = ("contexts", "candidates", "judgments")
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    JUDGMENTS_FIELD_NUMBER: _ClassVar[int]
    contexts: str
    candidates: str
    judgments: str
    def __init__(self, contexts: _Optional[str] = ..., candidates: _Optional[str] = ..., judgments: _Optional[str] = ...) -> None: ...

class CurateSpec(_message.Message):
    __slots__ = ("types", "keep_unknown", "min_fool_rate", "near_duplicate_threshold", "decontaminate", "max_rows", "max_rows_per_repo", "validation_fraction", "test_fraction", "seed")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    KEEP_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    MIN_FOOL_RATE_FIELD_NUMBER: _ClassVar[int]
    NEAR_DUPLICATE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    DECONTAMINATE_FIELD_NUMBER: _ClassVar[int]
    MAX_ROWS_FIELD_NUMBER: _ClassVar[int]
    MAX_ROWS_PER_REPO_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_FRACTION_FIELD_NUMBER: _ClassVar[int]
    TEST_FRACTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[_generator_pb2.HallucinationType]
    keep_unknown: bool
    min_fool_rate: float
    near_duplicate_threshold: float
    decontaminate: _containers.RepeatedScalarFieldContainer[str]
    max_rows: int
    max_rows_per_repo: int
    validation_fraction: float
    test_fraction: float
    seed: int
    def __init__(self, types: _Optional[_Iterable[_Union[_generator_pb2.HallucinationType, str]]] = ..., keep_unknown: bool = ..., min_fool_rate: _Optional[float] = ..., near_duplicate_threshold: _Optional[float] = ..., decontaminate: _Optional[_Iterable[str]] = ..., max_rows: _Optional[int] = ..., max_rows_per_repo: _Optional[int] = ..., validation_fraction: _Optional[float] = ..., test_fraction: _Optional[float] = ..., seed: _Optional[int] = ...) -> None: ...
