"""How soon a verdict answers somebody who types, and what the index behind it costs; beside compilers on one question.

    .venv/bin/python tests/bench/keystrokes.py FOLDER [--language go] [--cases 200] [--peer 10]

Every case is asked twice and the second answer timed: the file is known, the completion is new to it. The peer is the
language's compiler or type checker, asked about the same files (verifier/toolchains), where it is installed.
"""

from __future__ import annotations

import argparse
import gc
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from repositories import is_for_holes
from solulu.core.settings import Settings
from solulu.core.sources import open_source
from solulu.languages import LANGUAGES, for_path
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import SymbolIndex, build, is_read, settle, updated
from solulu.verifier.python.source import read
from solulu.verifier.toolchains import Sandbox, toolchain_of
from verdicts import goldens, main_language

MEDIAN_GOAL, TAIL_GOAL, INDEX_GOAL = 10.0, 50.0, 0.5


def main() -> int:
    """Prints the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="", help="by default what most files are written in")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--peer", type=int, default=0, help="files to ask the language's compiler about")
    args = parser.parse_args()
    source = open_source(f"folder:{args.folder}", Settings())
    files = [(file.path, file.read()) for file in source.files() if is_read(file.path)]
    language = LANGUAGES[args.language] if args.language else main_language(files)
    assert language is not None, "no supported language in this folder"
    code = [(path, data) for path, data in files if for_path(path) is language]
    size = sum(len(data) for _, data in files) / 1e6
    print(f"{args.folder.name}: {language.name}, {len(code):,} of {len(files):,} files, {size:.1f} MB")

    parsing = seconds(lambda: parse(files))
    indexing = seconds(lambda: build(source.repo, files))
    index, bytes_used = held(lambda: SymbolIndex.from_bytes(build(source.repo, files).to_bytes()))
    symbols = len(index.repositories[source.repo].vocabulary)
    print(f"index: {size / indexing:.2f} MB/s, {parsing / indexing:.2f} of the bare parse (goal {INDEX_GOAL})")
    if language.name == "python":
        tree_sitter = seconds(lambda: [language.parse(data).root_node.type for _, data in code])
        print(f"index: {tree_sitter / indexing:.2f} of tree-sitter's parse, which Python's rules do not read with")
    print(f"memory: {bytes_used / 1e6:.1f} MB, {bytes_used / symbols * 1e5 / 1e6:.0f} MB for 100,000 symbols")

    own = [file for file in code if is_for_holes(*file, language)]
    random.Random(0).shuffle(own)
    cases = list(islice(goldens(language, own, args.cases, 0), args.cases))
    check(cases[0], index)
    settle()  # as solulu.serving.check does after the first verdict in a language
    times = [(check(case, index), milliseconds(case, index))[1] for case in cases]
    median, tail = quantile(times, 0.5), quantile(times, 0.99)
    goals = f"goals {MEDIAN_GOAL:.0f} and {TAIL_GOAL:.0f}"
    print(f"verdict: p50 {median:.1f} ms, p99 {tail:.1f} ms of {len(times):,} ({goals})")

    path, data = code[len(code) // 2]
    start = time.perf_counter()
    changed = updated(index, source.repo, path, data + b"\n")
    again = time.perf_counter() - start
    first = milliseconds(cases[0], changed)
    print(f"one file changed: indexed anew in {again * 1e3:.1f} ms, the first verdict after it {first:.1f} ms")
    if args.peer:
        ask_peer(args.folder, language.name, cases[:: max(1, len(cases) // args.peer)][: args.peer], median)
    return int(median > MEDIAN_GOAL or tail > TAIL_GOAL or parsing / indexing < INDEX_GOAL)


def ask_peer(folder: Path, language: str, cases: list[Case], median: float) -> None:
    """Prints how long the language's own tools take for the question that a verdict answers."""
    with tempfile.TemporaryDirectory() as scratch:
        peers = list(peers_of(folder, language, Sandbox(Path(scratch))))
        for name, ask in peers:
            ask(cases[0].path)
            times = []
            for case in cases:
                start = time.perf_counter()
                ask(case.path)
                times.append((time.perf_counter() - start) * 1e3)
            asked = quantile(times, 0.5)
            print(f"peer: {name} p50 {asked:.0f} ms a file, {asked / median:.0f} times a verdict's")
    if not peers:
        print(f"peer: none for {language} is installed")


def peers_of(folder: Path, language: str, sandbox: Sandbox) -> Iterator[tuple[str, Callable[[str], object]]]:
    """The installed tools by name, each as what asks it about a file: the compilers of the toolchains, and pyright."""
    toolchain = toolchain_of(language)
    if toolchain is not None and toolchain.is_installed():
        yield type(toolchain).__name__.lower(), lambda path: toolchain.errors(folder, path, sandbox)
    if language == "python" and (pyright := shutil.which("pyright")):
        yield "pyright", lambda path: subprocess.run([pyright, path], cwd=folder, capture_output=True, check=False)


def parse(files: Iterable[tuple[str, bytes]]) -> None:
    """The bare parse: by the parser that the rules read with, which for Python is the interpreter's own. No tree is
    kept, for the collector would walk through all of them again and again."""
    for path, data in files:
        if path.endswith(".py"):
            read(data.decode("utf-8", "replace"))
        elif language := for_path(path):
            language.parse(data)


def milliseconds(case: Case, index: SymbolIndex) -> float:
    """For a verdict, by the processor: what else the machine does does not count."""
    start = time.process_time()
    check(case, index)
    return (time.process_time() - start) * 1e3


def seconds(run: Callable[[], object]) -> float:
    """CPU time, the best of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


def held(make: Callable[[], SymbolIndex]) -> tuple[SymbolIndex, int]:
    """An index, with the bytes of memory that it holds."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return made, size


def quantile(values: list[float], share: float) -> float:
    """The value that a share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    sys.exit(main())
