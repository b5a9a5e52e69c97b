from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HallucinationType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HALLUCINATION_TYPE_UNSPECIFIED: _ClassVar[HallucinationType]
    HALLUCINATION_TYPE_IMPORT: _ClassVar[HallucinationType]
    HALLUCINATION_TYPE_METHOD: _ClassVar[HallucinationType]
    HALLUCINATION_TYPE_PARAMETER: _ClassVar[HallucinationType]
    HALLUCINATION_TYPE_UNDEFINEDVARIABLE: _ClassVar[HallucinationType]
HALLUCINATION_TYPE_UNSPECIFIED: HallucinationType
HALLUCINATION_TYPE_IMPORT: HallucinationType
HALLUCINATION_TYPE_METHOD: HallucinationType
HALLUCINATION_TYPE_PARAMETER: HallucinationType
HALLUCINATION_TYPE_UNDEFINEDVARIABLE: HallucinationType

class GenerateRequest(_message.Message):
    __slots__ = ("spec", "inputs", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: GenerateSpec
    inputs: GenerateInputs
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[GenerateSpec, _Mapping]] = ..., inputs: _Optional[_Union[GenerateInputs, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class GenerateResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class GenerateInputs(_message.Message):
    __slots__ = ("contexts",)
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    contexts: str
    def __init__(self, contexts: _Optional[str] = ...) -> None: ...

class GenerateSpec(_message.Message):
    __slots__ = ("panel", "types", "max_attempts", "temperature", "max_tokens", "seed", "panel_pins")
    PANEL_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PANEL_PINS_FIELD_NUMBER: _ClassVar[int]
    panel: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedScalarFieldContainer[HallucinationType]
    max_attempts: int
    temperature: float
    max_tokens: int
    seed: int
    panel_pins: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, panel: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[HallucinationType, str]]] = ..., max_attempts: _Optional[int] = ..., temperature: _Optional[float] = ..., max_tokens: _Optional[int] = ..., seed: _Optional[int] = ..., panel_pins: _Optional[_Iterable[str]] = ...) -> None: ...
