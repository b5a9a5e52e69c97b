"""What the images promise, as far as it can be seen without building them: locked, small, labelled, no privileges."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.tree import ROOT, read

FOLDER = "k8s/images"
BASE = "docker.io/library/debian:bookworm-slim"
EXTRAS = {"light": {"cluster"}, "ray": {"cluster", "ray"}, "heavy": {"cluster", "train", "serve"}}
"""What each of Solulu's own images can do."""
MODEL_LIBRARIES = {"torch", "transformers", "trl", "peft", "datasets", "kserve", "ray"}
COMPILERS = re.compile(r"\b(gcc|g\+\+|clang|build-essential|\S+-dev|python3-venv|python3-pip|pip|uv)\b")


@dataclass
class Stage:
    """One stage of a Dockerfile: the instructions after its FROM."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, keyword: str) -> list[str]:
        """The arguments of every instruction with a keyword."""
        return [arguments for known, arguments in self.instructions if known == keyword]


def stages(name: str) -> list[Stage]:
    """The stages of a Dockerfile."""
    lines = [line for line in read(f"{FOLDER}/{name}.Dockerfile").splitlines() if line and not line.startswith("#")]
    found: list[Stage] = []
    for instruction in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        keyword, _, arguments = instruction.partition(" ")
        if keyword == "FROM":
            base, _, stage = arguments.partition(" AS ")
            found.append(Stage(base, stage))
        else:
            found[-1].instructions.append((keyword, arguments.strip()))
    return found


IMAGES = sorted(path.stem for path in (ROOT / FOLDER).glob("*.Dockerfile"))


@pytest.mark.parametrize("image", IMAGES)
def test_every_stage_starts_from_debian(image: str) -> None:
    known = {BASE}
    for stage in stages(image):
        assert stage.base in known
        known.add(stage.name)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_without_privileges_and_without_a_shell_in_between(image: str) -> None:
    last = stages(image)[-1]
    assert last.all("USER") == ["10001:10001"]
    assert isinstance(json.loads(last.all("ENTRYPOINT")[0]), list)


@pytest.mark.parametrize("image", IMAGES)
def test_no_image_keeps_what_it_was_built_with(image: str) -> None:
    by_name = {stage.name: stage for stage in stages(image)}
    kept = [stages(image)[-1]]
    while kept[-1].base != BASE:
        kept.append(by_name[kept[-1].base])
    for stage in kept:
        for run in stage.all("RUN"):
            installs, _, removes = run.partition(" apt-get purge -y --auto-remove ")
            for tool in COMPILERS.findall(installs):
                assert tool in removes.split() or f"/tmp/tools/bin/{tool} " in installs
            assert "/tmp/tools" not in installs or removes.endswith(" rm -rf /var/lib/apt/lists/* /tmp/*")
        for copied in stage.all("COPY"):
            assert not re.search("--from=build .*(/build|tools)", copied)


@pytest.mark.parametrize("image", IMAGES)
def test_what_an_image_copies_is_there_and_not_ignored(image: str) -> None:
    let_in = tuple(line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!"))
    for stage in stages(image):
        for copied in stage.all("COPY"):
            if not copied.startswith("--from="):
                for source in shlex.split(copied)[:-1]:
                    assert list(ROOT.glob(source.replace("${PACKAGES}", "*")))
                    assert f"{source}/".startswith(let_in)


def pinned(name: str) -> set[tuple[str, str]]:
    """The name and version of everything that a lock file installs."""
    lines = re.sub(r"\\\n", " ", read(f"requirements/{name}.txt")).splitlines()
    found = [Requirement(line.partition("--hash")[0].strip()) for line in lines if line and line[0] not in "# "]
    return {(canonicalize_name(one.name), str(one.specifier)) for one in found}


@pytest.mark.parametrize("kind", EXTRAS)
def test_an_image_installs_the_versions_that_are_tested(kind: str) -> None:
    assert pinned(kind) - pinned("all") - pinned("models") == set(), "run `make lock` and commit what it writes"


@pytest.mark.parametrize("kind", EXTRAS)
def test_an_image_installs_what_its_extras_require(kind: str) -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = [requirement for extra in EXTRAS[kind] for requirement in project["optional-dependencies"][extra]]
    wanted = {canonicalize_name(Requirement(one).name) for one in [*project["dependencies"], *extras]}
    assert wanted - {name for name, _ in pinned(kind)} == set(), "run `make lock` and commit what it writes"


def test_the_light_image_holds_no_model_library_and_the_heavy_one_all_that_the_light_one_holds() -> None:
    assert MODEL_LIBRARIES & {name for name, _ in pinned("light")} == set()
    assert pinned("light") <= pinned("heavy")


def built_by(command: str) -> list[list[str]]:
    """The commands that `make images` would run with this IMAGE_BUILD."""
    every = "IMAGES=light heavy ray postgres nginx prometheus"
    made = subprocess.run(
        ["make", "-n", "--no-print-directory", "images", f"IMAGE_BUILD={command}", every],
        cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return [shlex.split(line) for line in made.stdout.splitlines()]


def test_every_image_can_be_made_by_docker_and_by_a_command_that_knows_what_a_machine_needs() -> None:
    of_docker, of_other = built_by("docker build"), built_by("../kube image")

    assert {Path(command[command.index("-f") + 1]).stem for command in of_docker} == set(IMAGES)
    assert [command[-1] for command in of_docker] == ["."] * len(of_docker)
    for docker, other in zip(of_docker, of_other, strict=True):
        tag, file = docker[docker.index("-t") + 1], docker[docker.index("-f") + 1]
        assert other[:5] == ["../kube", "image", tag, file, "."]
        assert docker[6:-1] == other[5:]


def test_every_image_is_labelled_with_version_and_commit() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    for command in built_by("docker build"):
        assert f"org.opencontainers.image.version={version}" in command
        assert any(re.fullmatch(r"org\.opencontainers\.image\.revision=[0-9a-f]{40}(-dirty)?", one) for one in command)
