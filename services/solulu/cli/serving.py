"""`solulu deploy`, `undeploy` and `complete`: a model as an endpoint, and one hole filled by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from solulu.cli.connection import Address, connect
from solulu.cli.flags import Group, add_command
from solulu.cli.output import Json, emit, notes
from solulu.core.errors import InvalidArgument
from solulu.v1 import serving_pb2


def add_commands(app: typer.Typer) -> None:
    """Adds the commands that need ServingService."""
    deployed = Group("", serving_pb2.DeployRequest, "Endpoint")
    add_command(app, "deploy", "Serve a model until it is undeployed, and print its URL.", [deployed], _deploy)
    add_command(
        app, "undeploy", "Stop serving a model.", [Group("", serving_pb2.UndeployRequest, "Endpoint")], _undeploy
    )
    completed = Group("", serving_pb2.CompleteRequest, "Sampling", omit=("prefix", "suffix"))
    add_command(app, "complete", "Complete a file at a place; nothing in it is changed.", [completed], _complete)


def _deploy(messages: Mapping[str, Any], address: Address = None, json: Json = None) -> None:
    request = messages[""]
    with connect(address) as client, notes().status(f"loading {request.model}"):
        client.deploy(request.name, request.model)
        endpoint = client.wait_until_ready(request.name)
    name = endpoint.name
    lines = [
        f"{name} serves {endpoint.model}",
        f"{endpoint.url}/v1/completions",
        f"solulu undeploy --name {name}  stops it",
    ]
    emit(endpoint, json, "\n".join(lines))


def _undeploy(messages: Mapping[str, Any], address: Address = None) -> None:
    name = messages[""].name
    with connect(address) as client:
        client.undeploy(name)
    notes().print(f"{name} is not served any more")


def _complete(
    messages: Mapping[str, Any],
    file: Annotated[Path, typer.Option("--file", help="The file to complete.", show_default=False)],
    line: Annotated[int, typer.Option("--line", min=1, help="Line of the hole, from 1.", show_default=False)],
    column: Annotated[
        int | None, typer.Option("--column", min=1, help="Column of the hole, from 1; the line's end where not given.")
    ] = None,
    address: Address = None,
    json: Json = None,
) -> None:
    request = messages[""]
    request.prefix, request.suffix = split(read_text(file), line, column, str(file))
    with connect(address) as client:
        answer = client.complete(request)
    emit(answer, json)
    if json is None:
        typer.echo(answer.completion)


def split(text: str, line: int, column: int | None, where: str) -> tuple[str, str]:
    """The text before and after a place; lines and columns count from 1, columns in code points, and the line's end is
    before its line break. Raises InvalidArgument where there is no such place."""
    lines = text.split("\n")
    if line > len(lines):
        raise InvalidArgument(f"--line: {where} has {len(lines)} lines, not {line}")
    length = len(lines[line - 1].removesuffix("\r"))
    if column is not None and column > length + 1:
        raise InvalidArgument(f"--column: line {line} of {where} ends at column {length + 1}, before {column}")
    at = sum(len(before) + 1 for before in lines[: line - 1]) + (length if column is None else column - 1)
    return text[:at], text[at:]


def read_text(path: Path) -> str:
    """A text file as it is, line breaks included. Raises InvalidArgument where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InvalidArgument(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{path} is not UTF-8 text: {error}") from error
