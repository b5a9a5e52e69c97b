"""What a field may hold, said once in the protos and obeyed by gRPC requests, pipeline steps and command-line flags.

The rules are field options read from the descriptors, so a stage author writes no check that a rule can express. A
scalar holding its type's zero (an empty string, an UNSPECIFIED enum) counts as not given, as it does in protobuf JSON.
"""

from __future__ import annotations

import difflib
import math
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from solulu.core.errors import FieldViolation, InvalidArgument
from solulu.v1 import rules_pb2

MessageT = TypeVar("MessageT", bound=Message)

INTEGER_BITS = {FieldDescriptor.CPPTYPE_INT32: 32, FieldDescriptor.CPPTYPE_INT64: 64}
FLOATS = {FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE}
TRUTHS = {"true": True, "false": False}


def validate(message: Message, path: str = "") -> None:
    """Raises InvalidArgument with one violation for each broken rule of `message` and of the messages set in it.

    `path` is the message's own place in the request; violations name fields below it, such as `spec.sources[2]`.
    """
    refuse(list(_violations(message, path)))


def refuse(violations: list[FieldViolation]) -> None:
    """Raises InvalidArgument over `violations`, if there are any, with the first three in its message."""
    if not violations:
        return
    shown = "; ".join(f"{v.field}: {v.description}" if v.field else v.description for v in violations[:3])
    more = f"; and {len(violations) - 3} more" if len(violations) > 3 else ""
    raise InvalidArgument(shown + more, violations)


def write_defaults(message: Message) -> None:
    """Sets every field that has a default and was not given, in the message and in the messages set in it."""
    for field in fields(message):
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            for _, part in _parts(message, field):
                write_defaults(part)
        elif field.has_default_value and not _given(message, field):
            setattr(message, field.name, field.default_value)


def spec_json(message: Message) -> dict[str, Any]:
    """The message as protobuf JSON with the proto's field names and every scalar written out, given or not.

    64-bit integers are numbers and floats have their shortest form, so equal messages are equal JSON; messages that
    are not set are left out. `parse_json` reads it back.
    """
    return {
        field.name: _field_json(message, field)
        for field in fields(message)
        if field.is_repeated or field.cpp_type != FieldDescriptor.CPPTYPE_MESSAGE or message.HasField(field.name)
    }


def parse_json(data: Any, message_type: type[MessageT], path: str = "") -> MessageT:
    """The message that protobuf JSON `data` describes, enum values also by short name (`sft` for `OBJECTIVE_SFT`).

    Raises InvalidArgument with one violation for each wrong entry. Rules are `validate`'s business.
    """
    message, violations = message_type(), list[FieldViolation]()
    _read_message(data, message, path, violations)
    refuse(violations)
    return message


def fields(message: Message | type[Message]) -> list[FieldDescriptor]:
    """The fields of a message or message type, in the proto's order."""
    return cast("list[FieldDescriptor]", list(message.DESCRIPTOR.fields))


