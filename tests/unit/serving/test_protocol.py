"""What a completions request may say, and what is answered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.llm.answer import Answer
from solulu.serving.protocol import ApiError, Reply, parse_request


def parse(**fields):
    return parse_request(json.dumps({"model": "m", "prompt": "a"} | fields).encode(), "m", longest=1024)


def test_what_is_left_out_has_openais_defaults():
    sampling = parse().samplings()[0]

    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.stop) == (1.0, 1.0, 16, ())
    assert parse(max_tokens=None, temperature=None, n=None, stop=None).num_samples == 1


def test_each_sample_has_a_seed_of_its_own_and_the_same_request_the_same_seeds():
    assert [sampling.seed for sampling in parse(n=3, seed=7).samplings()] == [7, 8, 9]
    assert parse().samplings()[0].seed != parse().samplings()[0].seed


def test_one_stop_text_or_several_are_the_same_to_the_model():
    assert parse(stop="\n").samplings()[0].stop == ("\n",)
    assert parse(stop=["\n", "#"]).samplings()[0].stop == ("\n", "#")


FIELDS = st.sampled_from(["prompt", "suffix", "n", "max_tokens", "stop", "seed", "stream", "logit_bias"])
VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)


@given(st.dictionaries(FIELDS, VALUES))
def test_any_request_is_either_understood_or_refused_in_openais_form(fields):
    try:
        assert parse(**fields).samplings()
    except ApiError as error:
        refusal = error.body()["error"]
        assert refusal["type"] == "invalid_request_error"
        assert refusal["message"]


@given(st.binary(max_size=40))
def test_any_bytes_are_either_understood_or_refused(body):
    with pytest.raises(ApiError):
        parse_request(body, "m", 1024)


def test_choices_are_numbered_prompt_by_prompt_and_a_prompt_is_counted_once():
    answers = [[Answer("a", "stop", 5, 1), Answer("b", "length", 5, 2)], [Answer("c", "stop", 7, 3)] * 2]

    body = Reply("m").whole(answers)

    assert [(choice["index"], choice["text"]) for choice in body["choices"]] == [(0, "a"), (1, "b"), (2, "c"), (3, "c")]
    assert body["usage"] == {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}


@pytest.mark.parametrize(("prompts", "n"), [([], 1), (["a"] * 65, 1), (["a"] * 5, 16)])
def test_the_number_of_choices_is_bounded(prompts, n):
    with pytest.raises(ApiError, match="between 1 and 64 choices"):
        parse(prompt=prompts, n=n)
