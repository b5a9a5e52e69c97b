"""kill -9 of a server at random moments of a pipeline, and what must be true afterwards.

The pipeline runs from scrape to curate with a scripted endpoint as generator and judge. However often the server is
killed, the artifacts must have the bytes of an undisturbed run; a model call may be made twice only if it was in flight
at a kill, and never after it was settled.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
from solulu.client import Client
from solulu.core.database import connect, patiently
from solulu.core.digests import canonical_json, sha256
from solulu.core.ledger import calls
from solulu.llm.scripted import Call, Reply, Say, ScriptedServer
from support.cluster import ServiceProcess

CONCURRENCY = 4
DEFAULT_CONCURRENCY = 8
STAGES = ("scrape", "generate", "judge", "curate")
_SERVICES = ["scraper", "generator", "judge", "curator"]


@dataclass
class Report:
    """What a run with kills showed."""

    num_kills: int = 0
    rounds: list[dict[str, str]] = field(default_factory=list)
    """Content digests by stage, one entry a finished pipeline."""
    num_calls: int = 0
    repeated_calls: int = 0
    allowed_repetitions: int = 0
    """Kills times the calls that may be in flight."""
    settled_and_repeated: int = 0


def answer(call: Call) -> Reply:
    """A deterministic writer and judge; the answer names its call, so that a settled one is known in the ledger."""
    digest = call_digest(call)
    if "FINAL SCORE" in call.prompt:
        return Say(f"Thought about {digest}.\nFINAL SCORE: {int(digest, 16) % 2}", after_seconds=0.02)
    name = f"quick_{digest[:6]}"
    return Say(json.dumps({"completion": f"{name}()", "symbol": name, "rationale": digest}), after_seconds=0.02)


def slow_answer(call: Call) -> Reply:
    """The same, slowly enough to be interrupted."""
    reply = answer(call)
    assert isinstance(reply, Say)
    return replace(reply, after_seconds=0.3)


def call_digest(call: Call) -> str:
    """The server's own name of a call."""
    return sha256(canonical_json([call.path, dict(call.body)]))[:32]


def run_pipeline(client: Client, sources: list[str], max_contexts: int) -> dict[str, str]:
    """Scrape to curate; content digests by stage. Waits through restarts of the server."""
    run = {"concurrency": CONCURRENCY}
    spec = {"sources": sources, "languages": ["python"], "max_contexts": max_contexts, "max_contexts_per_file": 4}
    artifacts = {"scrape": client.submit("scrape", spec, None, run).wait()}
    inputs = {"contexts": artifacts["scrape"].reference}
    spec = {"panel": ["writer", "mutation:sibling"], "max_tokens": 64}
    artifacts["generate"] = client.submit("generate", spec, inputs, run).wait()
    inputs["candidates"] = artifacts["generate"].reference
    artifacts["judge"] = client.submit("judge", {"panel": ["reader"]}, inputs, run).wait()
    inputs["judgments"] = artifacts["judge"].reference
    artifacts["curate"] = client.submit("curate", {"test_fraction": 0.3}, inputs, run).wait()
    return {stage: artifact.content_digest for stage, artifact in artifacts.items()}


def configure(home: Path, endpoint_url: str) -> None:
    """Writes the settings that name the scripted endpoint as two families."""
    home.mkdir(parents=True, exist_ok=True)
    home.joinpath("settings.toml").write_text(
        "".join(
            f'[endpoints.{name}]\nbase_url = "{endpoint_url}"\nmodel = "scripted-{name}"\nfamily = "{name}"\n'
            for name in ("writer", "reader")
        )
    )


def undisturbed(home: Path, sources: list[str], max_contexts: int) -> tuple[dict[str, str], int]:
    """Content digests and number of calls of a run without kills."""
    with ScriptedServer(answer) as endpoint:
        configure(home, endpoint.url)
        server = ServiceProcess(home, _SERVICES).start()
        try:
            with server.client() as client:
                return run_pipeline(client, sources, max_contexts), endpoint.num_calls
        finally:
            server.stop()


def disturbed(
    folder: Path, sources: list[str], max_contexts: int, num_kills: int, seed: int, new_database: Callable[[], str],
) -> Report:  # fmt: skip
    """Runs pipelines, each in a fresh home and database, until the server has been killed `num_kills` times."""
    report, chance = Report(), random.Random(seed)
    while report.num_kills < num_kills:
        home = folder / f"round-{len(report.rounds)}"
        with ScriptedServer(answer) as endpoint:
            configure(home, endpoint.url)
            kills_before = report.num_kills
            settled_at_kills: list[tuple[set[str], Counter[str]]] = []
            database = new_database()
            server = ServiceProcess(home, _SERVICES, {"SOLULU_DATABASE": database}).start()
            outcome: dict[str, str] = {}
            worker = threading.Thread(target=_pipeline, args=(server, sources, max_contexts, outcome), daemon=True)
            worker.start()
            while worker.is_alive() and report.num_kills < num_kills:
                worker.join(chance.uniform(0.05, 2.5))
                if not worker.is_alive():
                    break
                server.kill()
                report.num_kills += 1
                settled_at_kills.append((_settled(database), Counter(_good_calls(endpoint))))
                server.start()
            worker.join(300)
            server.stop()
            assert "error" not in outcome, outcome["error"]
            assert not worker.is_alive(), f"the pipeline hangs:\n{server.log()}"
            final = Counter(_good_calls(endpoint))
            report.settled_and_repeated += sum(
                final[digest] > then[digest] for settled, then in settled_at_kills for digest in settled
            )
            report.num_calls += endpoint.num_calls
            report.repeated_calls += endpoint.repeated_calls
            report.allowed_repetitions += (report.num_kills - kills_before) * CONCURRENCY
            report.rounds.append(outcome)
    return report


def _pipeline(server: ServiceProcess, sources: list[str], max_contexts: int, outcome: dict[str, str]) -> None:
    try:
        with server.client(patience_seconds=300) as client:
            outcome.update(run_pipeline(client, sources, max_contexts))
    except Exception as error:  # noqa: BLE001  # told by the thread that waits
        outcome["error"] = f"{type(error).__name__}: {error}\n{server.log()}"


def _good_calls(endpoint: ScriptedServer) -> list[str]:
    return [record.digest for record in endpoint.records if record.reply == "Say"]


def _settled(database: str) -> set[str]:
    """The calls whose answers are in the ledger."""
    engine = connect(database)

    def responses() -> list[str]:
        with engine.begin() as connection:
            settled = sa.select(calls.c.response).where(calls.c.response.is_not(None))
            return list(connection.execute(settled).scalars())

    try:
        return {match[0] for response in patiently(responses) for match in re.finditer(r"[0-9a-f]{32}", response)}
    finally:
        engine.dispose()
