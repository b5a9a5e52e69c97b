"""`solulu artifacts`: what the store holds."""

from __future__ import annotations

import json as json_module
from itertools import islice
from typing import Annotated

import typer

from solulu.cli.connection import Address, connect
from solulu.cli.jobs import Limit
from solulu.cli.output import Json, drops, emit, notes, plain, seconds, short, size, table, tokens, when, write
from solulu.v1 import artifact_pb2

app = typer.Typer(help="Read and look after what stages made.", no_args_is_help=True)

Reference = Annotated[
    str, typer.Argument(metavar="ARTIFACT", help="STAGE/KEY, or at least 8 hex digits of the key.", show_default=False)
]


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="Only this kind, such as pairs.", show_default=False)] = "",
    limit: Limit = 50,
    address: Address = None,
    json: Json = None,
) -> None:
    """The artifacts, newest first."""
    with connect(address) as client:
        artifacts = list(islice(client.list_artifacts(kind), limit))
    columns = ("artifact", "kind", "rows", "dropped", "size", "created")
    rows = [
        (short(one.reference), one.kind, f"{one.num_rows:,}", f"{sum(one.drops.values()):,}",
         size(sum(file.num_bytes for file in one.files)), when(one.create_time))
        for one in artifacts
    ]  # fmt: skip
    emit(artifacts, json, table(columns, rows, right=("rows", "dropped", "size")))


@app.command()
def get(artifact: Reference, address: Address = None, json: Json = None) -> None:
    """An artifact's manifest: what it is, holds, and was made of."""
    with connect(address) as client:
        found = client.get_artifact(artifact)
    emit(found, json, _details(found))


@app.command()
def rows(
    artifact: Reference,
    offset: Annotated[int, typer.Option(min=0, help="Rows to skip.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Most rows to print.")] = 10,
    column: Annotated[
        list[str] | None, typer.Option(help="Only this column; may be repeated.", show_default=False)
    ] = None,
    address: Address = None,
    json: Json = None,
) -> None:
    """An artifact's rows, one JSON object a line."""
    with connect(address) as client:
        lines = [
            json_module.dumps(row, ensure_ascii=False) + "\n"
            for row in client.read_rows(artifact, offset, limit, column or [])
        ]
    write(json or "-", "".join(lines))


@app.command()
def verify(artifact: Reference, address: Address = None, json: Json = None) -> None:
    """Read every file and compare its digest with the manifest's. Exits with 1 where one differs."""
    with connect(address) as client:
        found = client.get_artifact(artifact)
        problems = client.verify_artifact(found.reference)
    good = f"{short(found.reference)}: all {len(found.files)} files are as the manifest lists them"
    emit({"reference": found.reference, "problems": problems}, json, "\n".join(problems) or good)
    if problems:
        raise typer.Exit(1)


@app.command()
def rm(artifact: Reference, address: Address = None) -> None:
    """Remove an artifact; its job makes it again when it is next submitted."""
    with connect(address) as client:
        client.delete_artifact(artifact)
    notes().print(f"{artifact} is deleted")


@app.command()
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    json: Json = None,
) -> None:
    """Remove from the store what no manifest lists and no live or resumable job needs.

    Works on the store and the job table that the settings name, without a server.
    """
    from solulu.core import artifacts
    from solulu.core.database import open_database
    from solulu.core.jobs import JobTable
    from solulu.core.settings import load
    from solulu.core.store import open_store

    settings = load()
    store, jobs = open_store(settings), JobTable(open_database(settings.database_url))
    names = list(artifacts.garbage(store, jobs.resumable_keys()))
    still = set(artifacts.garbage(store, jobs.resumable_keys()))  # a job may have started, or ended, since
    names = [name for name in names if name in still]
    num_bytes = sum(store.stat(name).num_bytes for name in names)
    if not dry_run:
        for name in names:
            store.delete(name)
    word = "would be removed from" if dry_run else "removed from"
    result = {"removed": [] if dry_run else names, "garbage": names, "num_bytes": num_bytes}
    emit(result, json, f"{len(names):,} files, {size(num_bytes)}, {word} {settings.store_url}")


def _details(artifact: artifact_pb2.Artifact) -> str:
    entries = {
        "artifact": artifact.reference,
        "kind": f"{artifact.kind} (schema {artifact.schema_version}, {artifact.stage} {artifact.stage_version})",
        "rows": f"{artifact.num_rows:,}",
        "dropped": drops(dict(artifact.drops)),
        "content": artifact.content_digest,
        "created": f"{when(artifact.create_time)} in {seconds(artifact.elapsed_seconds)}",
        "tokens": tokens(artifact.usage),
        "inputs": ", ".join(f"{entry.name} {short(entry.reference)}" for entry in artifact.inputs),
    }
    lines = [f"{name:<9} {value}" for name, value in entries.items() if value]
    lines += ["spec", *(f"  {name} = {value}" for name, value in sorted(plain(artifact)["spec"].items()))]
    lines += ["files", *(f"  {file.path}  {size(file.num_bytes)}" for file in artifact.files)]
    return "\n".join(lines)
