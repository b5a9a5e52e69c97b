from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JudgeRequest(_message.Message):
    __slots__ = ("spec", "inputs", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: JudgeSpec
    inputs: JudgeInputs
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[JudgeSpec, _Mapping]] = ..., inputs: _Optional[_Union[JudgeInputs, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class JudgeResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class JudgeInputs(_message.Message):
    __slots__ = ("contexts", "candidates")
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    contexts: str
    candidates: str
    def __init__(self, contexts: _Optional[str] = ..., candidates: _Optional[str] = ...) -> None: ...

class JudgeSpec(_message.Message):
    __slots__ = ("panel", "max_questions", "stop_width", "temperature", "max_tokens", "seed", "panel_pins")
    PANEL_FIELD_NUMBER: _ClassVar[int]
    MAX_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    STOP_WIDTH_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PANEL_PINS_FIELD_NUMBER: _ClassVar[int]
    panel: _containers.RepeatedScalarFieldContainer[str]
    max_questions: int
    stop_width: float
    temperature: float
    max_tokens: int
    seed: int
    panel_pins: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, panel: _Optional[_Iterable[str]] = ..., max_questions: _Optional[int] = ..., stop_width: _Optional[float] = ..., temperature: _Optional[float] = ..., max_tokens: _Optional[int] = ..., seed: _Optional[int] = ..., panel_pins: _Optional[_Iterable[str]] = ...) -> None: ...
