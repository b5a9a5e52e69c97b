"""Endpoints over real HTTP, against a server that answers well, badly, late, in pieces and not at all."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
import sqlalchemy as sa
from solulu.core.database import open_database
from solulu.core.errors import JobError, RowError, Transient
from solulu.core.ledger import Ledger, Usage
from solulu.core.settings import EndpointSettings
from solulu.llm.answer import Answer
from solulu.llm.endpoint import Endpoint, Retries
from solulu.llm.sampling import Sampling
from solulu.llm.scripted import Behaviour, Call, Cut, Fail, Garbage, Hang, Reply, Say, ScriptedServer, echo

QUESTION = [{"role": "system", "content": "You complete code."}, {"role": "user", "content": "x = "}]
QUICK = Retries(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=0.02)


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_database(f"sqlite:///{tmp_path / 'jobs.db'}")


@pytest.fixture
def ledger(engine: sa.Engine) -> Iterator[Ledger]:
    ledger = Ledger(engine, "job")
    yield ledger
    ledger.close()


def endpoint(server: ScriptedServer, ledger: Ledger, **settings: object) -> Endpoint:
    values = {"base_url": server.url, "model": "scripted", "family": "scripted", "timeout_seconds": 30.0, **settings}
    return Endpoint("tested", EndpointSettings.model_validate(values), ledger, QUICK)


def chat(server: ScriptedServer, ledger: Ledger, sampling: Sampling = Sampling(), **settings: object) -> Answer:
    return asyncio.run(endpoint(server, ledger, **settings).chat(QUESTION, sampling))


def first_then_good(reply: Reply) -> Behaviour:
    return lambda call: reply if call.attempt == 1 else Say("good")


def test_a_chat_answer_comes_with_its_tokens_and_its_price(ledger: Ledger) -> None:
    with ScriptedServer(lambda call: Say("json.load(stream)")) as server:
        answer = chat(server, ledger, price_input=1.0, price_output=10.0)
    assert (answer.text, answer.finish_reason, answer.cached) == ("json.load(stream)", "stop", False)
    assert answer.cost == pytest.approx((answer.prompt_tokens * 1.0 + answer.completion_tokens * 10.0) / 1e6)
    assert ledger.usage == Usage(1, 0, answer.prompt_tokens, answer.completion_tokens, answer.cost)


def test_a_completion_sends_prefix_and_suffix_and_the_whole_sampling(ledger: Ledger) -> None:
    seen: list[Call] = []

    def behave(call: Call) -> Reply:
        seen.append(call)
        return Say("a + b")

    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=7, stop=("\n",), seed=11)
    with ScriptedServer(behave) as server:
        answer = asyncio.run(endpoint(server, ledger).complete("return ", "\n", sampling, sample_index=2))
    assert answer.text == "a + b"
    (call,) = seen
    assert call.path == "/v1/completions"
    assert (call.prompt, call.suffix) == ("return ", "\n")
    sent = {"model": "scripted", "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["\n"], "seed": 13}
    assert sent.items() <= call.body.items()


def test_the_same_question_is_paid_once_and_another_sample_of_it_again(engine: sa.Engine) -> None:
    with ScriptedServer() as server:
        for job, sample in (("job-1", 0), ("job-2", 0), ("job-2", 1)):
            ledger = Ledger(engine, job)
            answer = asyncio.run(endpoint(server, ledger).chat(QUESTION, Sampling(), sample_index=sample))
            assert answer.cached is ((job, sample) == ("job-2", 0))
            assert answer.prompt_tokens > 0
        assert server.num_calls == 2
        assert server.repeated_calls == 0


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Fail(429, retry_after=0.01), id="rate limit"),
        pytest.param(Fail(500), id="internal error"),
        pytest.param(Fail(503), id="unavailable"),
        pytest.param(Cut(), id="cut"),
        pytest.param(Garbage(), id="a web page"),
        pytest.param(Garbage(b""), id="nothing"),
        pytest.param(Garbage(b'{"choices": []}'), id="no choices"),
        pytest.param(Garbage(b'{"error": {"message": "upstream"}}'), id="an error with status 200"),
        pytest.param(Garbage(b"[" * 100_000), id="deep nesting"),
        pytest.param(Garbage(b'{"choices": [{"message": {"content": 7}}]}'), id="a number for a text"),
        pytest.param(Garbage(b"\xff\xfe", "text/plain"), id="no UTF-8"),
    ],
)
def test_what_may_pass_is_tried_again(ledger: Ledger, reply: Reply) -> None:
    with ScriptedServer(first_then_good(reply)) as server:
        assert chat(server, ledger).text == "good"
        assert server.num_calls == 2
    assert ledger.usage.num_calls == 1


def test_an_endpoint_that_hangs_is_given_up_after_its_timeout_and_tried_again(ledger: Ledger) -> None:
    with ScriptedServer(first_then_good(Hang())) as server:
        assert chat(server, ledger, timeout_seconds=0.5).text == "good"


@pytest.mark.parametrize(
    ("reply", "said"),
    [(Fail(429), "429"), (Fail(502), "502"), (Cut(), "connection"), (Garbage(), "cannot be read")],
    ids=["rate limit", "bad gateway", "cut", "a web page"],
)
def test_what_does_not_pass_is_transient_in_the_end_and_nothing_is_paid(
    ledger: Ledger, reply: Reply, said: str
) -> None:
    with ScriptedServer(lambda call: reply) as server:
        with pytest.raises(Transient, match=said):
            chat(server, ledger)
        assert server.num_calls == QUICK.attempts
    assert ledger.usage == Usage()


def test_an_endpoint_that_is_not_there_is_transient(ledger: Ledger) -> None:
    with ScriptedServer() as server:
        pass
    with pytest.raises(Transient, match=r"the connection to http://127\.0\.0\.1"):
        chat(server, ledger)


def test_the_wish_of_a_rate_limit_is_passed_on(ledger: Ledger) -> None:
    with ScriptedServer(lambda call: Fail(429, retry_after=0.02)) as server, pytest.raises(Transient) as caught:
        chat(server, ledger)
    assert caught.value.retry_after_seconds == 0.02


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Fail(401), "refused a call without a key; set api_key_env"),
        (Fail(403), "refused"),
        (Fail(404), "has no model 'scripted'"),
        (Fail(400, code="model_not_found"), "has no model 'scripted'"),
        (Fail(402), "payment"),
        (Fail(429, code="insufficient_quota"), "payment"),
    ],
    ids=["401", "403", "404", "unknown model", "402", "quota"],
)
def test_what_no_call_can_heal_fails_the_job_at_once(ledger: Ledger, reply: Reply, said: str) -> None:
    with ScriptedServer(lambda call: reply) as server:
        with pytest.raises(JobError, match=said):
            chat(server, ledger)
        assert server.num_calls == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_refused_costs_its_row_alone(ledger: Ledger, status: int) -> None:
    with ScriptedServer(lambda call: Fail(status, "too long")) as server:
        with pytest.raises(RowError, match="too long") as caught:
            chat(server, ledger)
        assert server.num_calls == 1
    assert caught.value.reason == "rejected_by_endpoint"


def test_an_empty_answer_is_a_drop_that_was_paid_for_and_is_not_paid_for_again(ledger: Ledger) -> None:
    with ScriptedServer(lambda call: Say("", finish_reason="length")) as server:
        for _ in range(2):
            with pytest.raises(RowError, match="length") as caught:
                chat(server, ledger, price_input=5.0)
            assert caught.value.reason == "empty_answer"
        assert server.num_calls == 1
    ledger.close()
    assert ledger.usage.cost > 0
    assert (ledger.usage.num_calls, ledger.usage.num_cached_calls) == (2, 1)


def test_an_answer_that_was_cut_by_its_length_says_so(ledger: Ledger) -> None:
    with ScriptedServer(lambda call: Say("x" * 100, finish_reason="length")) as server:
        assert chat(server, ledger).finish_reason == "length"


def test_half_a_surrogate_in_an_answer_does_not_spread(ledger: Ledger) -> None:
    data = b'{"choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "stop"}]}'
    with ScriptedServer(lambda call: Garbage(data)) as server:
        answer = chat(server, ledger)
    assert answer.text == "a?b"
    assert answer.prompt_tokens > 0
    assert answer.completion_tokens > 0


def test_a_model_that_wants_another_name_for_max_tokens_gets_it(ledger: Ledger) -> None:
    def behave(call: Call) -> Reply:
        if "max_tokens" in call.body:
            return Fail(400, "use max_completion_tokens", code="unsupported_parameter", param="max_tokens")
        return Say(str(call.body["max_completion_tokens"]))

    with ScriptedServer(behave) as server:
        assert chat(server, ledger, Sampling(max_tokens=9)).text == "9"


def test_the_key_comes_from_the_environment_and_is_in_no_log(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TESTED_KEY", "sk-very-secret")
    caplog.set_level(logging.INFO)
    with ScriptedServer(first_then_good(Fail(500)), api_key="sk-very-secret") as server:
        assert chat(server, ledger, api_key_env="TESTED_KEY").text == "good"
        with pytest.raises(JobError, match="refused"):
            chat(server, ledger, Sampling(seed=1))
        monkeypatch.setenv("TESTED_KEY", "another")
        with pytest.raises(JobError, match="the key in TESTED_KEY"):
            chat(server, ledger, Sampling(seed=1), api_key_env="TESTED_KEY")
    assert "HTTP 500" in caplog.text
    assert "sk-very-secret" not in caplog.text
    assert "You complete code" not in caplog.text


def test_a_missing_key_is_named(ledger: Ledger) -> None:
    missing = pytest.raises(JobError, match="the environment variable NO_SUCH_KEY is not set")
    with ScriptedServer() as server, missing:
        chat(server, ledger, api_key_env="NO_SUCH_KEY")


def test_calls_beyond_a_rate_limit_wait(ledger: Ledger) -> None:
    async def ask_two() -> None:
        tested = endpoint(server, ledger, rpm=1)
        await tested.chat(QUESTION, Sampling())
        await asyncio.wait_for(tested.chat(QUESTION, Sampling(seed=1)), timeout=0.3)

    with ScriptedServer() as server:
        with pytest.raises(TimeoutError):
            asyncio.run(ask_two())
        assert server.num_calls == 1


def test_a_call_larger_than_the_token_limit_is_made_all_the_same(ledger: Ledger) -> None:
    with ScriptedServer() as server:
        assert chat(server, ledger, Sampling(max_tokens=4096), tpm=100).text


def test_many_calls_at_once_are_each_paid_once(ledger: Ledger) -> None:
    async def ask_all() -> list[str]:
        tested = endpoint(server, ledger)
        return [
            a.text for a in await asyncio.gather(*(tested.chat(QUESTION, Sampling(seed=n % 40)) for n in range(120)))
        ]

    with ScriptedServer(lambda call: Fail(500) if call.number % 10 == 0 else echo(call)) as server:
        texts = asyncio.run(ask_all())
        assert server.repeated_calls == 0
    assert texts[:40] == texts[40:80] == texts[80:]
    assert len(set(texts)) == 40


def test_the_official_client_reads_streams_choices_and_models_of_the_scripted_server() -> None:
    with ScriptedServer(lambda call: Say(f"choice {call.choice} of {call.prompt}")) as server:
        client = openai.OpenAI(base_url=server.url, api_key="none", max_retries=0)
        assert [model.id for model in client.models.list()] == ["scripted"]
        both = client.completions.create(model="scripted", prompt="p", suffix="s", n=2)
        assert [choice.text for choice in both.choices] == ["choice 0 of p", "choice 1 of p"]
        events = list(client.completions.create(model="scripted", prompt="p", stream=True))
        assert "".join(event.choices[0].text for event in events if event.choices) == "choice 0 of p"
        chunks = list(
            client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "q"}], stream=True)
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == "choice 0 of q"


def test_a_cut_stream_is_an_error_to_the_official_client() -> None:
    with ScriptedServer(lambda call: Cut("a long answer that is cut")) as server:
        client = openai.OpenAI(base_url=server.url, api_key="none", max_retries=0)
        with pytest.raises(Exception, match=r"(?i)peer closed|incomplete|connection"):
            for _ in client.completions.create(model="scripted", prompt="p", stream=True):
                pass


def test_the_server_runs_alone_with_a_script_and_logs_its_calls(tmp_path: Path, ledger: Ledger) -> None:
    script, log = tmp_path / "script.py", tmp_path / "calls.jsonl"
    script.write_text("def behave(call):\n    return Fail(500) if call.number == 1 else Say(call.prompt[-4:] + '1')\n")
    command = [sys.executable, "-m", "solulu.llm.scripted", "--script", str(script), "--log", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        settings = EndpointSettings(base_url=process.stdout.readline().strip(), model="scripted", family="scripted")
        answer = asyncio.run(Endpoint("tested", settings, ledger, QUICK).chat(QUESTION, Sampling()))
    finally:
        process.terminate()
    assert process.wait(timeout=30) == 0
    assert answer.text == "x = 1"
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(record["number"], record["attempt"], record["reply"]) for record in records] == [
        (1, 1, "Fail"),
        (2, 2, "Say"),
    ]


KILLED = """
    import asyncio, sys
    from solulu.core.database import open_database
    from solulu.core.ledger import Ledger
    from solulu.core.settings import EndpointSettings
    from solulu.llm.endpoint import Endpoint
    from solulu.llm.sampling import Sampling

    async def main():
        settings = EndpointSettings(base_url=sys.argv[2], model="scripted", family="scripted")
        asked = Endpoint("tested", settings, Ledger(open_database(sys.argv[1]), "job"))
        places = asyncio.Semaphore(4)
        async def one(number):
            async with places:
                await asked.chat([{"role": "user", "content": str(number)}], Sampling())
        await asyncio.gather(*map(one, range(60)))

    asyncio.run(main())
"""


def test_a_client_killed_amid_its_calls_repeats_at_most_those_in_flight(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    victim: list[subprocess.Popen] = []

    def behave(call: Call) -> Reply:
        if call.number == 25:
            victim[0].kill()
        return echo(call)

    with ScriptedServer(behave) as server:
        command = [sys.executable, "-c", textwrap.dedent(KILLED), url, server.url]
        victim.append(subprocess.Popen(command))
        assert victim[0].wait(timeout=60) == -signal.SIGKILL
        assert subprocess.run(command, timeout=60, check=False).returncode == 0
        assert server.repeated_calls <= 4
        assert len({record.digest for record in server.records}) == 60
