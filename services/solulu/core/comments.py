"""The protos' comments at run time: the command line's help texts.

Generated Python carries no comments, so `make protos` also writes the descriptors with their source positions; they are
read once, and only by who shows help.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet


@cache
def comments() -> Mapping[str, str]:
    """The comment of every message, field, enum value, service and method of ours that has one, by full name."""
    data = resources.files("solulu.v1").joinpath("descriptors.binpb").read_bytes()
    return {
        name: text
        for file in FileDescriptorSet.FromString(data).file
        if file.package.startswith("solulu.")
        for name, text in _file_comments(file)
    }


def _file_comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    names = dict(_names(file))
    for location in file.source_code_info.location:
        name, text = names.get(tuple(location.path)), " ".join(location.leading_comments.split())
        if name and text:
            yield name, text


def _names(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Paths in the file (descriptor.proto's field numbers and indexes) and the full names of what is there."""
    for index, message in enumerate(file.message_type):
        yield from _message_names(message, (4, index), file.package)
    for index, enum in enumerate(file.enum_type):
        yield (5, index), f"{file.package}.{enum.name}"
        for number, value in enumerate(enum.value):
            yield (5, index, 2, number), f"{file.package}.{value.name}"
    for index, service in enumerate(file.service):
        yield (6, index), f"{file.package}.{service.name}"
        for number, method in enumerate(service.method):
            yield (6, index, 2, number), f"{file.package}.{service.name}.{method.name}"


def _message_names(
    message: DescriptorProto, path: tuple[int, ...], scope: str
) -> Iterator[tuple[tuple[int, ...], str]]:
    name = f"{scope}.{message.name}"
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, 2, index), f"{name}.{field.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _message_names(nested, (*path, 3, index), name)
