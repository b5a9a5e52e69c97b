"""What a service author writes: a Stage. How it is run is the runner's business alone.

A stage turns a spec and input artifacts into rows. It holds no state between items, opens no file of the store, reads
no environment variable, retries nothing and reports progress only as metrics; so the same stage runs in a thread, a
process pool or a cluster, and a run that was killed continues.

A unit is what is written and resumed at once, an item what can fail alone. A plain `process` runs in a worker process
that has no store and no database; an `async` one runs on the runner's event loop, for work that waits.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from google.protobuf.message import Message

from solulu.core.records import Record

if TYPE_CHECKING:
    from solulu.core.artifacts import ArtifactReader
    from solulu.core.ledger import Ledger
    from solulu.core.settings import Settings
    from solulu.core.store import Store

SpecT = TypeVar("SpecT", bound=Message)
Row = Mapping[str, Any]
"""A row of the stage's record: a plain dict with the schema's columns."""


@dataclass(frozen=True)
class Slice:
    """Rows `start` to `stop` of an input artifact, in the artifact's order."""

    input: str
    start: int
    stop: int


@dataclass(frozen=True)
class Unit:
    """What is written and resumed at once. `id` is short, unique in the job and safe in a file name; the artifact has
    the plan's order. `payload` is whatever `items` needs, picklable; the runner fills `rows` in from `slice`."""

    id: str
    payload: Any = None
    slice: Slice | None = None
    rows: Sequence[Row] = ()


@dataclass(frozen=True)
class Drop:
    """Something that did not become a row, and why. `reason` is one of few words_with_underscores: it is a metric's
    label; `detail` is for people."""

    row_id: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class File:
    """A file that `process` puts beside the rows, such as a repository's symbol index. `name` is a relative path,
    unique in the artifact; the same name with the same bytes may come from several units."""

    name: str
    data: bytes


Result = Row | Drop | File


@dataclass
class JobContext:
    """What a job gives its stage. Only `settings` and plain values derived from it may go into a plain stage's tools:
    the rest does not pickle."""

    id: str
    key: str
    settings: Settings
    inputs: Mapping[str, ArtifactReader]
    """Single inputs by name; a repeated input `models` is there as `models[0]`, `models[1]`..."""
    store: Store
    ledger: Ledger
    concurrency: int
    checkpoints: str
    """Prefix in the store for what must survive a crash; deleted after the manifest is written."""
    scratch: Path
    """A local folder of this attempt, deleted after it."""
    report: Callable[[Mapping[str, float]], None]
    """Publishes metrics of the running work (loss, tokens_per_second) in the job's progress."""
    is_cancelled: Callable[[], bool]
    """Whether somebody cancelled the job. A service that merely stops gives it back instead."""


class Stage(Generic[SpecT]):
    """One kind of job. Subclasses set the class variables and write the methods that they need."""

    name: ClassVar[str]
    """The stage's verb: `scrape`, `judge`; first part of its artifacts' references."""
    version: ClassVar[int]
    """Raised whenever the same spec would make other bytes."""
    service: ClassVar[str]
    """Full name of the gRPC service that submits it, such as `solulu.v1.JudgeService`."""
    produces: ClassVar[Record]
    retried_drops: ClassVar[frozenset[str]] = frozenset()
    """Reasons that may pass, such as a source that cannot be reached: the next job of the key does such units again."""

    def resolve(self, spec: SpecT, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins in place whatever may change outside (git refs, installed versions, models, files) and checks what the
        field rules cannot. Runs at Submit, so it must be quick and raise InvalidArgument with a field path.
        Defaults are written out already."""

    def plan(self, spec: SpecT, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """The units: deterministic and cheap."""
        raise NotImplementedError

    def tools(self, spec: SpecT, job: JobContext) -> Any:
        """What `items` and `process` need, made once a job (and pickled into workers, where `process` is plain).
        In a waiting stage, an object with `close()` is closed at the end, on the event loop if that is a coroutine."""
        return spec

    def items(self, unit: Unit, tools: Any) -> Iterable[Any]:
        """What can fail alone; by default the unit's rows."""
        return unit.rows

    def process(self, item: Any, tools: Any) -> Iterator[Result] | AsyncIterator[Result]:
        """The rows, drops and files of one item; a generator, or an async generator where it waits."""
        raise NotImplementedError

    def finish(self, spec: SpecT, parts: ArtifactReader, out: Path, job: JobContext) -> Iterable[Row | Drop] | None:
        """Work over all rows: quotas, de-duplication, posteriors. Written as a generator, it yields the artifact's rows
        and the parts are only checkpoints. Files left in `out` become files of the artifact."""
        return None

    @property
    def waits(self) -> bool:
        """Whether `process` is asynchronous."""
        return inspect.isasyncgenfunction(self.process)


def slices(input: str, num_rows: int, rows: int) -> list[Unit]:
    """Units of `rows` consecutive rows over an input artifact of `num_rows`."""
    return [
        Unit(id=f"{number:06d}", slice=Slice(input, start, min(start + rows, num_rows)))
        for number, start in enumerate(range(0, num_rows, rows))
    ]
