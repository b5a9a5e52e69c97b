"""Steps and parts of batches."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.trainer.batches import num_optimizer_steps, rows_at_once_on_cpu
from solulu.v1.trainer_pb2 import TrainSpec


@pytest.mark.parametrize(
    ("num_rows", "fields", "steps"),
    [
        (18, {"batch_size": 4, "num_epochs": 2}, 10),
        (18, {"batch_size": 4, "num_epochs": 0.1}, 1),
        (18, {"batch_size": 4, "num_epochs": 2, "max_steps": 3}, 3),
        (18, {"batch_size": 4, "num_epochs": 1, "max_steps": 30}, 5),
        (18, {"batch_size": 4, "num_epochs": 2, "gradient_accumulation_steps": 2}, 6),
    ],
)
def test_whole_epochs_are_trained_unless_fewer_steps_are_asked_for(num_rows, fields, steps):
    spec = TrainSpec(**{"gradient_accumulation_steps": 1} | fields)

    assert num_optimizer_steps(spec, num_rows) == steps


@given(st.integers(1, 64), st.integers(1, 5000), st.integers(1, 500))
def test_a_batch_in_parts_is_the_same_batch(batch_size, longest, num_rows):
    rows = rows_at_once_on_cpu(batch_size, longest)

    assert batch_size % rows == 0
    assert rows == 1 or rows * longest <= 512
    assert math.ceil(math.ceil(num_rows / rows) / (batch_size // rows)) == math.ceil(num_rows / batch_size)
