"""Command-line flags made from the protos: a field is a flag, its comment the help, its rules the check.

A repeated field is a flag to give several times, named in the singular (`sources` is `--source`). Nothing is parsed
here that `core.rules` does not parse for requests and pipelines too, so all three refuse the same values in the same
words.
"""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import typer
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from rich.markup import escape

from solulu.core import rules
from solulu.core.comments import comments
from solulu.core.errors import FieldViolation, InvalidArgument

_TYPES = {
    FieldDescriptor.CPPTYPE_INT32: int,
    FieldDescriptor.CPPTYPE_INT64: int,
    FieldDescriptor.CPPTYPE_FLOAT: float,
    FieldDescriptor.CPPTYPE_DOUBLE: float,
    FieldDescriptor.CPPTYPE_BOOL: bool,
    FieldDescriptor.CPPTYPE_STRING: str,
}


@dataclass(frozen=True)
class Flag:
    """One field as a flag."""

    field: FieldDescriptor
    path: str
    """The field's place in the request: `spec.sources`."""
    panel: str

    @property
    def key(self) -> str:
        """The parameter's name in Python."""
        return self.path.replace(".", "_")

    @property
    def option(self) -> str:
        """What is typed: `--source`."""
        name = self.field.name
        singular = name[:-1] if self.field.is_repeated and name.endswith("s") else name
        return "--" + singular.replace("_", "-")

    def parameter(self) -> inspect.Parameter:
        """The flag as a parameter that typer understands."""
        option = self.option
        if self.field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            option = f"{option}/--no-{option[2:]}"
        info = typer.Option(None, option, help=escape(self.help), rich_help_panel=self.panel, case_sensitive=False)
        return inspect.Parameter(self.key, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=self._annotation)

    @cached_property
    def help(self) -> str:
        """The field's comment, then what it defaults to and its bounds."""
        limits = rules.field_rules(self.field)
        facts = ["required"] if limits.required else []
        if self.field.has_default_value:
            facts.append(f"default {self._default()}")
        if limits.HasField("min") or limits.HasField("max"):
            low, high = (f"{limits.min:g}" if limits.HasField("min") else ""), f"{limits.max:.12g}"
            facts.append(f"{low} to {high}" if limits.HasField("max") else f"at least {low}")
        if self.field.is_repeated:
            facts.append("NAME=VALUE, may be repeated" if rules.is_map(self.field) else "may be repeated")
        text = comments().get(self.field.full_name, "")
        return f"{text} ({'; '.join(facts)})" if facts else text

    def json(self, value: Any) -> Any:
        """The flag's value as protobuf JSON."""
        if rules.is_map(self.field):
            return dict(self._pair(item) for item in value)
        if isinstance(value, list):
            return [item.value if isinstance(item, enum.Enum) else item for item in value]
        return value.value if isinstance(value, enum.Enum) else value

    @property
    def _annotation(self) -> Any:
        one = str if rules.is_map(self.field) else self._choices() or _TYPES[self.field.cpp_type]
        return list[one] | None if self.field.is_repeated else one | None  # type: ignore[valid-type]  # made at run time

    def _choices(self) -> Any:
        """An enum of the short names of the field's values; None where it is no enum."""
        if self.field.enum_type is None:
            return None
        make: Any = enum.StrEnum
        return make(self.field.enum_type.name, [(name, name) for name in rules.enum_names(self.field.enum_type)])

    def _default(self) -> str:
        if self.field.enum_type is not None:
            by_number = {number: name for name, number in rules.enum_names(self.field.enum_type).items()}
            return by_number[self.field.default_value]
        value = self.field.default_value
        return (
            str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
        )

    def _pair(self, text: str) -> tuple[str, str]:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidArgument(f"{self.option} {text!r}: give NAME=VALUE")
        return name, value


@dataclass(frozen=True)
class Group:
    """The flags of one message of a request."""

    path: str
    """The message's place in the request: `spec`; empty where it is the request itself."""
    message: type[Message]
    panel: str
    omit: tuple[str, ...] = ()

    @cached_property
    def flags(self) -> list[Flag]:
        """One a field, in the proto's order."""
        fields = [field for field in rules.fields(self.message) if field.name not in self.omit]
        return [Flag(field, f"{self.path}.{field.name}".lstrip("."), self.panel) for field in fields]

    def read(self, values: Mapping[str, Any]) -> Message:
        """The message that the flags describe."""
        given = {
            flag.field.name: flag.json(values[flag.key])
            for flag in self.flags
            if values[flag.key] is not None and values[flag.key] != []
        }
        return rules.parse_json(given, self.message, self.path)


def add_command(app: typer.Typer, name: str, help: str, groups: Sequence[Group], run: Callable[..., None]) -> None:
    """Adds a command whose flags are those of `groups` and of `run`'s own signature.

    `run` gets the messages as its first argument, by the groups' paths; their rules hold. What it raises about a
    field names the flag.
    """
    flags = [flag for group in groups for flag in group.flags]

    def command(**values: Any) -> None:
        own = {key: value for key, value in values.items() if key not in {flag.key for flag in flags}}
        with _named_by_flag(flags):
            messages = {group.path: group.read(values) for group in groups}
            _validate(messages)
            run(messages, **own)

    own = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
    parameters = [flag.parameter() for flag in flags] + [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__name__ = name
    app.command(name, help=escape(help))(command)


def _validate(messages: Mapping[str, Message]) -> None:
    violations: list[FieldViolation] = []
    for path, message in messages.items():
        try:
            rules.validate(message, path)
        except InvalidArgument as error:
            violations += error.violations
    rules.refuse(violations)


@contextmanager
def _named_by_flag(flags: Sequence[Flag]) -> Iterator[None]:
    """Lets errors about fields name the flags that were typed."""
    options = {flag.path: flag.option for flag in flags}
    try:
        yield
    except InvalidArgument as error:
        if not error.violations:
            raise
        rules.refuse(
            [FieldViolation(_option(violation.field, options), violation.description) for violation in error.violations]
        )


def _option(path: str, options: Mapping[str, str]) -> str:
    match = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", path)
    option = options.get(match[1]) if match else None
    if option is None or match is None:
        return path
    return f"{option} number {int(match[2]) + 1}" if match[2] else option
