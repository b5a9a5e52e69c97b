from solulu.v1 import job_pb2 as _job_pb2
from solulu.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Objective(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBJECTIVE_UNSPECIFIED: _ClassVar[Objective]
    OBJECTIVE_SFT: _ClassVar[Objective]
    OBJECTIVE_SFT_CONTRAST: _ClassVar[Objective]

class Tuning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TUNING_UNSPECIFIED: _ClassVar[Tuning]
    TUNING_FULL: _ClassVar[Tuning]
    TUNING_LORA: _ClassVar[Tuning]
OBJECTIVE_UNSPECIFIED: Objective
OBJECTIVE_SFT: Objective
OBJECTIVE_SFT_CONTRAST: Objective
TUNING_UNSPECIFIED: Tuning
TUNING_FULL: Tuning
TUNING_LORA: Tuning

class TrainRequest(_message.Message):
    __slots__ = ("spec", "inputs", "run")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    spec: TrainSpec
    inputs: TrainInputs
    run: _job_pb2.RunOptions
    def __init__(self, spec: _Optional[_Union[TrainSpec, _Mapping]] = ..., inputs: _Optional[_Union[TrainInputs, _Mapping]] = ..., run: _Optional[_Union[_job_pb2.RunOptions, _Mapping]] = ...) -> None: ...

class TrainResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: _job_pb2.Job
    def __init__(self, job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ...) -> None: ...

class TrainInputs(_message.Message):
    __slots__ = ("pairs", "model")
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    pairs: str
    model: str
    def __init__(self, pairs: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class TrainSpec(_message.Message):
    __slots__ = ("base_model", "objective", "tuning", "num_epochs", "max_steps", "learning_rate", "warmup_ratio", "batch_size", "gradient_accumulation_steps", "max_length", "contrast_weight", "lora_rank", "lora_alpha", "spm_rate", "save_steps", "seed")
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    TUNING_FIELD_NUMBER: _ClassVar[int]
    NUM_EPOCHS_FIELD_NUMBER: _ClassVar[int]
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    WARMUP_RATIO_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    GRADIENT_ACCUMULATION_STEPS_FIELD_NUMBER: _ClassVar[int]
    MAX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LORA_RANK_FIELD_NUMBER: _ClassVar[int]
    LORA_ALPHA_FIELD_NUMBER: _ClassVar[int]
    SPM_RATE_FIELD_NUMBER: _ClassVar[int]
    SAVE_STEPS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    base_model: str
    objective: Objective
    tuning: Tuning
    num_epochs: float
    max_steps: int
    learning_rate: float
    warmup_ratio: float
    batch_size: int
    gradient_accumulation_steps: int
    max_length: int
    contrast_weight: float
    lora_rank: int
    lora_alpha: int
    spm_rate: float
    save_steps: int
    seed: int
    def __init__(self, base_model: _Optional[str] = ..., objective: _Optional[_Union[Objective, str]] = ..., tuning: _Optional[_Union[Tuning, str]] = ..., num_epochs: _Optional[float] = ..., max_steps: _Optional[int] = ..., learning_rate: _Optional[float] = ..., warmup_ratio: _Optional[float] = ..., batch_size: _Optional[int] = ..., gradient_accumulation_steps: _Optional[int] = ..., max_length: _Optional[int] = ..., contrast_weight: _Optional[float] = ..., lora_rank: _Optional[int] = ..., lora_alpha: _Optional[int] = ..., spm_rate: _Optional[float] = ..., save_steps: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...
