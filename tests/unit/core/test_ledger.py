"""The ledger: a settled call is never paid twice, by any process, after any kill."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solulu.core.database import now, open_database
from solulu.core.errors import JobError, Transient
from solulu.core.ledger import Ledger, Response, Usage, call_key, calls, owners
from support.postgres import Server

KEY = call_key("model", {"prompt": "x = "}, 0)


class Payer:
    """Counts what is paid. `gate` holds calls back, `error` is raised in place of an answer."""

    def __init__(self, error: Exception | None = None) -> None:
        self.num_paid = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error = error

    async def __call__(self) -> Response:
        await self.gate.wait()
        if self.error:
            raise self.error
        self.num_paid += 1
        return Response({"text": f"answer {self.num_paid}"}, prompt_tokens=10, completion_tokens=5, cost=0.25)


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def engine(url: str) -> sa.Engine:
    return open_database(url)


def ask(ledger: Ledger, pay: Callable[[], Awaitable[Response]], key: str = KEY) -> Response:
    return asyncio.run(ledger.call(key, "model", pay))


def test_a_settled_call_is_answered_from_the_ledger_in_a_later_process(url: str) -> None:
    pay = Payer()
    first = ask(Ledger(open_database(url), "job-1"), pay)
    second = ask(Ledger(open_database(url), "job-2"), pay)
    assert (first.value, first.cached) == ({"text": "answer 1"}, False)
    assert (second.value, second.cached) == ({"text": "answer 1"}, True)
    assert (second.prompt_tokens, second.completion_tokens, second.cost) == (10, 5, 0.25)
    assert pay.num_paid == 1


def test_another_sample_another_model_and_another_prompt_are_other_calls() -> None:
    keys = {call_key(model, {"prompt": prompt}, sample) for model in "ab" for prompt in ("x", "y") for sample in (0, 1)}
    assert len(keys) == 8


def test_two_tasks_that_make_the_same_call_pay_once(engine: sa.Engine) -> None:
    async def both() -> list[Response]:
        ledger, pay = Ledger(engine, "job"), Payer()
        answers = await asyncio.gather(*(ledger.call(KEY, "model", pay) for _ in range(5)))
        assert pay.num_paid == 1
        return answers

    answers = asyncio.run(both())
    assert {answer.value["text"] for answer in answers} == {"answer 1"}
    assert sorted(answer.cached for answer in answers) == [False, True, True, True, True]


def test_a_call_that_another_job_is_making_is_waited_for(engine: sa.Engine) -> None:
    async def both() -> None:
        first, second = Ledger(engine, "job-1"), Ledger(engine, "job-2")
        paying, waiting = Payer(), Payer()
        paying.gate.clear()
        one = asyncio.create_task(first.call(KEY, "model", paying))
        while not await asyncio.to_thread(is_reserved, engine):
            await asyncio.sleep(0.01)
        two = asyncio.create_task(second.call(KEY, "model", waiting))
        await asyncio.sleep(0.1)
        assert not two.done()
        paying.gate.set()
        assert (await one).cached is False
        assert (await two).cached is True
        assert waiting.num_paid == 0

    asyncio.run(both())


def is_reserved(engine: sa.Engine) -> bool:
    with engine.begin() as connection:
        return connection.execute(sa.select(calls.c.key)).first() is not None


def test_a_call_that_fails_is_given_back_at_once(engine: sa.Engine) -> None:
    failing, pay = Payer(Transient("the endpoint is away")), Payer()
    first = Ledger(engine, "job-1")
    with pytest.raises(Transient):
        ask(first, failing)
    assert ask(Ledger(engine, "job-2"), pay).cached is False
    assert first.usage == Usage()


def test_a_cancelled_call_is_given_back_at_once(engine: sa.Engine) -> None:
    async def cancel_then_ask() -> None:
        first, second, pay = Ledger(engine, "job-1"), Ledger(engine, "job-2"), Payer()
        pay.gate.clear()
        call = asyncio.create_task(first.call(KEY, "model", pay))
        while not await asyncio.to_thread(is_reserved, engine):
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        pay.gate.set()
        assert (await second.call(KEY, "model", pay)).cached is False

    asyncio.run(cancel_then_ask())


def test_usage_survives_an_attempt_and_counts_cached_calls_apart(engine: sa.Engine) -> None:
    pay = Payer()
    first = Ledger(engine, "job")
    ask(first, pay)
    first.close()
    second = Ledger(engine, "job")
    ask(second, pay)
    second.count(prompt_tokens=7, completion_tokens=3, num_calls=2)
    second.close()
    assert second.usage == Usage(4, 1, 17, 8, 0.25)
    assert Ledger(engine, "job").usage == second.usage
    assert Ledger(engine, "another job").usage == Usage()


def test_a_used_up_budget_stops_the_job_before_the_next_call_but_not_what_is_paid_already(engine: sa.Engine) -> None:
    ledger, pay = Ledger(engine, "job", token_budget=15), Payer()
    ask(ledger, pay)
    with pytest.raises(JobError, match="15 of 15 tokens"):
        ask(ledger, pay, call_key("model", {"prompt": "another"}, 0))
    assert pay.num_paid == 1
    assert ask(ledger, pay).cached is True


DYING = """
    import asyncio, os, signal, sys
    from solulu.core.database import open_database
    from solulu.core.ledger import Ledger, Response

    async def pay():
        with open(sys.argv[3], "a") as log:
            log.write("paid\\n")
        if sys.argv[4] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        return Response({"text": "of the dead"}, 10, 5, 0.25)

    asyncio.run(Ledger(open_database(sys.argv[1]), "job").call(sys.argv[2], "model", pay))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die(url: str, paid: Path, when: str) -> None:
    script = [sys.executable, "-c", textwrap.dedent(DYING), url, KEY, str(paid), when]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL


