"""A YAML file as plain values that remember where they stand, so that every error can name a file and a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from solulu.core import rules
from solulu.core.errors import FieldViolation, InvalidArgument

MAX_NODES = 100_000
MAX_DEPTH = 50


@dataclass
class Document:
    """`data` is the file's plain values; `places` tells where each stands, by its path: `steps.train.spec.seed`."""

    name: str
    data: Any
    places: dict[str, str] = field(default_factory=dict)

    def place(self, path: str) -> str:
        """`FILE:LINE` of what is at a path, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path, self.name)

    def refuse(self, violations: Sequence[FieldViolation]) -> None:
        """Raises InvalidArgument over violations, if there are any, each with its place before its path."""
        rules.refuse([FieldViolation(f"{self.place(v.field)}: {v.field}", v.description) for v in violations])

    def set(self, assignment: str) -> None:
        """Applies one `--set STEP.spec.FIELD=VALUE`; the value is YAML. Raises InvalidArgument."""
        path, equals, text = assignment.partition("=")
        names = path.split(".")
        steps = self.data.get("steps") if isinstance(self.data, dict) else None
        if not equals or len(names) < 2 or not all(names):
            raise InvalidArgument(f"--set {assignment}: give STEP.spec.FIELD=VALUE")
        if not isinstance(steps, dict) or names[0] not in steps:
            hint = rules.suggestion(names[0], steps or [])
            raise InvalidArgument(f"--set {assignment}: {self.name} has no step {names[0]!r}{hint}")
        target = steps
        for name in names[:-1]:
            if target.get(name) is None:
                target[name] = {}
            target = target[name]
            if not isinstance(target, dict):
                raise InvalidArgument(f"--set {assignment}: {name} is no mapping in {self.name}")
        try:
            target[names[-1]] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InvalidArgument(f"--set {assignment}: the value is not YAML: {error}") from error
        self.places[".".join(["steps", *names])] = f"--set {assignment}"


def read(path: Path) -> Document:
    """Reads a YAML file. Raises InvalidArgument with file and line where it cannot be one of a pipeline."""
    try:
        return parse(path.read_bytes().decode("utf-8"), str(path))
    except OSError as error:
        raise InvalidArgument(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{path} is not UTF-8 text: {error}") from error


def parse(text: str, name: str) -> Document:
    """The document in `text`; see `read`."""
    try:
        reader = _Reader(text, name)
        try:
            return reader.document()
        finally:
            reader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise InvalidArgument(f"{place}: {error.problem or error.context} (not YAML)") from error
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidArgument(f"{name}: {error} (not YAML)") from error
    except RecursionError:
        raise InvalidArgument(f"{name}: is nested too deeply for a pipeline") from None


class _Reader(yaml.SafeLoader):
    """Builds plain values from nodes, refusing duplicate keys, and what would not end or fit in memory."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self._name = name
        self._num_nodes = 0
        self._places: dict[str, str] = {}

    def document(self) -> Document:
        node = self.get_single_node()
        if node is None:
            raise InvalidArgument(f"{self._name} is empty; see pipelines/README.md for what goes in")
        return Document(self._name, self._value(node, "", 0), self._places)

    def _value(self, node: yaml.Node, path: str, depth: int) -> Any:
        self._num_nodes += 1
        place = f"{self._name}:{node.start_mark.line + 1}"
        if depth > MAX_DEPTH or self._num_nodes > MAX_NODES:
            raise InvalidArgument(f"{place}: is too deep or too large for a pipeline (does an alias contain itself?)")
        self._places[path] = place
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path, depth))
        return self.construct_object(node)

    def _entries(self, node: yaml.MappingNode, path: str, depth: int) -> Iterator[tuple[str, Any]]:
        self._refuse_duplicates(node)
        self.flatten_mapping(node)
        for key_node, value_node in node.value:
            place = f"{self._name}:{key_node.start_mark.line + 1}"
            key = self.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise InvalidArgument(f"{place}: a key must be text; put it in quotes")
            yield key, self._value(value_node, f"{path}.{key}" if path else key, depth + 1)
            self._places[f"{path}.{key}" if path else key] = place

    def _refuse_duplicates(self, node: yaml.MappingNode) -> None:
        """Before merges, which may well say again what the mapping says itself."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise InvalidArgument(f"{self._name}:{key.start_mark.line + 1}: {key.value!r} is there twice")
                seen.add(key.value)
