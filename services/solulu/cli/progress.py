"""Live progress of one job or of many: bars on a terminal, lines now and then elsewhere. Always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from solulu.cli.output import drops, notes, seconds
from solulu.v1 import job_pb2

LINE_SECONDS = 15.0
"""Without a terminal, a step that has nothing new to say says so again this often."""


class Display(Protocol):
    """Where progress is shown."""

    def update(self, name: str, job: job_pb2.Job) -> None:
        """The step `name` has got so far."""

    def note(self, name: str, text: str, done: bool = False) -> None:
        """A few words on a step that is no job, or on how it ended."""


@contextmanager
def display() -> Iterator[Display]:
    """The display that suits stderr."""
    if sys.stderr.isatty():
        with Bars(notes()) as bars:
            yield bars
    else:
        yield Lines(notes())


def summary(job: job_pb2.Job) -> str:
    """What a job has done so far, in few words: `working, 330 done, 312 rows, 12 dropped, 40 s left`."""
    progress = job.progress
    words = [progress.phase or ("queued" if job.state == job_pb2.JOB_STATE_QUEUED else "starting")]
    if progress.num_items_done:
        words.append(f"{progress.num_items_done:,} done")
    if progress.num_rows:
        words.append(f"{progress.num_rows:,} rows")
    if progress.drops:
        words.append(f"{sum(progress.drops.values()):,} dropped")
    words += [
        f"{name} {progress.metrics[name]:.4g}" for name in ("loss", "tokens_per_second") if name in progress.metrics
    ]
    if progress.HasField("eta_seconds"):
        words.append(f"{seconds(progress.eta_seconds)} left")
    return ", ".join(words)


def ending(job: job_pb2.Job) -> str:
    """How a job ended, in one line."""
    state = job_pb2.JobState.Name(job.state).removeprefix("JOB_STATE_").lower()
    words = [state + (" before, reused" if job.reused else "")]
    if job.progress.num_rows:
        words.append(f"{job.progress.num_rows:,} rows")
    if job.progress.drops:
        words.append(f"dropped {drops(dict(job.progress.drops))}")
    return ", ".join(words)


class Bars:
    """A bar for each step."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]\u2713[/]"),
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def update(self, name: str, job: job_pb2.Job) -> None:
        """Moves the bar."""
        done = job.state == job_pb2.JOB_STATE_SUCCEEDED
        total = 1.0 if done or job.progress.HasField("fraction") else None
        completed = 1.0 if done else job.progress.fraction
        words = escape(ending(job) if job.HasField("end_time") else summary(job))
        self._progress.update(self._task(name), total=total, completed=completed, words=words)

    def note(self, name: str, text: str, done: bool = False) -> None:
        """Writes beside the bar."""
        if done:
            self._progress.update(self._task(name), total=1.0, completed=1.0, words=escape(text))
        else:
            self._progress.update(self._task(name), words=escape(text))

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(escape(name), total=None, words="")
        return self._tasks[name]


class Lines:
    """A line where something has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[str, tuple[str, float]] = {}

    def update(self, name: str, job: job_pb2.Job) -> None:
        """A line at each change of state or phase, and now and then between."""
        change = f"{job.state}{job.progress.phase}"
        before, time_before = self._said.get(name, ("", 0.0))
        if change == before and time.monotonic() - time_before < LINE_SECONDS:
            return
        self._said[name] = (change, time.monotonic())
        percent = f"{job.progress.fraction:4.0%} " if job.progress.HasField("fraction") else ""
        self._line(name, ending(job) if job.HasField("end_time") else percent + summary(job))

    def note(self, name: str, text: str, done: bool = False) -> None:
        """The text as a line."""
        self._line(name, text)

    def _line(self, name: str, text: str) -> None:
        self._console.print(f"{name}: {text}", markup=False)
