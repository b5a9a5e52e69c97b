"""One command a stage: `solulu scrape --source dist:rich`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer
from google.protobuf.message import Message

from solulu.cli.connection import Address, connect
from solulu.cli.flags import Group, add_command
from solulu.cli.follow import follow
from solulu.cli.output import Json, drops, emit, notes, seconds, short, table, tokens
from solulu.core.comments import comments
from solulu.core.specs import STAGE_SERVICES, stage_method
from solulu.v1 import artifact_pb2, job_pb2

Detach = Annotated[bool, typer.Option("--detach", help="Print the job and return at once.")]


def add_commands(app: typer.Typer) -> None:
    """Adds the commands of all stages."""
    for stage, service in STAGE_SERVICES.items():
        method = stage_method(service)
        groups = [Group("inputs", method.inputs, "Inputs")] if method.inputs else []
        groups.append(Group("spec", method.spec, "What to make"))
        groups.append(Group("run", job_pb2.RunOptions, "How to run"))
        add_command(app, stage, comments()[service], groups, partial(_submit, stage))


def artifact_table(artifact: artifact_pb2.Artifact) -> str:
    """An artifact in a few lines."""
    lines = [
        f"{short(artifact.reference)}  {artifact.kind}",
        f"rows      {artifact.num_rows:,}",
        f"dropped   {drops(dict(artifact.drops)) or 'none'}",
        f"time      {seconds(artifact.elapsed_seconds)}",
    ]
    if tokens(artifact.usage):
        lines.append(f"tokens    {tokens(artifact.usage)}")
    return "\n".join([*lines, f"reference {artifact.reference}"])


def _submit(
    stage: str,
    messages: Mapping[str, Message],
    address: Address = None,
    json: Json = None,
    detach: Detach = False,
) -> None:
    with connect(address) as client:
        handle = client.submit(stage, messages["spec"], messages.get("inputs"), messages["run"])
        if detach:
            rows = [(handle.id, stage, _state(handle.job), short(handle.job.artifact))]
            emit(handle.job, json, table(("job", "stage", "state", "artifact"), rows))
            return
        notes().print(f"job {handle.id[:8]}: {stage}", style="dim")
        artifact = follow(handle, stage)
        emit(artifact, json, artifact_table(artifact))


def _state(job: job_pb2.Job) -> str:
    return job_pb2.JobState.Name(job.state).removeprefix("JOB_STATE_").lower()
