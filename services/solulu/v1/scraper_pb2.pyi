from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SpanKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPAN_KIND_UNSPECIFIED: _ClassVar[SpanKind]
    SPAN_KIND_CALL: _ClassVar[SpanKind]
    SPAN_KIND_MEMBER: _ClassVar[SpanKind]
    SPAN_KIND_ARGUMENT: _ClassVar[SpanKind]
    SPAN_KIND_IMPORT: _ClassVar[SpanKind]
    SPAN_KIND_STATEMENT: _ClassVar[SpanKind]
    SPAN_KIND_BLOCK: _ClassVar[SpanKind]
    SPAN_KIND_TOKEN: _ClassVar[SpanKind]
SPAN_KIND_UNSPECIFIED: SpanKind
SPAN_KIND_CALL: SpanKind
SPAN_KIND_MEMBER: SpanKind
SPAN_KIND_ARGUMENT: SpanKind
SPAN_KIND_IMPORT: SpanKind
SPAN_KIND_STATEMENT: SpanKind
SPAN_KIND_BLOCK: SpanKind
SPAN_KIND_TOKEN: SpanKind

class ScrapeRequest(_message.Message):
    __slots__ = ("spec", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: ScrapeSpec
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[ScrapeSpec, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class ScrapeResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class ScrapeSpec(_message.Message):
    __slots__ = ("sources", "languages", "span_kinds", "licenses", "max_contexts", "max_contexts_per_repo", "max_contexts_per_file", "max_golden_chars", "max_file_bytes", "seed", "packages")
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    SPAN_KINDS_FIELD_NUMBER: _ClassVar[int]
    LICENSES_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTEXTS_PER_REPO_FIELD_NUMBER: _ClassVar[int]
    MAX_CONTEXTS_PER_FILE_FIELD_NUMBER: _ClassVar[int]
    MAX_GOLDEN_CHARS_FIELD_NUMBER: _ClassVar[int]
    MAX_FILE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    sources: _containers.RepeatedScalarFieldContainer[str]
    languages: _containers.RepeatedScalarFieldContainer[str]
    span_kinds: _containers.RepeatedScalarFieldContainer[SpanKind]
    licenses: _containers.RepeatedScalarFieldContainer[str]
    max_contexts: int
    max_contexts_per_repo: int
    max_contexts_per_file: int
    max_golden_chars: int
    max_file_bytes: int
    seed: int
    packages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, sources: _Optional[_Iterable[str]] = ..., languages: _Optional[_Iterable[str]] = ..., span_kinds: _Optional[_Iterable[_Union[SpanKind, str]]] = ..., licenses: _Optional[_Iterable[str]] = ..., max_contexts: _Optional[int] = ..., max_contexts_per_repo: _Optional[int] = ..., max_contexts_per_file: _Optional[int] = ..., max_golden_chars: _Optional[int] = ..., max_file_bytes: _Optional[int] = ..., seed: _Optional[int] = ..., packages: _Optional[_Iterable[str]] = ...) -> None: ...
