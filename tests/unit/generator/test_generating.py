"""The generate stage, run as a server runs it: a small repository, a scripted endpoint, mutations and a tiny model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from solulu.core.errors import InvalidArgument
from solulu.core.records import CONTEXT
from solulu.generator.stage import Generating
from solulu.llm.scripted import Call, Cut, Fail, Garbage, Reply, Say, ScriptedServer
from solulu.verifier.index import KINDS, build
from support.workbench import Workbench, by, endpoint

SHOP = {
    "shop/__init__.py": "",
    "shop/carts.py": '''\
"""Carts."""


class Cart:
    """What somebody wants to buy."""

    def __init__(self, owner):
        self.owner = owner
        self.entries = []

    def append_item(self, item, amount=1):
        self.entries.append((item, amount))

    def total_price(self, rate=1.0):
        return sum(price * amount for price, amount in self.entries) * rate


class Stock:
    """What is there to be sold."""

    def __init__(self):
        self.shelves = {}

    def reserve_item(self, item, place=0):
        return self.shelves[item]

    def total_weight(self, scale=1.0):
        return len(self.shelves) * scale
''',
    "shop/orders.py": '''\
"""Orders."""

from shop.carts import Cart


def place_order(owner, wanted):
    """Buys what is wanted."""
    cart = Cart(owner)
    for item in wanted:
        cart.append_item(item, amount=2)
    return cart.total_price(rate=1.5)
''',
}
MUSIC = {"music/player.py": "class Player:\n    def append_song(self, song, volume=1):\n        return song\n"}
HOLES = {
    "method": ("cart.append_item(item, amount=2)", "call"),
    "parameter": ("cart.total_price(rate=1.5)", "call"),
    "import": ("from shop.carts import Cart", "import"),
    "undefinedvariable": ("Cart(owner)", "call"),
}
GOOD = {
    "method": ("cart.insert_item(item, amount=2)", "insert_item"),
    "parameter": ("cart.total_price(factor=1.5)", "factor"),
    "import": ("from shop.baskets import Cart", "baskets"),
    "undefinedvariable": ("Cart(customer)", "customer"),
}
"""What a good model writes for each hole."""


def context(type: str, number: int = 0) -> dict[str, Any]:
    golden, kind = HOLES[type]
    prefix, _, suffix = SHOP["shop/orders.py"].partition(golden)
    return {
        "id": f"{type}{number}", "repo": "shop", "commit": "shop==1", "path": "shop/orders.py", "language": "python",
        "license": "MIT", "prefix": prefix, "golden": golden, "suffix": suffix, "span_kind": kind, "line": 1,
        "symbols": [], "eligible_types": [type],
    }  # fmt: skip


def contexts(bench: Workbench, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    repositories = {"shop": SHOP, "music": MUSIC}
    files = {
        f"symbols/{name}.json": build(
            name, [(path, text.encode()) for path, text in files.items()], names=KINDS
        ).to_bytes()
        for name, files in repositories.items()
    }
    return {"contexts": bench.put(CONTEXT, rows, files)}


def asked_type(call: Call) -> str:
    return call.prompt.split("Type: ")[-1].split(".")[0]


def good(call: Call) -> Reply:
    completion, symbol = GOOD[asked_type(call)]
    return Say(json.dumps({"completion": completion, "symbol": symbol, "rationale": "it does not exist"}))


def says(completion: str, symbol: str = "") -> str:
    return json.dumps({"completion": completion, "symbol": symbol})


def test_a_model_that_answers_well_gives_one_proved_negative_for_each_type(home: Path) -> None:
    with ScriptedServer(good) as server:
        bench = Workbench(home, endpoints={"writer": endpoint(server.url, family="acme")})
        made = bench.make(Generating(), {"panel": ["writer"]}, contexts(bench, [context(type) for type in HOLES]))

    rows = by(made.rows(), "context_id")
    for type, (completion, symbol) in GOOD.items():
        row = rows[f"{type}0"]
        assert (row["type"], row["completion"], row["symbol"].rpartition(".")[2]) == (type, completion, symbol)
        assert (row["verdict"], row["generator"], row["family"]) == ("hallucinated", "writer", "acme")
        assert symbol in row["evidence"]["message"]
        assert row["prompt_tokens"] > 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I would rather not.", "unparsable_answer"),
        (says("cart.append_item(item, amount=2)"), "same_as_golden"),
        (says("  cart.append_item(item, amount=2)\n"), "same_as_golden"),
        (says("cart.total_price(item"), "does_not_parse"),
        (says("cart.total_price(rate=2)"), "valid"),
        (says("cart.insert_item(item)  # no such method", "insert_item"), "comment"),
        (says("cart.append_item_safely(item, amount=2)", "append_item_safely"), "affix"),
        (says("cart.insert_item(" + "item, " * 80 + "item)", "insert_item"), "too_long"),
        (says("return cart.total_price(rate=1.5)"), "copies_suffix"),
        (says(" "), "empty"),
    ],
)
def test_an_answer_that_is_no_negative_is_dropped_with_its_reason(home: Path, answer: str, reason: str) -> None:
    with ScriptedServer(lambda call: answer) as server:
        bench = Workbench(home, endpoints={"writer": endpoint(server.url)})
        made = bench.make(Generating(), {"panel": ["writer"]}, contexts(bench, [context("method")]))

    assert made.manifest.drops == {reason: 1}
    assert made.num_rows == 0


def test_a_negative_of_another_type_than_asked_for_is_labelled_as_what_it_is(home: Path) -> None:
    with ScriptedServer(lambda call: says("cart.append_item(item, number=2)", "number")) as server:
        bench = Workbench(home, endpoints={"writer": endpoint(server.url)})
        made = bench.make(Generating(), {"panel": ["writer"]}, contexts(bench, [context("method")]))

    (row,) = made.rows()
    assert (row["type"], row["requested_type"]) == ("parameter", "method")


def test_where_one_member_fails_the_next_one_tries_and_the_row_says_so(home: Path) -> None:
    def poor(call: Call) -> Reply:
        return Say("no idea") if call.body["model"] == "poor" else good(call)

    with ScriptedServer(poor) as server:
        endpoints = {"poor": endpoint(server.url, model="poor"), "sound": endpoint(server.url, model="sound")}
        bench = Workbench(home, endpoints=endpoints)
        rows = [context(type, number) for type in HOLES for number in range(8)]
        made = bench.make(Generating(), {"panel": ["poor", "sound"]}, contexts(bench, rows))
        alone = bench.make(Generating(), {"panel": ["poor", "sound"], "max_attempts": 1}, contexts(bench, rows))

    attempts = [row["attempt"] for row in made.rows()]
    assert made.num_rows == 32
    assert {row["generator"] for row in made.rows()} == {"sound"}
    assert 8 <= attempts.count(1) <= 24
    assert alone.manifest.drops == {"unparsable_answer": attempts.count(1)}


def test_a_server_that_misbehaves_for_a_while_changes_no_byte(home: Path) -> None:
    troubles: list[Reply] = [Fail(429, retry_after=0), Fail(500), Garbage(), Cut(), Fail(503)]

    def troubled(call: Call) -> Reply:
        return troubles[call.number % len(troubles)] if call.attempt == 1 and call.number % 2 else good(call)

    digests = []
    for name, behave in (("calm", good), ("troubled", troubled)):
        with ScriptedServer(behave) as server:
            bench = Workbench(home / name, endpoints={"writer": endpoint(server.url)})
            given = contexts(bench, [context(type, number) for type in HOLES for number in range(2)])
            digests.append(bench.make(Generating(), {"panel": ["writer"]}, given).content_digest)

    assert digests[0] == digests[1]


def test_an_endpoint_that_refuses_the_key_fails_the_job_with_advice(home: Path) -> None:
    with ScriptedServer(lambda call: Fail(401)) as server:
        bench = Workbench(home, endpoints={"writer": endpoint(server.url)})
        job = bench.run(Generating(), {"panel": ["writer"]}, contexts(bench, [context("method")]))

    assert job.state == "FAILED"
    assert "api_key_env" in job.error


def test_mutations_put_in_names_that_exist_but_not_there_and_never_an_affix(home: Path) -> None:
    bench = Workbench(home)
    rows = [context(type, number) for type in HOLES for number in range(4)]
    panel = ["mutation:sibling", "mutation:synonym", "mutation:foreign"]
    made = list(bench.make(Generating(), {"panel": panel}, contexts(bench, rows)).rows())

    assert {row["requested_type"] for row in made} >= {"method", "parameter"}
    assert {row["generator"] for row in made} <= set(panel)
    for row in made:
        golden, symbol = HOLES[row["requested_type"]][0], row["symbol"].rpartition(".")[2]
        assert row["family"] == "mutation"
        assert row["completion"] != golden
        assert symbol in row["completion"]
        assert abs(len(row["completion"]) - len(golden)) <= 12


def test_the_same_spec_makes_the_same_bytes_with_any_concurrency_and_another_seed_makes_others(home: Path) -> None:
    panel = ["local:random:tiny", "mutation:synonym", "mutation:sibling"]
    digests = []
    for number, (concurrency, seed) in enumerate([(1, 0), (8, 0), (8, 1)]):
        bench = Workbench(home / str(number))
        given = contexts(bench, [context(type, number) for type in HOLES for number in range(10)])
        spec = {"panel": panel, "seed": seed, "max_attempts": 2}
        digests.append(bench.make(Generating(), spec, given, concurrency=concurrency).content_digest)

    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_a_completion_endpoint_is_told_nothing_and_its_answer_is_cut_to_the_holes_shape(home: Path) -> None:
    def complete(call: Call) -> Reply:
        assert call.suffix
        return Say("cart.insert_item(item, amount=2)\n    return cart\n\ndef more():\n    pass")

    with ScriptedServer(complete) as server:
        bench = Workbench(home, endpoints={"filler": endpoint(server.url, api="completions")})
        made = bench.make(Generating(), {"panel": ["filler"]}, contexts(bench, [context("method")]))

    assert [row["completion"] for row in made.rows()] == ["cart.insert_item(item, amount=2)"]


def test_only_the_types_asked_for_and_possible_are_written(home: Path) -> None:
    with ScriptedServer(good) as server:
        bench = Workbench(home, endpoints={"writer": endpoint(server.url)})
        rows = [context("method"), context("import")]
        made = bench.make(Generating(), {"panel": ["writer"], "types": ["method"]}, contexts(bench, rows))

    assert [row["type"] for row in made.rows()] == ["method"]
    assert made.manifest.drops == {"not_eligible": 1}


def test_a_panel_of_names_that_stand_for_nothing_is_refused_before_any_job_is_made(home: Path) -> None:
    bench = Workbench(home)
    given = contexts(bench, [context("method")])
    with pytest.raises(InvalidArgument) as refusal:
        bench.submit(Generating(), {"panel": ["mutation:affix", "nobody", "local:random:huge"]}, given)
    assert [violation.field for violation in refusal.value.violations] == [f"spec.panel[{n}]" for n in range(3)]
