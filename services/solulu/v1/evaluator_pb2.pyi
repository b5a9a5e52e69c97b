from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvaluateRequest(_message.Message):
    __slots__ = ("spec", "inputs", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: EvaluateSpec
    inputs: EvaluateInputs
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[EvaluateSpec, _Mapping]] = ..., inputs: _Optional[_Union[EvaluateInputs, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class EvaluateResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class EvaluateInputs(_message.Message):
    __slots__ = ("models", "pairs", "contexts")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedScalarFieldContainer[str]
    pairs: str
    contexts: str
    def __init__(self, models: _Optional[_Iterable[str]] = ..., pairs: _Optional[str] = ..., contexts: _Optional[str] = ...) -> None: ...

class EvaluateSpec(_message.Message):
    __slots__ = ("base_model", "benchmarks", "max_rows", "max_new_tokens", "temperature", "max_prompt_tokens", "batch_size", "num_bootstrap_samples", "seed")
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    BENCHMARKS_FIELD_NUMBER: _ClassVar[int]
    MAX_ROWS_FIELD_NUMBER: _ClassVar[int]
    MAX_NEW_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    NUM_BOOTSTRAP_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    base_model: str
    benchmarks: _containers.RepeatedScalarFieldContainer[str]
    max_rows: int
    max_new_tokens: int
    temperature: float
    max_prompt_tokens: int
    batch_size: int
    num_bootstrap_samples: int
    seed: int
    def __init__(self, base_model: _Optional[str] = ..., benchmarks: _Optional[_Iterable[str]] = ..., max_rows: _Optional[int] = ..., max_new_tokens: _Optional[int] = ..., temperature: _Optional[float] = ..., max_prompt_tokens: _Optional[int] = ..., batch_size: _Optional[int] = ..., num_bootstrap_samples: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...
