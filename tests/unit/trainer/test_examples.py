"""What a model sees of a pair, and where its loss is."""

from __future__ import annotations

import pytest
from solulu.core import rules
from solulu.core.settings import Settings
from solulu.core.stage import Drop
from solulu.llm.models import weights_folder
from solulu.llm.templates import Hole, Template
from solulu.trainer.examples import IGNORED, encode_row, encode_rows
from solulu.v1.trainer_pb2 import OBJECTIVE_SFT, TrainSpec
from support.training import pair


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    from transformers import AutoTokenizer

    home = tmp_path_factory.mktemp("home")
    return Template(AutoTokenizer.from_pretrained(weights_folder("random:tiny", Settings(home=home))))


def spec(**fields):
    message = TrainSpec(**fields)
    rules.write_defaults(message)
    return message


def text(template, ids):
    return template._tokenizer.decode(ids)


def test_the_loss_is_on_the_completion_and_its_end_and_nowhere_else(template):
    example = encode_row(pair(0), template, spec(spm_rate=0))
    learned = [label for label in example.labels if label != IGNORED]

    assert text(template, learned) == "json.load(file)['one']<|endoftext|>"
    assert example.labels[-len(learned) :] == learned
    assert example.input_ids[-len(learned) :] == learned
    assert [weight > 0 for weight in example.weights] == [label != IGNORED for label in example.labels]


def test_the_prompt_is_the_one_that_completion_uses(template):
    row = pair(0)
    example = encode_row(row, template, spec(spm_rate=0))
    num_prompt = example.labels.index(next(label for label in example.labels if label != IGNORED))

    asked = template.encode(Hole(row["prompt"], row["suffix"], row["file_path"]), max_length=511)

    assert example.input_ids[:num_prompt] == asked.ids


def test_contrast_weighs_the_invented_name_and_plain_sft_does_not(template):
    contrast = encode_row(pair(0), template, spec(contrast_weight=4))
    plain = encode_row(pair(0), template, spec(objective=OBJECTIVE_SFT))

    heavy = [i for i, w in zip(contrast.input_ids, contrast.weights, strict=True) if w == max(contrast.weights)]
    assert set(text(template, heavy)) <= set("load")
    assert max(plain.weights) == 1
    assert contrast.input_ids == plain.input_ids


@pytest.mark.parametrize("rate", [0, 0.5, 1])
def test_suffix_first_prompts_have_the_share_that_was_asked_for(template, rate):
    examples, _ = encode_rows([pair(number) for number in range(200)], template, spec(spm_rate=rate))
    prefix, suffix = (template._special[name] for name in ("<|fim_prefix|>", "<|fim_suffix|>"))

    num_spm = sum(e.input_ids.index(suffix) == e.input_ids.index(prefix) + 1 for e in examples)

    assert num_spm / 200 == pytest.approx(rate, abs=0.12)


def test_another_seed_mixes_the_orders_differently_and_the_same_one_the_same(template):
    rows = [pair(number) for number in range(30)]

    assert encode_rows(rows, template, spec(seed=1)) == encode_rows(rows, template, spec(seed=1))
    assert encode_rows(rows, template, spec(seed=1)) != encode_rows(rows, template, spec(seed=2))


def test_a_row_whose_completion_would_be_cut_is_dropped_and_a_long_prompt_is_not(template):
    long_golden, long_prompt = pair(0, golden_completion="x" * 400), pair(1, prompt="# line\n" * 2000)

    examples, drops = encode_rows([long_golden, long_prompt], template, spec(max_length=256))

    assert [drop.reason for drop in drops] == ["too_long"]
    assert isinstance(drops[0], Drop)
    assert drops[0].row_id == long_golden["id"]
    assert "max_length 256" in drops[0].detail
    assert len(examples) == 1
    assert len(examples[0].input_ids) <= 256


def test_a_hole_at_the_start_of_an_empty_file_has_a_token_to_start_from(template):
    example = encode_row(pair(0, prompt="", suffix="", file_path=""), template, spec())

    assert example.labels[0] == IGNORED
