"""A checkpoint is there whole or not at all."""

from __future__ import annotations

import pyarrow as pa
import pytest
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.trainer.checkpoints import Checkpoints


@pytest.fixture
def store(tmp_path):
    return open_store(Settings(home=tmp_path / "home"))


@pytest.fixture
def checkpoints(store):
    return Checkpoints(store, "checkpoints/key")


def folder(tmp_path, step):
    path = tmp_path / f"made-{step}"
    (path / "inner").mkdir(parents=True)
    (path / "inner" / "weights").write_text(f"weights of {step}")
    (path / "state").write_text(f"state of {step}")
    return path


def test_the_newest_checkpoint_comes_back_with_every_file(checkpoints, tmp_path):
    for step in (9, 10):
        checkpoints.save(step, folder(tmp_path, step))

    restored = checkpoints.restore(tmp_path / "restored")

    assert restored.name == "checkpoint-10"
    assert (restored / "inner" / "weights").read_text() == "weights of 10"


def test_a_checkpoint_that_was_not_completed_is_passed_over(checkpoints, store, tmp_path):
    checkpoints.save(5, folder(tmp_path, 5))
    store.put("checkpoints/key/steps/00000010/state", b"half")

    assert checkpoints.restore(tmp_path / "restored").name == "checkpoint-5"


def test_without_a_checkpoint_there_is_nothing_to_restore(checkpoints, tmp_path):
    assert checkpoints.restore(tmp_path / "restored") is None


def test_only_the_newest_checkpoint_takes_room(checkpoints, store, tmp_path):
    for step in (1, 2, 3):
        checkpoints.save(step, folder(tmp_path, step))

    assert {name.split("/")[3] for name in store.list("checkpoints/key/steps/")} == {"00000003"}


def test_inputs_and_results_are_read_as_they_were_written(checkpoints, tmp_path):
    rows = pa.table({"id": ["a", "b"]})
    checkpoints.put_inputs({"spec": {"seed": 3}}, rows)
    assert checkpoints.result() is None
    checkpoints.put_result(folder(tmp_path, 1), {"rows": [{"step": 1}]})

    assert checkpoints.inputs() == ({"spec": {"seed": 3}}, rows)
    assert checkpoints.result() == {"rows": [{"step": 1}], "files": ["inner/weights", "state"]}
    checkpoints.get_model(["inner/weights"], tmp_path / "model")
    assert (tmp_path / "model" / "inner" / "weights").read_text() == "weights of 1"
