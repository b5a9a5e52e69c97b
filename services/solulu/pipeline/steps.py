"""The steps of a pipeline: checked whole before anything runs, by the same rules as requests and flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf.message import Message

from solulu.core import rules
from solulu.core.errors import FieldViolation, InvalidArgument
from solulu.core.specs import STAGE_SERVICES, stage_method
from solulu.pipeline.document import Document
from solulu.v1 import job_pb2, serving_pb2

SERVE = "serve"
"""A step that is no job: it deploys its model, asks it for the completion that its spec describes, and undeploys it."""
KINDS = (*STAGE_SERVICES, SERVE)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
REFERENCE = re.compile(r"([a-z]+/)?[0-9a-f]{8,64}")
MODEL_URI = re.compile(r"(packaged|hf|folder|random):.+")

MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True)
class Step:
    """One step. Each input is the names of other steps or artifacts' references."""

    name: str
    stage: str
    spec: Message
    """The stage's spec; of a serve step, the completion to ask for."""
    inputs: Mapping[str, tuple[str, ...]]
    run: job_pb2.RunOptions
    needs: tuple[str, ...]
    """The steps among the inputs, in the order they are named."""

    def inputs_json(self, references: Mapping[str, str]) -> dict[str, Any]:
        """The inputs as protobuf JSON, each step replaced by the reference of what it made."""
        message = _inputs_type(self.stage)
        repeated = {found.name for found in rules.fields(message) if found.is_repeated} if message else set()
        made = {name: [references.get(value, value) for value in values] for name, values in self.inputs.items()}
        return {name: values if name in repeated else values[0] for name, values in made.items()}


@dataclass(frozen=True)
class Pipeline:
    """`steps` stand in an order in which each comes after those that it needs."""

    name: str
    description: str
    steps: Mapping[str, Step] = field(default_factory=dict)


def build(document: Document) -> Pipeline:
    """The pipeline that a document describes. Raises InvalidArgument over everything that is wrong with it."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("steps"), dict) or not data["steps"]:
        raise InvalidArgument(f"{document.name}: must be a mapping with `steps`, and `steps` one of names to steps")
    builder = _Builder(data["steps"])
    builder.check_keys(data, ("name", "description", "steps"), "")
    steps = [builder.step(name, entry) for name, entry in data["steps"].items()]
    document.refuse(builder.violations)
    ordered = _ordered({step.name: step for step in steps if step}, document)
    name = str(data.get("name") or Path(document.name).stem)
    return Pipeline(name, str(data.get("description") or "").strip(), ordered)


class _Builder:
    """Reads steps and collects what is wrong with them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.violations: list[FieldViolation] = []
        self._names = frozenset(names)

    def step(self, name: str, entry: Any) -> Step | None:
        """The step, or None where something is wrong with it."""
        path, num_before = f"steps.{name}", len(self.violations)
        if not NAME.fullmatch(name):
            self._refuse(path, "is no step's name: use lower-case letters, digits, - and _, at most 50")
        if not isinstance(entry, dict):
            self._refuse(path, "must be a mapping with `stage`, `spec`, `inputs` and `run`")
            return None
        self.check_keys(entry, ("stage", "spec", "inputs", "run"), path)
        stage = entry.get("stage", name)
        if stage not in KINDS:
            hint = rules.suggestion(stage, KINDS)
            where = f"{path}.stage" if "stage" in entry else path
            self._refuse(where, f"{stage!r} is no stage{hint}; use {', '.join(KINDS)}")
            return None
        spec = self._message(entry.get("spec"), _spec_type(stage), f"{path}.spec")
        run = self._message(entry.get("run"), job_pb2.RunOptions, f"{path}.run")
        inputs = self._inputs(entry.get("inputs"), stage, f"{path}.inputs")
        if len(self.violations) > num_before:
            return None
        needs = dict.fromkeys(value for values in inputs.values() for value in values if value in self._names)
        return Step(name, stage, spec, inputs, run, tuple(needs))

    def check_keys(self, entry: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
        """Collects the keys that are not known."""
        for key in entry:
            if key not in known:
                self._refuse(f"{path}.{key}" if path else key, f"is unknown here{rules.suggestion(key, known)}")

    def _message(self, data: Any, message_type: type[MessageT], path: str) -> MessageT:
        with self._collected():
            message = rules.parse_json({} if data is None else data, message_type, path)
            rules.validate(message, path)
            return message
        return message_type()

    def _inputs(self, data: Any, stage: str, path: str) -> dict[str, tuple[str, ...]]:
        message_type = _inputs_type(stage)
        if message_type is None:
            if data:
                self._refuse(path, f"{stage} takes none")
            return {}
        if stage == SERVE and isinstance(data, dict):
            self.check_keys(data, ("model",), path)
            data = {"name": SERVE, "model": data.get("model")}
        message = self._message(data, message_type, path)
        inputs = {}
        for one in rules.fields(message):
            value = getattr(message, one.name)
            if value and not (stage == SERVE and one.name == "name"):
                inputs[one.name] = tuple(value) if one.is_repeated else (value,)
        for name, values in inputs.items():
            for index, value in enumerate(values):
                where = f"{path}.{name}[{index}]" if len(values) > 1 else f"{path}.{name}"
                self._check_input(value, where, stage)
        return inputs

    def _check_input(self, value: str, path: str, stage: str) -> None:
        if value in self._names or REFERENCE.fullmatch(value) or (stage == SERVE and MODEL_URI.fullmatch(value)):
            return
        hint = rules.suggestion(value, self._names)
        self._refuse(path, f"{value!r} is neither a step of this pipeline nor an artifact's reference{hint}")

    def _refuse(self, path: str, text: str) -> None:
        self.violations.append(FieldViolation(path, text))

    @contextmanager
    def _collected(self) -> Iterator[None]:
        try:
            yield
        except InvalidArgument as error:
            self.violations += error.violations


def _spec_type(stage: str) -> type[Message]:
    return serving_pb2.CompleteRequest if stage == SERVE else stage_method(STAGE_SERVICES[stage]).spec


def _inputs_type(stage: str) -> type[Message] | None:
    return serving_pb2.DeployRequest if stage == SERVE else stage_method(STAGE_SERVICES[stage]).inputs


def _ordered(steps: Mapping[str, Step], document: Document) -> dict[str, Step]:
    """Each step after those that it needs, else in the file's order. Raises InvalidArgument over a cycle."""
    ordered: dict[str, Step] = {}
    while len(ordered) < len(steps):
        ready = [step for step in steps.values() if step.name not in ordered and set(step.needs) <= ordered.keys()]
        if not ready:
            cycle = _cycle({name: step for name, step in steps.items() if name not in ordered})
            document.refuse([FieldViolation(f"steps.{cycle[0]}", f"needs itself: {' <- '.join(cycle)}")])
        ordered[ready[0].name] = ready[0]
    return ordered


def _cycle(steps: Mapping[str, Step]) -> list[str]:
    """Names along a cycle, the first one also last; every step here needs another one here."""
    path = [next(iter(steps))]
    while path[-1] not in path[:-1]:
        path.append(next(need for need in steps[path[-1]].needs if need in steps))
    return path[path.index(path[-1]) :]
