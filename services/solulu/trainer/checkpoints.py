"""What a training process and its job tell each other, as objects of the store under `checkpoints/<key>/`.

    inputs/job.json, inputs/rows.parquet    written by the job before the process starts
    steps/<step>/...                        one checkpoint; `complete.json` is written last
    progress.json                           the latest progress event
    model/..., result.json                  the tuned model; the result is written last

Nothing else passes between them, so the process may run on any machine that reaches the store.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from solulu.core.digests import canonical_json
from solulu.core.errors import NotFound
from solulu.core.store import Store
from solulu.core.store.retrying import read_again

_COMPLETE = "complete.json"


class Checkpoints:
    """The objects of one training job."""

    def __init__(self, store: Store, prefix: str, impatient: Store | None = None) -> None:
        """`impatient` is the same store for what is written often and need not arrive."""
        self._store, self._prefix = store, prefix
        self._impatient = impatient or store

    def put_inputs(self, job: dict[str, Any], rows: pa.Table) -> None:
        """Writes what the process starts from."""
        buffer = io.BytesIO()
        pq.write_table(rows, buffer, compression="zstd")
        self._put_json("inputs/job.json", job)
        self._store.put(f"{self._prefix}/inputs/rows.parquet", buffer.getvalue())

    @read_again
    def inputs(self) -> tuple[dict[str, Any], pa.Table]:
        """What `put_inputs` wrote."""
        with self._store.open(f"{self._prefix}/inputs/rows.parquet") as file:
            rows = pq.read_table(io.BytesIO(file.read()))
        job = self._json("inputs/job.json")
        if job is None:
            raise NotFound(f"{self._prefix}/inputs/job.json is not in the store")
        return job, rows

    def save(self, step: int, folder: Path) -> None:
        """Writes a checkpoint, then removes the ones before it."""
        names = self._put_folder(f"steps/{step:08d}", folder)
        self._put_json(f"steps/{step:08d}/{_COMPLETE}", names)
        for older in self._steps():
            if older < step:
                self._delete_step(older)

    def restore(self, folder: Path) -> Path | None:
        """The newest complete checkpoint, as a folder in `folder` with the name that transformers wants."""
        for step in reversed(self._steps()):
            names = self._json(f"steps/{step:08d}/{_COMPLETE}")
            if names is not None:
                target = folder / f"checkpoint-{step}"
                for name in names:
                    self._get(f"steps/{step:08d}/{name}", target / name)
                return target
        return None

    def put_progress(self, event: dict[str, float]) -> None:
        """Publishes how far training is."""
        self._impatient.put(f"{self._prefix}/progress.json", canonical_json(event))

    def progress(self) -> dict[str, float] | None:
        """The latest progress event."""
        return self._json("progress.json")

    def put_result(self, model: Path, result: dict[str, Any]) -> None:
        """Writes the tuned model's files, then the result."""
        files = self._put_folder("model", model)
        self._put_json("result.json", {**result, "files": files})

    def result(self) -> dict[str, Any] | None:
        """What `put_result` wrote, with the names of the model's `files`; None while there is none."""
        return self._json("result.json")

    def get_model(self, names: list[str], out: Path) -> None:
        """Copies files of the tuned model to a folder."""
        for name in names:
            self._get(f"model/{name}", out / name)

    def _steps(self) -> list[int]:
        start = f"{self._prefix}/steps/"
        return sorted({int(name.removeprefix(start).split("/")[0]) for name in self._store.list(start)})

    def _delete_step(self, step: int) -> None:
        """Removes the mark of a complete checkpoint first, so that nobody restores half of it."""
        self._store.delete(f"{self._prefix}/steps/{step:08d}/{_COMPLETE}")
        for name in list(self._store.list(f"{self._prefix}/steps/{step:08d}/")):
            self._store.delete(name)

    def _put_folder(self, place: str, folder: Path) -> list[str]:
        names = sorted(_files(folder))
        for name in names:
            self._store.put(f"{self._prefix}/{place}/{name}", folder / name)
        return names

    def _put_json(self, name: str, value: Any) -> None:
        self._store.put(f"{self._prefix}/{name}", canonical_json(value))

    @read_again
    def _json(self, name: str) -> Any:
        try:
            with self._store.open(f"{self._prefix}/{name}") as file:
                return json.loads(file.read())
        except NotFound:
            return None

    @read_again
    def _get(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._store.open(f"{self._prefix}/{name}") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()