def test_a_process_killed_between_response_and_settlement_is_repeated_once_and_at_once(
    url: str, tmp_path: Path
) -> None:
    die(url, tmp_path / "paid", "before")
    pay = Payer()
    assert ask(Ledger(open_database(url), "job"), pay).cached is False
    assert ask(Ledger(open_database(url), "job"), pay).cached is True
    assert pay.num_paid == 1


def test_a_process_killed_after_settlement_is_not_paid_again(url: str, tmp_path: Path) -> None:
    die(url, tmp_path / "paid", "after")
    pay = Payer()
    ledger = Ledger(open_database(url), "job")
    assert ledger.usage == Usage(1, 0, 10, 5, 0.25)
    assert ask(ledger, pay).value == {"text": "of the dead"}
    assert pay.num_paid == 0


RACING = """
    import asyncio, sys
    from solulu.core.database import open_database
    from solulu.core.ledger import Ledger, Response, call_key

    async def main(url, log):
        ledger = Ledger(open_database(url), "job-" + sys.argv[3])
        async def one(number):
            async def pay():
                with open(log, "a") as stream:
                    stream.write(f"{number}\\n")
                await asyncio.sleep(0.002)
                return Response({"text": str(number)}, 1, 1)
            return (await ledger.call(call_key("m", {"n": number}, 0), "m", pay)).value["text"]
        places = asyncio.Semaphore(8)
        async def placed(number):
            async with places:
                return await one(number)
        assert await asyncio.gather(*map(placed, range(100))) == [str(n) for n in range(100)]
        ledger.close()

    asyncio.run(main(*sys.argv[1:3]))
"""


def test_two_processes_that_race_for_the_same_calls_pay_once_for_each(url: str, tmp_path: Path) -> None:
    open_database(url)
    command = [sys.executable, "-c", textwrap.dedent(RACING), url, str(tmp_path / "paid")]
    racers = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [racer.wait(timeout=120) for racer in racers] == [0, 0]
    paid = (tmp_path / "paid").read_text().split()
    assert sorted(map(int, paid)) == list(range(100))


def reserve_elsewhere(engine: sa.Engine, seconds: float) -> None:
    with engine.begin() as connection:
        insert_reservation(connection, seconds)


def insert_reservation(connection: sa.Connection, seconds: float) -> None:
    time = now(connection.engine)
    connection.execute(sa.insert(owners).values(id="other", process="another-host:1:1", expires=time + seconds))
    connection.execute(sa.insert(calls).values(key=KEY, model="model", owner="other", time=time))


