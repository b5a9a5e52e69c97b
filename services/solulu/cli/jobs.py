"""`solulu jobs`: what the job table holds."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, cast

import typer

from solulu.cli.connection import Address, connect
from solulu.cli.follow import follow
from solulu.cli.output import Json, console, drops, emit, notes, short, table, tokens, when
from solulu.cli.stages import artifact_table
from solulu.core import rules
from solulu.core.errors import InvalidArgument
from solulu.v1 import job_pb2

app = typer.Typer(help="Follow and steer jobs.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id, or its first 8 characters.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Most to show.")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only this state, such as running.", show_default=False)] = None,
    stage: Annotated[str, typer.Option(help="Only this stage.", show_default=False)] = "",
    label: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE a job must carry; may be repeated.", show_default=False)
    ] = None,
    limit: Limit = 50,
    address: Address = None,
    json: Json = None,
) -> None:
    """The jobs, newest first."""
    labels = dict(_pair(text) for text in label or [])
    with connect(address) as client:
        jobs = list(islice(client.list_jobs(_read_state(state), stage, labels), limit))
    columns = ("job", "stage", "state", "rows", "dropped", "created", "artifact")
    rows = [
        (job.id[:8], job.stage, state_name(job), f"{job.progress.num_rows:,}", f"{sum(job.progress.drops.values()):,}",
         when(job.create_time), short(job.artifact))
        for job in jobs
    ]  # fmt: skip
    emit(jobs, json, table(columns, rows, right=("rows", "dropped")))


@app.command()
def get(job: JobId, address: Address = None, json: Json = None) -> None:
    """Everything about one job."""
    with connect(address) as client:
        found = client.get_job(job)
    emit(found, json, _details(found))


@app.command()
def watch(job: JobId, address: Address = None, json: Json = None) -> None:
    """Follow a job to its end."""
    with connect(address) as client:
        handle = client.job(job)
        artifact = follow(handle, handle.job.stage)
    emit(artifact, json, artifact_table(artifact))


@app.command()
def cancel(job: JobId, address: Address = None, json: Json = None) -> None:
    """Ask a job to stop. What it has done is kept: submitting it again continues it."""
    with connect(address) as client:
        found = client.cancel_job(job)
    emit(found, json, f"job {found.id[:8]} is {state_name(found)}")


@app.command()
def logs(job: JobId, address: Address = None, json: Json = None) -> None:
    """A job's last 1,000 log records, oldest first."""
    with connect(address) as client:
        records = client.job_logs(job)
    emit(records, json)
    if json is None:
        for record in records:
            console().print(f"{when(record.time)} {record.level:<7} {record.message}", markup=False, soft_wrap=True)


@app.command()
def delete(job: JobId, address: Address = None) -> None:
    """Remove an ended job from the table; its artifact stays."""
    with connect(address) as client:
        found = client.get_job(job)
        client.delete_job(found.id)
    notes().print(f"job {found.id[:8]} is deleted")


def state_name(job: job_pb2.Job) -> str:
    """`running`."""
    return job_pb2.JobState.Name(job.state).removeprefix("JOB_STATE_").lower()


def _details(job: job_pb2.Job) -> str:
    entries = {
        "job": job.id,
        "stage": f"{job.stage} (version {job.stage_version})",
        "state": state_name(job),
        "error": job.error,
        "phase": job.progress.phase,
        "rows": f"{job.progress.num_rows:,}",
        "dropped": drops(dict(job.progress.drops)),
        "tokens": tokens(job.progress.usage),
        "created": when(job.create_time),
        "started": when(job.start_time),
        "ended": when(job.end_time),
        "attempts": str(job.num_attempts),
        "labels": ", ".join(f"{name}={value}" for name, value in sorted(job.run.labels.items())),
        "inputs": ", ".join(f"{entry.name} {short(entry.reference)}" for entry in job.inputs),
        "artifact": job.artifact,
        "key": job.key,
    }
    return "\n".join(f"{name:<9} {value}" for name, value in entries.items() if value)


def _read_state(text: str | None) -> job_pb2.JobState | None:
    if not text:
        return None
    names = rules.enum_names(job_pb2.JobState.DESCRIPTOR)
    if text.lower() not in names:
        hint = rules.suggestion(text.lower(), names)
        raise InvalidArgument(f"--state: {text!r} is no state{hint}; use {', '.join(names)}")
    return cast(job_pb2.JobState, names[text.lower()])


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidArgument(f"--label {text!r}: give NAME=VALUE")
    return name, value