def whole_numbers(value: Any) -> Any:
    """JSON that went through a Struct, which knows only doubles and no order: whole numbers as such, keys sorted."""
    if isinstance(value, dict):
        return {key: whole_numbers(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def field_rules(field: FieldDescriptor) -> rules_pb2.Rules:
    """The rules of a field; an empty message where it has none."""
    return cast(rules_pb2.Rules, field.GetOptions().Extensions[cast(Any, rules_pb2.rules)])


def enum_names(enum: EnumDescriptor) -> dict[str, int]:
    """Short names (`sft_contrast`) and numbers of an enum's values, without the unspecified one."""
    prefix = len(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name)) + 1
    return {value.name[prefix:].lower(): value.number for value in enum.values if value.number}


def is_map(field: FieldDescriptor) -> bool:
    """Whether a field is a map."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


# Rules


def _violations(message: Message, path: str) -> Iterator[FieldViolation]:
    for field in fields(message):
        rules, place = field_rules(field), _join(path, field.name)
        if field.is_repeated:
            yield from (FieldViolation(place, text) for text in _count_problems(message, field, rules))
        elif not _given(message, field):
            if rules.required:
                yield FieldViolation(place, "is required")
            continue
        if is_map(field):
            continue
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            for index, part in _parts(message, field):
                yield from _violations(part, place + index)
        elif field.is_repeated:
            for number, item in enumerate(getattr(message, field.name)):
                yield from (FieldViolation(f"{place}[{number}]", text) for text in _problems(item, field, rules))
        else:
            value = getattr(message, field.name)
            yield from (FieldViolation(place, text) for text in _problems(value, field, rules))


def _count_problems(message: Message, field: FieldDescriptor, rules: rules_pb2.Rules) -> Iterator[str]:
    count, least = len(getattr(message, field.name)), max(rules.min_items, int(rules.required))
    if count < least:
        yield "is required: give at least one" if least == 1 else f"has {count} items; give at least {least}"
    if rules.HasField("max_items") and count > rules.max_items:
        yield f"has {count} items; give at most {rules.max_items}"


def _problems(value: Any, field: FieldDescriptor, rules: rules_pb2.Rules) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text_problems(value, rules)
    elif field.enum_type is not None:
        if value not in enum_names(field.enum_type).values():
            yield f"{value} is none of its values; use {_choices(field.enum_type)}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"is {value}; give a finite number"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _shortest(value, field)
        if rules.HasField("min") and number < rules.min:
            yield f"is {number:g}; give at least {rules.min:g}"
        if rules.HasField("max") and number > rules.max:
            yield f"is {number:g}; give at most {rules.max:g}"


def _text_problems(value: str, rules: rules_pb2.Rules) -> Iterator[str]:
    if not value:
        yield "is empty"
    elif rules.HasField("max_length") and len(value) > rules.max_length:
        yield f"has {len(value)} characters; give at most {rules.max_length}"
    elif len(value) < rules.min_length:
        yield f"has {len(value)} characters; give at least {rules.min_length}"
    elif rules.pattern and not re.fullmatch(rules.pattern, value):
        yield f"{_short(value)} does not have the form {rules.pattern}"


# Writing JSON


def _field_json(message: Message, field: FieldDescriptor) -> Any:
    value = getattr(message, field.name)
    if is_map(field):
        of = _map_values(field)
        return {str(key): _value_json(value[key], of) for key in sorted(value)}
    if field.is_repeated:
        return [_value_json(item, field) for item in value]
    return _value_json(value, field)


def _value_json(value: Any, field: FieldDescriptor) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        return spec_json(value) if _is_ours(field) else whole_numbers(json_format.MessageToDict(value))
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    return _shortest(value, field)


def _shortest(value: Any, field: FieldDescriptor) -> Any:
    """A float32 as the shortest decimal that is the same float32: 0.0002, not 0.00019999999494757503."""
    if field.cpp_type != FieldDescriptor.CPPTYPE_FLOAT or not math.isfinite(value):
        return value
    candidates = (float(f"{value:.{digits}g}") for digits in range(6, 9))
    return next((short for short in candidates if struct.pack("f", short) == struct.pack("f", value)), value)


# Reading JSON


def _read_message(data: Any, message: Message, path: str, violations: list[FieldViolation]) -> None:
    if not isinstance(data, Mapping):
        violations.append(FieldViolation(path, f"must be a mapping of fields, not {_kind(data)}"))
        return
    by_name = {name: field for field in fields(message) for name in (field.name, field.json_name)}
    for key, value in data.items():
        field, place = by_name.get(key), _join(path, str(key))
        if field is None:
            names = [field.name for field in by_name.values()]
            violations.append(
                FieldViolation(place, f"is not a field of {message.DESCRIPTOR.name}{suggestion(key, names)}")
            )
        elif value is not None:
            try:
                _read_field(value, message, field, place, violations)
            except (ValueError, TypeError) as error:
                violations.append(FieldViolation(place, str(error)))


def _read_field(
    value: Any, message: Message, field: FieldDescriptor, path: str, violations: list[FieldViolation]
) -> None:
    if is_map(field):
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a mapping of names to values, not {_kind(value)}")
        of = _map_values(field)
        getattr(message, field.name).update({_text(key): _scalar(item, of) for key, item in value.items()})
        return
    if field.is_repeated and not isinstance(value, (list, tuple)):
        raise ValueError(f"must be a list, not {_kind(value)}; write [{value}]")
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        _read_parts(value, message, field, path, violations)
    elif field.is_repeated:
        for index, item in enumerate(value):
            try:
                getattr(message, field.name).append(_scalar(item, field))
            except (ValueError, TypeError) as error:
                violations.append(FieldViolation(f"{path}[{index}]", str(error)))
    else:
        setattr(message, field.name, _scalar(value, field))


def _read_parts(
    value: Any, message: Message, field: FieldDescriptor, path: str, violations: list[FieldViolation]
) -> None:
    for index, item in enumerate(value) if field.is_repeated else ((None, value),):
        part = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
        place = path if index is None else f"{path}[{index}]"
        if _is_ours(field):
            part.SetInParent()
            _read_message(item, part, place, violations)
        else:
            try:
                json_format.ParseDict(item, part)
            except json_format.ParseError as error:
                violations.append(FieldViolation(place, str(error)))


def _scalar(value: Any, field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return _enum_number(value, field.enum_type)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return _text(value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        truth = TRUTHS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(truth, bool):
            raise ValueError(f"must be true or false, not {_kind(value)}")
        return truth
    return _number(value, field)


def _number(value: Any, field: FieldDescriptor) -> int | float:
    """Numbers may come as text: protobuf JSON writes 64-bit integers so, and YAML reads 2e-4 as text."""
    whole = field.cpp_type not in FLOATS
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"must be a number, not {_kind(value)}")
    try:
        number: int | float = (
            int(value) if isinstance(value, int) or (isinstance(value, str) and whole) else float(value)
        )
    except ValueError:
        raise ValueError(f"must be a {'whole ' if whole else ''}number, not {_kind(value)}") from None
    if whole:
        if number != number or number in (math.inf, -math.inf) or int(number) != number:
            raise ValueError(f"must be a whole number, not {_kind(value)}")
        number, limit = int(number), 2 ** (INTEGER_BITS[field.cpp_type] - 1)
        if not -limit <= number < limit:
            raise ValueError(f"is {number}; give a number from {-limit} to {limit - 1}")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        advice = f'; put it in quotes: "{value}"' if isinstance(value, (bool, int, float)) else ""
        raise ValueError(f"must be text, not {_kind(value)}{advice}")
    return value


def _enum_number(value: Any, enum: EnumDescriptor) -> int:
    names = enum_names(enum)
    if isinstance(value, str):
        if value in enum.values_by_name:
            return enum.values_by_name[value].number
        if value.lower() in names:
            return names[value.lower()]
    elif isinstance(value, int) and not isinstance(value, bool) and value in enum.values_by_number:
        return value
    raise ValueError(f"{_short(value)} is none of its values{suggestion(value, names)}; use {_choices(enum)}")


# Words


def suggestion(name: Any, names: Any) -> str:
    """`; did you mean 'x'?` where a near name exists, else nothing."""
    near = difflib.get_close_matches(str(name), [str(known) for known in names], n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _choices(enum: EnumDescriptor) -> str:
    return ", ".join(enum_names(enum))


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else "nothing" if value is None else _short(value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _given(message: Message, field: FieldDescriptor) -> bool:
    if not message.HasField(field.name):
        return False
    zero_counts = field.cpp_type != FieldDescriptor.CPPTYPE_STRING and field.enum_type is None
    return zero_counts or bool(getattr(message, field.name))


def _parts(message: Message, field: FieldDescriptor) -> Iterator[tuple[str, Message]]:
    """The messages of ours that a field holds, with their index as it stands in a path."""
    if is_map(field) or not _is_ours(field):
        return
    if field.is_repeated:
        yield from ((f"[{index}]", part) for index, part in enumerate(getattr(message, field.name)))
    elif message.HasField(field.name):
        yield "", getattr(message, field.name)


def _map_values(field: FieldDescriptor) -> FieldDescriptor:
    return cast(Descriptor, field.message_type).fields_by_name["value"]


def _is_ours(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.file.package.startswith("solulu."))
