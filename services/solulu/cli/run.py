"""`solulu run PIPELINE`: a whole pipeline, one table and one report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from solulu.cli.connection import Address, connect, embedded
from solulu.cli.output import Json, console, emit, notes, plain, seconds, short, table, tokens, write
from solulu.cli.progress import display
from solulu.core.errors import InvalidArgument

if TYPE_CHECKING:
    from solulu.client import Client
    from solulu.core.settings import Settings
    from solulu.pipeline.execute import Run, StepRun


def run(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE", help="A YAML file.", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STEP.spec.FIELD=VALUE",
            help="Override a value (YAML); may be repeated.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Where to write the HTML report.", show_default="$SOLULU_HOME/reports/PIPELINE.html"),
    ] = None,
    address: Address = None,
    json: Json = None,
    on_cluster: Annotated[
        bool, typer.Option("--on-cluster", help="Run it in a pod of a cluster where Solulu is installed.")
    ] = False,
    namespace: Annotated[
        str, typer.Option(help="The namespace there; the kubeconfig's where not given.", show_default=False)
    ] = "",
    release: Annotated[
        str, typer.Option(help="The Helm release, where the namespace has several.", show_default=False)
    ] = "",
) -> None:
    """Run a pipeline; run it again to continue it. Starts the services in this process where no address is given."""
    from solulu.core.settings import load
    from solulu.pipeline import document, steps
    from solulu.pipeline.execute import Run
    from solulu.report.data import gather
    from solulu.report.page import render

    settings = load()
    read = document.read(pipeline)
    for assignment in set_ or []:
        read.set(assignment)
    plan = steps.build(read)
    if on_cluster:
        _run_on_cluster(pipeline, set_ or [], bool(report or address or json), namespace, release)
        return
    with _server(settings, address) as client:
        with display() as shown:
            is_embedded = not (address or settings.address)
            done = Run(plan, client, shown, cancels=is_embedded)
            try:
                succeeded = done.execute()
            except KeyboardInterrupt:
                _say_what_goes_on(done, is_embedded)
                raise typer.Exit(1) from None
        target = report or settings.home / "reports" / f"{plan.name}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        write(str(target), render(gather(done, client, shlex.join(["solulu", *sys.argv[1:]]))))
    if json != "-":
        console().print(_table(done))
        for served in (step.served for step in done.steps.values() if step.served):
            console().print(f"\nserved: {escape(served.line)}[bold]{escape(served.completion)}[/]", soft_wrap=True)
        for step in done.failed:
            notes().print(f"{step.step.name}: {step.error}", markup=False)
        console().print(f"\nreport: {target}", soft_wrap=True, markup=False)
    emit(_json(done, target), json)
    if not succeeded:
        raise typer.Exit(1)


def _run_on_cluster(pipeline: Path, assignments: list[str], writes_here: bool, namespace: str, release: str) -> None:
    from solulu.cli.on_cluster import run_on_cluster

    if writes_here:
        raise InvalidArgument("--on-cluster runs in a pod, which has an address and writes no file here: leave out "
                              "--address, --report and --json")  # fmt: skip
    run_on_cluster(pipeline, [part for text in assignments for part in ("--set", text)], namespace, release)


@contextmanager
def _server(settings: Settings, address: str | None) -> Iterator[Client]:
    if address or settings.address:
        with connect(address) as client:
            yield client
    else:
        with embedded(settings) as client:
            yield client


def _say_what_goes_on(done: Run, is_embedded: bool) -> None:
    """After an interrupt."""
    if is_embedded:
        notes().print("stopped; what is done is kept, and the same command continues it")
        return
    for step in done.steps.values():
        if step.job and not step.job.HasField("end_time"):
            job = step.job.id[:8]
            notes().print(f"{step.step.name} goes on: `solulu jobs watch {job}`, or `solulu jobs cancel {job}`")


def _table(done: Run) -> Table:
    columns = ("step", "stage", "state", "artifact", "rows", "dropped", "time", "tokens")
    rows = [_row(step) for step in done.steps.values()]
    return table(columns, rows, right=("rows", "dropped", "time"))


def _row(step: StepRun) -> tuple[str, ...]:
    artifact = step.artifact
    state = "reused" if step.reused else str(step.state)
    if artifact is None:
        time = seconds(step.elapsed_seconds) if step.elapsed_seconds else ""
        return step.step.name, step.step.stage, state, "", "", "", time, ""
    return (
        step.step.name,
        step.step.stage,
        state,
        short(artifact.reference),
        f"{artifact.num_rows:,}",
        f"{sum(artifact.drops.values()):,}",
        seconds(artifact.elapsed_seconds),
        tokens(artifact.usage),
    )


def _json(done: Run, report: Path) -> dict[str, Any]:
    return {
        "pipeline": done.pipeline.name,
        "report": str(report),
        "steps": [
            {
                "name": step.step.name,
                "stage": step.step.stage,
                "state": str(step.state),
                "reused": step.reused,
                "error": step.error,
                "job": step.job.id if step.job else None,
                "artifact": plain(step.artifact) if step.artifact else None,
                "served": vars(step.served) if step.served else None,
                "elapsed_seconds": round(step.elapsed_seconds, 3),
            }
            for step in done.steps.values()
        ],
    }
