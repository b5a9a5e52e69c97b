"""Kills a server again and again during pipelines and counts what went wrong; goes on where it was stopped.

    .venv/bin/python tests/bench/kills.py --kills 200 --folder /tmp/kills

Each round of kills has a seed of its own and appends a line to FOLDER/rounds.jsonl, so the script may be stopped and
run again until it has as many kills as it was asked for.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import kills

SOURCES = ["dist:click", "dist:tenacity", "dist:typer", "dist:packaging"]
MAX_CONTEXTS = 160
KILLS_A_ROUND = 10


def main() -> int:
    """Prints the sums; 1 where a byte differed or a settled call was made again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--folder", type=Path, required=True)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    log, calm = args.folder / "rounds.jsonl", args.folder / "calm.json"
    if not calm.exists():
        digests, num_calls = kills.undisturbed(args.folder / "calm", SOURCES, MAX_CONTEXTS)
        calm.write_text(json.dumps({"digests": digests, "num_calls": num_calls}))
    expected = json.loads(calm.read_text())["digests"]
    rounds = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    work = args.folder / "work"
    databases = (f"sqlite:///{work.absolute()}/jobs-{number}.db" for number in itertools.count())
    while sum(line["kills"] for line in rounds) < args.kills:
        shutil.rmtree(work, ignore_errors=True)
        report = kills.disturbed(work, SOURCES, MAX_CONTEXTS, KILLS_A_ROUND, len(rounds), lambda: next(databases))
        line = {
            "kills": report.num_kills,
            "pipelines": len(report.rounds),
            "other_bytes": sum(digests != expected for digests in report.rounds),
            "calls": report.num_calls,
            "repeated": report.repeated_calls,
            "allowed": report.allowed_repetitions,
            "settled_and_repeated": report.settled_and_repeated,
        }
        rounds.append(line)
        with log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
    total = {name: sum(line[name] for line in rounds) for name in rounds[0]}
    print("total", json.dumps(total))
    return int(total["other_bytes"] or total["settled_and_repeated"] or total["repeated"] > total["allowed"])


if __name__ == "__main__":
    sys.exit(main())
