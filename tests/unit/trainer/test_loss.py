"""The loss is the textbook's, whatever the padding."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from solulu.core.settings import Settings
from solulu.llm.models import weights_folder
from solulu.trainer.examples import IGNORED
from solulu.trainer.loss import WeightedTrainer, collate
from transformers import AutoModelForCausalLM

ROWS = [
    {"input_ids": [5, 6, 7, 8, 9], "labels": [IGNORED, IGNORED, IGNORED, 8, 9], "weights": [0, 0, 0, 2.0, 0.5]},
    {"input_ids": [3, 4], "labels": [IGNORED, 4], "weights": [0, 1.5]},
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.set_num_threads(1)
    folder = weights_folder("random:tiny", Settings(home=tmp_path_factory.mktemp("home")))
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def loss_of(model, rows, num_items=None):
    return WeightedTrainer.compute_loss(SimpleNamespace(), model, collate(rows, pad_id=0), num_items_in_batch=num_items)


def textbook(model, row):
    logits = model(torch.tensor([row["input_ids"]])).logits[0, :-1].log_softmax(-1)
    pairs = zip(logits, row["labels"][1:], row["weights"][1:], strict=True)
    return -sum(scores[label] * weight for scores, label, weight in pairs if label != IGNORED)


def test_a_padded_batch_has_the_weighted_sum_of_its_rows_over_their_tokens(model):
    expected = sum(textbook(model, row) for row in ROWS) / 3

    assert loss_of(model, ROWS).item() == pytest.approx(expected.item(), rel=1e-5)


def test_forward_passes_of_one_step_are_divided_by_all_their_tokens(model):
    split = loss_of(model, ROWS[:1], num_items=3) + loss_of(model, ROWS[1:], num_items=3)

    assert split.item() == pytest.approx(loss_of(model, ROWS).item(), rel=1e-5)


def test_gradients_are_the_textbooks_in_spite_of_padding(model):
    loss_of(model, ROWS).backward()
    got = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    (sum(textbook(model, row) for row in ROWS) / 3).backward()

    for name, parameter in model.named_parameters():
        assert torch.allclose(got[name], parameter.grad, atol=1e-6), name
    model.zero_grad()


def test_tokens_of_weight_zero_do_not_count(model):
    silent = [{**row, "weights": [0.0] * len(row["weights"])} for row in ROWS]

    assert loss_of(model, silent).item() == 0