def test_a_reservation_that_is_being_made_elsewhere_at_the_same_moment_is_respected(engine: sa.Engine) -> None:
    pay, ledger = Payer(), Ledger(engine, "job")

    async def ask_meanwhile() -> None:
        with engine.begin() as connection:
            insert_reservation(connection, seconds=600)
            call = asyncio.create_task(ledger.call(KEY, "model", pay))
            await asyncio.sleep(0.5)
        await asyncio.wait_for(call, timeout=0.5)

    with pytest.raises(TimeoutError):
        asyncio.run(ask_meanwhile())
    assert pay.num_paid == 0


def test_a_reservation_of_another_host_is_taken_once_it_has_expired(engine: sa.Engine) -> None:
    reserve_elsewhere(engine, seconds=-1)
    assert ask(Ledger(engine, "job"), Payer()).cached is False


def test_a_reservation_of_another_host_is_respected_until_it_expires(engine: sa.Engine) -> None:
    reserve_elsewhere(engine, seconds=600)
    pay = Payer()

    async def wait_a_little() -> None:
        await asyncio.wait_for(Ledger(engine, "job").call(KEY, "model", pay), timeout=0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(wait_a_little())
    assert pay.num_paid == 0


def test_whoever_settles_second_gets_the_response_that_was_settled_first(engine: sa.Engine) -> None:
    async def overtaken() -> Response:
        slow, quick = Ledger(engine, "job-1"), Ledger(engine, "job-2")
        pay = Payer()
        pay.gate.clear()
        late = asyncio.create_task(slow.call(KEY, "model", pay))
        while not await asyncio.to_thread(is_reserved, engine):
            await asyncio.sleep(0.01)
        with engine.begin() as connection:
            connection.execute(sa.update(calls).values(owner="gone"))  # as if its host had lost the database for long
        assert (await quick.call(KEY, "model", Payer())).value == {"text": "answer 1"}
        pay.num_paid = 41
        pay.gate.set()
        return await late

    assert asyncio.run(overtaken()).value == {"text": "answer 1"}


def test_a_database_that_refuses_is_an_error_with_words_and_no_endless_wait(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        calls.drop(connection)
    with pytest.raises(JobError, match="the ledger of paid calls cannot be written"):
        ask(Ledger(engine, "job"), Payer())


def test_an_answer_that_comes_while_the_database_restarts_is_settled_once_it_is_back(postgres_server: Server) -> None:
    async def restart_while_paying(ledger: Ledger, pay: Payer) -> Response:
        async def paying() -> Response:
            paid = await pay()
            await asyncio.to_thread(postgres_server.stop)
            asyncio.get_running_loop().run_in_executor(None, postgres_server.start)
            return paid

        return await ledger.call(KEY, "model", paying)

    with postgres_server.database() as url:
        pay, ledger = Payer(), Ledger(open_database(url), "job")
        assert asyncio.run(restart_while_paying(ledger, pay)).cached is False
        assert ask(ledger, pay).cached is True
        ledger.close()
        assert (pay.num_paid, ledger.usage) == (1, Usage(2, 1, 10, 5, 0.25))


# Each example makes a database of its own, so the fixture may be one for all of them.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=20))
def test_every_distinct_call_is_paid_exactly_once_whatever_fails_between(
    new_database: Callable[[], str], asked: list[tuple[int, bool]]
) -> None:
    engine = open_database(new_database())

    async def ask_all() -> dict[int, int]:
        ledger, paid = Ledger(engine, "job"), dict.fromkeys(range(5), 0)

        async def one(number: int, fails: bool) -> None:
            async def pay() -> Response:
                await asyncio.sleep(0)
                if fails:
                    raise Transient("scripted")
                paid[number] += 1
                return Response({"text": str(number)}, 1, 1)

            try:
                response = await ledger.call(call_key("m", {"n": number}, 0), "m", pay)
                assert response.value == {"text": str(number)}
            except Transient:
                assert fails

        await asyncio.gather(*(one(number, fails) for number, fails in asked))
        ledger.close()
        return paid

    paid = asyncio.run(ask_all())
    assert all(paid[number] == 1 for number, fails in asked if not fails)
    assert max(paid.values()) <= 1
