"""The predictor, asked by the official OpenAI client and by plain HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest
from support.predictor import predictor, refusal

PROMPT, SUFFIX = "def area(width, height):\n    return ", "\n\nprint(area(2, 3))\n"
TOKEN = "only-for-tests"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with predictor(tmp_path_factory.mktemp("home"), token=TOKEN) as url:
        yield url


@pytest.fixture(scope="module")
def client(url):
    with openai.OpenAI(base_url=f"{url}/v1", api_key=TOKEN, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def http(url):
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http:
        yield http


def complete(client, **options):
    given = {"model": "tiny", "prompt": PROMPT, "max_tokens": 24, "temperature": 1, "seed": 4} | options
    return client.completions.create(**given)


def test_a_completion_has_text_a_reason_and_usage(client):
    answer = complete(client, suffix=SUFFIX)

    assert answer.object == "text_completion"
    assert answer.model == "tiny"
    assert answer.choices[0].text
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 24
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 24


def test_what_stands_behind_the_hole_is_part_of_the_prompt(client):
    with_suffix, without = complete(client, suffix=SUFFIX), complete(client)

    assert with_suffix.usage.prompt_tokens > without.usage.prompt_tokens
    assert with_suffix.choices[0].text != without.choices[0].text


def test_greedy_answers_repeat_and_a_seed_repeats_a_drawn_one(client):
    assert complete(client, temperature=0).choices[0] == complete(client, temperature=0, seed=9).choices[0]
    drawn = [complete(client, seed=seed).choices[0].text for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_stream_has_the_text_of_the_whole_answer_in_pieces(client):
    whole = complete(client, suffix=SUFFIX)
    chunks = list(complete(client, suffix=SUFFIX, stream=True, stream_options={"include_usage": True}))

    pieces = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(piece.text for piece in pieces) == whole.choices[0].text
    assert len(pieces) > 3
    assert pieces[-1].finish_reason == "length"
    assert all(piece.finish_reason is None for piece in pieces[:-1])
    assert chunks[-1].usage == whole.usage
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_a_stream_that_nobody_reads_to_the_end_leaves_the_model_free(client):
    stream = complete(client, stream=True, max_tokens=4000)
    next(iter(stream))
    stream.close()

    assert complete(client, max_tokens=1, timeout=60).choices[0].text is not None


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(client):
    text = complete(client).choices[0].text
    stop = text[4:6]

    answer = complete(client, stop=["never there", stop])

    assert answer.choices[0].text == text[: text.index(stop)]
    assert answer.choices[0].finish_reason == "stop"


def test_several_prompts_and_several_samples_give_numbered_choices(client):
    answer = complete(client, prompt=["a = ", "b = "], n=3, temperature=1.2, seed=5)

    assert [choice.index for choice in answer.choices] == list(range(6))
    assert len({choice.text for choice in answer.choices}) > 2
    streamed = [c.choices[0] for c in complete(client, n=2, temperature=1.2, seed=5, stream=True)]
    assert {choice.index for choice in streamed} == {0, 1}


@pytest.mark.parametrize(
    ("options", "param", "message"),
    [
        ({"extra_body": {"echo": True}}, "echo", "echo is not supported"),
        ({"logprobs": 1}, "logprobs", "logprobs is not supported"),
        ({"prompt": [1, 2, 3]}, "prompt", "token ids are not supported"),
        ({"prompt": "x" * 1_000_001}, "prompt", "send at most 1,000,000"),
        ({"max_tokens": 100_000}, "max_tokens", "half the model's context"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"temperature": 3}, "temperature", "less than or equal to 2"),
        ({"n": 100}, "n", "less than or equal to 16"),
        ({"presence_penalty": 0.5}, "presence_penalty", "not supported"),
        ({"best_of": 5}, "best_of", "not supported"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(client, options, param, message):
    with pytest.raises(openai.BadRequestError) as caught:
        complete(client, **options)

    assert caught.value.param == param
    assert message in caught.value.body["message"]
    assert caught.value.type == "invalid_request_error"


def test_options_that_ask_for_nothing_are_no_error(client):
    assert complete(client, echo=False, presence_penalty=0, frequency_penalty=0, best_of=1, user="me").choices


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError, match="there is no model 'gpt' here, only 'tiny'"):
        complete(client, model="gpt")


def test_a_body_that_is_no_json_is_a_bad_request(http):
    answer = http.post("/v1/completions", content=b"{")

    assert answer.status_code == 400
    assert "the body is not JSON" in answer.json()["error"]["message"]


def test_a_body_without_end_is_cut_off(http):
    answer = http.post("/v1/completions", content=b" " * 9_000_000)

    assert answer.status_code == 400
    assert "larger than 8,000,000 bytes" in answer.json()["error"]["message"]


def test_requests_at_once_all_get_their_own_answer(client):
    prompts = [f"value_{number} = " for number in range(8)]
    alone = [complete(client, prompt=prompt).choices[0].text for prompt in prompts]

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda prompt: complete(client, prompt=prompt).choices[0].text, prompts))

    assert together == alone


def test_models_are_listed_in_openais_form_under_both_prefixes(client, http):
    assert [model.id for model in client.models.list()] == ["tiny"]
    assert http.get("/openai/v1/models").json() == http.get("/v1/models").json()
    answer = http.post("/openai/v1/completions", json={"model": "tiny", "prompt": "a"})
    assert answer.json()["object"] == "text_completion"


def test_health_and_metrics_answer_without_a_token(url, client):
    complete(client)

    for path in ("/", "/v2/health/live", "/v2/health/ready", "/v2/models/tiny/ready"):
        assert httpx.get(url + path).status_code == 200, path
    metrics = httpx.get(f"{url}/metrics").text
    assert 'solulu_serving_completion_latency_seconds_count{outcome="ok"}' in metrics
    assert "request_predict_seconds" in metrics


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_everything_else_needs_the_token(url, headers):
    for method, path in (("POST", "/v1/completions"), ("GET", "/v1/models"), ("POST", "/v2/models/tiny/infer")):
        answer = httpx.request(method, url + path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"


def test_the_open_inference_protocol_gives_the_same_completions(http, client):
    tensors = [("prompt", [PROMPT, "a = "]), ("suffix", [SUFFIX, ""])]
    inputs = [{"name": n, "shape": [2], "datatype": "BYTES", "data": data} for n, data in tensors]

    answer = http.post(
        "/v2/models/tiny/infer", json={"id": "7", "inputs": inputs, "parameters": {"seed": 4, "max_tokens": 24}}
    ).json()

    assert answer["id"] == "7"
    assert answer["outputs"][0]["name"] == "completion"
    assert answer["outputs"][0]["data"][0] == complete(client, suffix=SUFFIX).choices[0].text
    assert http.get("/v2/models/tiny").json()["name"] == "tiny"


def test_a_wrong_inference_request_is_a_bad_request_that_says_what_to_give(http):
    body = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["a"]}]}

    answer = http.post("/v2/models/tiny/infer", json=body)

    assert answer.status_code == 400
    assert "give an input `prompt`" in answer.json()["error"]


def test_it_refuses_to_listen_on_other_addresses_without_a_token(tmp_path):
    assert "refusing to listen on 0.0.0.0 without a token" in refusal(
        "--model-folder", str(tmp_path), "--name", "x", "--host", "0.0.0.0"
    )
