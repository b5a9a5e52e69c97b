"""The local engine: the same batch gives the same text, and the cache gives what a plain forward pass would."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from solulu.llm.answer import Answer
from solulu.llm.local import Engine, LocalModel
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Hole

HOLES = [
    Hole("import json\n\ndef read(path):\n    with open(path) as stream:\n        return ", "\n", "read.py"),
    Hole("def add(a, b):\n    return ", "\n", "add.py"),
    Hole("x", ""),
    Hole("", "print(x)\n"),
]
WARM = Sampling(temperature=1.0, top_p=0.95, max_tokens=12, seed=3)


@pytest.mark.parametrize("sampling", [Sampling(max_tokens=12), WARM], ids=["greedy", "sampled"])
def test_the_same_batch_gives_the_same_answers_in_another_process_of_the_model(
    tiny_folder: Path, tiny_model: LocalModel, sampling: Sampling
) -> None:
    again = LocalModel(tiny_folder, threads=1)
    assert again.complete(HOLES, sampling, 448) == tiny_model.complete(HOLES, sampling, 448)


@pytest.mark.parametrize("sampling", [Sampling(max_tokens=12), WARM], ids=["greedy", "sampled"])
def test_a_row_does_not_depend_on_its_neighbours(tiny_model: LocalModel, sampling: Sampling) -> None:
    together = tiny_model.complete(HOLES, sampling, 448)
    assert together == [tiny_model.complete([hole], sampling, 448)[0] for hole in HOLES]


def test_the_seed_decides_what_is_sampled_and_nothing_of_what_is_greedy(tiny_model: LocalModel) -> None:
    texts = {tiny_model.complete(HOLES[:1], replace(WARM, seed=seed), 448)[0].text for seed in range(4)}
    assert len(texts) == 4
    greedy = {tiny_model.complete(HOLES[:1], Sampling(seed=seed), 448)[0].text for seed in range(4)}
    assert len(greedy) == 1


def test_a_small_nucleus_is_greedy_whatever_the_temperature(tiny_model: LocalModel) -> None:
    nucleus = Sampling(temperature=2.0, top_p=1e-6, max_tokens=12, seed=5)
    assert tiny_model.complete(HOLES, nucleus, 448) == tiny_model.complete(HOLES, Sampling(max_tokens=12), 448)


def test_an_answer_that_max_tokens_cut_says_so_and_counts_its_tokens(tiny_model: LocalModel) -> None:
    answer = tiny_model.complete(HOLES[1:2], Sampling(max_tokens=5), 448)[0]
    assert (answer.finish_reason, answer.completion_tokens) == ("length", 5)
    prompt = tiny_model.template.encode(HOLES[1], max_length=448)
    assert answer.prompt_tokens == len(prompt.ids)
    assert (answer.cached, answer.cost) == (False, 0.0)


def test_a_long_prompt_is_cut_to_its_limit(tiny_model: LocalModel) -> None:
    answer = tiny_model.complete([Hole("x = 1\n" * 1000, "y = 2\n" * 1000)], Sampling(max_tokens=1), 64)[0]
    assert answer.prompt_tokens <= 64


def test_no_holes_and_no_tokens_are_no_work(tiny_model: LocalModel) -> None:
    assert tiny_model.complete([], WARM, 448) == []
    assert [answer.text for answer in tiny_model.complete(HOLES, Sampling(max_tokens=0), 448)] == [""] * 4


def test_a_stop_string_ends_a_row_before_it_and_leaves_the_others(tiny_model: LocalModel) -> None:
    free = tiny_model.complete(HOLES, WARM, 448)
    stop = free[0].text[3:5]
    stopped = tiny_model.complete(HOLES, replace(WARM, stop=(stop, "never written")), 448)
    assert stopped[0].text == free[0].text[: free[0].text.find(stop)]
    assert stopped[0].finish_reason == "stop"
    assert stopped[0].completion_tokens < free[0].completion_tokens
    assert [row.text for row, whole in zip(stopped, free, strict=True) if stop not in whole.text] == [
        whole.text for whole in free if stop not in whole.text
    ]


@given(seed=st.integers(0, 10_000), stops=st.lists(st.text(min_size=1, max_size=2), max_size=2))
def test_streamed_pieces_are_the_answer_and_never_show_a_stop_string(
    tiny_model: LocalModel, seed: int, stops: list[str]
) -> None:
    sampling = replace(WARM, seed=seed, stop=tuple(stops), max_tokens=8)
    *pieces, answer = tiny_model.stream(HOLES[1], sampling, 448)
    assert isinstance(answer, Answer)
    assert "".join(map(str, pieces)) == answer.text
    assert not any(stop in answer.text for stop in stops)
    assert answer == tiny_model.complete([HOLES[1]], sampling, 448)[0]


@given(blanks=st.text(" \n\t", min_size=1, max_size=6), seed=st.integers(0, 1000))
def test_white_space_before_the_hole_is_written_by_the_model_and_is_no_part_of_its_answer(
    unmarked_model: LocalModel, blanks: str, seed: int
) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=10, seed=seed)
    hole = Hole("x =" + blanks, "\n")
    prompt = unmarked_model.template.encode(hole, max_length=448)
    assert prompt.healed == blanks
    rows = unmarked_model._rows([hole], sampling, 448)
    for _ in unmarked_model._decode(rows, sampling):
        pass
    written = unmarked_model.tokenizer.decode(rows[0].ids, skip_special_tokens=True)
    assert written.startswith(blanks) or blanks.startswith(written)
    if rows[0].answer().finish_reason == "stop":
        assert rows[0].answer().text == written[len(blanks) :]


def plain_log_probabilities(model: LocalModel, hole: Hole, completion: str) -> list[float]:
    encoded = model.template.encode(hole, completion, max_length=4096)
    with torch.inference_mode():
        logits = model._model(torch.tensor([encoded.ids])).logits[0].log_softmax(-1)
    places = range(encoded.num_prompt, len(encoded.ids) - 1)
    return [logits[place - 1, encoded.ids[place]].item() for place in places]


@pytest.mark.parametrize("name", ["tiny_model", "unmarked_model"])
def test_likelihoods_are_those_of_a_plain_forward_pass(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    completions = ["json.load(stream)", "json.loads(stream)", "x", ""]
    found = model.log_likelihoods([(hole, completions) for hole in HOLES], 448)
    for hole, scores in zip(HOLES, found, strict=True):
        for completion, score in zip(completions, scores, strict=True):
            assert score == pytest.approx(plain_log_probabilities(model, hole, completion), abs=1e-4)


def test_likelihoods_of_a_hole_do_not_depend_on_the_other_holes_to_the_last_bit(tiny_model: LocalModel) -> None:
    items = [(hole, ["a", "bcd"]) for hole in HOLES]
    alone = [tiny_model.log_likelihoods([item], 448)[0] for item in items]
    assert tiny_model.log_likelihoods(items, 448) == alone


def test_a_hole_without_completions_has_no_likelihoods(tiny_model: LocalModel) -> None:
    assert tiny_model.log_likelihoods([(HOLES[0], []), (HOLES[1], ["", ""])], 448) == [[], [[], []]]


def test_the_engine_works_in_one_thread_while_the_event_loop_goes_on(tiny_folder: Path) -> None:
    started, go = threading.Event(), threading.Event()
    threads: set[str] = set()

    def wait(model: LocalModel) -> int:
        threads.add(threading.current_thread().name)
        started.set()
        assert go.wait(30)
        return len(model.tokenizer)

    def touch(model: LocalModel) -> int:
        threads.add(threading.current_thread().name)
        return len(model.tokenizer)

    async def overlap() -> list[int]:
        engine = Engine(tiny_folder, threads=1)
        try:
            works = [asyncio.create_task(engine.run(work)) for work in (wait, touch)]
            while not started.is_set():  # runs on the loop while the model's thread is busy
                await asyncio.sleep(0.01)
            go.set()
            return list(await asyncio.gather(*works))
        finally:
            engine.close()

    sizes = asyncio.run(overlap())
    assert sizes[0] == sizes[1]
    assert len(threads) == 1


def test_an_engine_without_weights_says_so_to_whoever_waits(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "nowhere", threads=1)
    with pytest.raises(OSError, match="nowhere"):
        asyncio.run(engine.run(LocalModel.complete, HOLES, WARM, 448))
    engine.close()


def test_the_packaged_model_knows_python(packaged_model: LocalModel) -> None:
    (answer,) = packaged_model.complete(HOLES[:1], Sampling(max_tokens=6, stop=("\n",)), 448)
    assert answer.text.startswith("json.load")
    golden, negative = packaged_model.log_likelihoods([(HOLES[0], ["json.load(stream)", "json.parse(stream)"])], 448)[0]
    assert sum(golden) > sum(negative)
