"""The judge stage, run as a server runs it: endpoint judges on a scripted server, and the local likelihood judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from solulu.core.errors import InvalidArgument
from solulu.core.records import CANDIDATE, CONTEXT
from solulu.judge.stage import Judging
from solulu.llm.scripted import Call, Cut, Fail, Garbage, Reply, Say, ScriptedServer
from support.workbench import Workbench, by, endpoint

NAMES = ("load", "store", "merge", "split", "parse", "render")


def context(number: int) -> dict[str, Any]:
    name = NAMES[number % len(NAMES)]
    prefix = f"import demo\n\ndef use_{number}(value):\n    return "
    return {
        "id": f"context{number:02d}", "repo": "demo", "commit": "demo==1", "path": "demo/a.py", "language": "python",
        "license": "MIT", "prefix": prefix, "golden": f"demo.{name}(value)", "suffix": "\n", "span_kind": "call",
        "line": 4, "symbols": [name], "eligible_types": ["method"],
    }  # fmt: skip


def candidate(number: int, family: str = "mutation") -> dict[str, Any]:
    return {
        "id": f"candidate{number:02d}", "context_id": f"context{number:02d}", "type": "method",
        "requested_type": "method", "generator": "mutation:synonym", "family": family, "symbol": "bad",
        "completion": f"demo.bad_{number}(value)", "verdict": "hallucinated", "basis": "resolved", "evidence": None,
        "attempt": 0, "prompt_tokens": 0, "completion_tokens": 0,
    }  # fmt: skip


def inputs(bench: Workbench, candidates: list[dict[str, Any]], num_contexts: int = 6) -> dict[str, str]:
    contexts = [context(number) for number in range(num_contexts)]
    return {"contexts": bench.put(CONTEXT, contexts), "candidates": bench.put(CANDIDATE, candidates)}


def completion_in(call: Call) -> str:
    """What the judge is asked about."""
    return call.prompt.split("[[[BEGIN completion ")[1].split("\n", 1)[1].split("\n[[[END completion")[0]


def honest(call: Call) -> Reply:
    """A judge that is fooled by even-numbered negatives only."""
    completion = completion_in(call)
    is_wrong = "bad_" in completion and int(completion.split("bad_")[1][0]) % 2
    return Say(f"I read the code.\nFINAL SCORE: {0 if is_wrong else 1}")


def test_golden_and_negative_are_asked_about_apart_and_the_rate_follows_the_answers(home: Path) -> None:
    with ScriptedServer(honest) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(n) for n in range(6)]))
        assert server.num_calls == 12

    rows = by(made.rows(), "candidate_id")
    assert [rows[f"candidate{n:02d}"]["fooled"] for n in range(6)] == [True, False] * 3
    assert all(row["control_passed"] and row["num_questions"] == row["num_controls"] == 1 for row in rows.values())
    assert rows["candidate00"]["fool_rate"] > 0.5 > rows["candidate01"]["fool_rate"]
    for row in rows.values():
        assert row["fool_rate_low"] < row["fool_rate"] < row["fool_rate_high"]


def test_a_golden_that_several_negatives_share_is_paid_for_once(home: Path) -> None:
    shared = [{**candidate(n), "context_id": "context00"} for n in range(4)]
    with ScriptedServer(honest) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, shared))
        assert server.num_calls == 5

    assert [row["num_controls"] for row in made.rows()] == [1, 1, 1, 1]


def test_at_temperature_0_no_question_is_repeated_and_above_it_until_the_interval_is_narrow(home: Path) -> None:
    with ScriptedServer(honest) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        given = inputs(bench, [candidate(1)])
        cold = bench.make(Judging(), {"panel": ["judge"]}, given)
        warm = bench.make(Judging(), {"panel": ["judge"], "temperature": 1}, given)
        wide = bench.make(Judging(), {"panel": ["judge"], "temperature": 1, "stop_width": 0}, given)

    assert [next(iter(made.rows()))["num_questions"] for made in (cold, warm, wide)] == [1, 6, 12]


def test_an_answer_that_cannot_be_read_is_counted_apart_and_never_as_not_fooled(home: Path) -> None:
    def vague(call: Call) -> Reply:
        return Say("It is probably fine.") if "bad_2" in completion_in(call) else honest(call)

    with ScriptedServer(vague) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(n) for n in range(4)]))

    row = by(made.rows(), "candidate_id")["candidate02"]
    assert (row["num_parse_failures"], row["num_questions"], row["fooled"], row["fool_rate"]) == (1, 0, None, None)
    assert row["num_controls_passed"] == 1


def test_a_judge_never_rates_its_own_family_and_nobody_else_leaves_the_rate_null(home: Path) -> None:
    candidates = [candidate(0, family="acme"), candidate(1, family="other"), candidate(2)]
    with ScriptedServer(honest) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url, family="acme")})
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, candidates))
        assert server.num_calls == 4

    rows = by(made.rows(), "candidate_id")
    assert (rows["candidate00"]["judge"], rows["candidate00"]["fool_rate"]) == (None, None)
    assert rows["candidate01"]["judge"] == rows["candidate02"]["judge"] == "judge"


def test_a_server_that_misbehaves_for_a_while_changes_no_byte(home: Path) -> None:
    troubles: list[Reply] = [Fail(429, retry_after=0), Fail(500), Garbage(), Cut(), Fail(503)]

    def troubled(call: Call) -> Reply:
        return troubles[call.number % len(troubles)] if call.attempt == 1 and call.number % 3 == 0 else honest(call)

    digests = []
    for name, behave in (("calm", honest), ("troubled", troubled)):
        with ScriptedServer(behave) as server:
            bench = Workbench(home / name, endpoints={"judge": endpoint(server.url)})
            made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(n) for n in range(6)]))
            digests.append(made.content_digest)

    assert digests[0] == digests[1]


def test_a_refused_question_is_a_drop_of_that_judgment_and_the_candidate_stays(home: Path) -> None:
    def picky(call: Call) -> Reply:
        return Fail(400, "too long") if "bad_1" in completion_in(call) else honest(call)

    with ScriptedServer(picky) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(n) for n in range(2)]))

    assert made.manifest.drops == {"rejected_by_endpoint": 1}
    assert by(made.rows(), "candidate_id")["candidate01"]["fool_rate"] is None


def test_a_candidate_of_other_contexts_is_dropped_with_that_reason(home: Path) -> None:
    with ScriptedServer(honest) as server:
        bench = Workbench(home, endpoints={"judge": endpoint(server.url)})
        stray = {**candidate(1), "context_id": "elsewhere"}
        made = bench.make(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(0), stray]))

    assert made.manifest.drops == {"context_missing": 1}
    assert made.num_rows == 1


def test_an_unknown_endpoint_is_refused_before_any_job_is_made(home: Path) -> None:
    bench = Workbench(home, endpoints={"large": endpoint("http://127.0.0.1:9/v1")})
    given = inputs(bench, [candidate(0)])
    with pytest.raises(InvalidArgument, match=r"spec\.panel\[0\].*did you mean 'large'"):
        bench.submit(Judging(), {"panel": ["lagre"]}, given)
    with pytest.raises(InvalidArgument, match=r"spec\.panel\[1\].*once"):
        bench.submit(Judging(), {"panel": ["large", "large"]}, given)


def test_the_key_changes_with_the_model_behind_a_name_and_not_with_its_address(home: Path) -> None:
    keys = []
    for model, port in (("small-1", 9), ("small-2", 9), ("small-1", 10)):
        bench = Workbench(home, endpoints={"judge": endpoint(f"http://127.0.0.1:{port}/v1", model=model)})
        keys.append(bench.submit(Judging(), {"panel": ["judge"]}, inputs(bench, [candidate(0)])))

    assert keys[0] != keys[1]
    assert keys[0] == keys[2]


def test_the_local_judge_gives_a_probability_for_every_negative_and_a_control_for_every_context(home: Path) -> None:
    bench = Workbench(home)
    given = inputs(bench, [candidate(n, family="random" if n == 5 else "mutation") for n in range(6)])
    rows = by(bench.make(Judging(), {"panel": ["local:random:tiny"]}, given).rows(), "candidate_id")

    assert rows["candidate05"]["judge"] is None
    for number in range(5):
        row = rows[f"candidate{number:02d}"]
        assert 0 < row["probability"] < 1
        assert row["fooled"] is (row["probability"] > 0.5)
        assert row["num_controls"] == 1
        assert 0 < row["fool_rate"] < 1


def test_the_local_judge_says_the_same_with_any_concurrency(home: Path) -> None:
    found = set()
    for concurrency in (1, 8):
        bench = Workbench(home / str(concurrency))
        given = inputs(bench, [candidate(n) for n in range(20)], num_contexts=20)
        found.add(
            bench.make(Judging(), {"panel": ["local:random:tiny"]}, given, concurrency=concurrency).content_digest
        )

    assert len(found) == 1
