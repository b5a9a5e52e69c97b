"""Model URIs: pinned by content, made once, and refused with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from solulu.core import settings
from solulu.core.errors import InvalidArgument, JobError, PermissionDenied, Transient
from solulu.core.settings import Settings
from solulu.llm import models, packaged


@pytest.fixture
def ours(home: Path) -> Settings:
    return settings.load(home=home)


def copied(folder: Path, to: Path) -> Path:
    to.mkdir(parents=True)
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def test_the_tiny_model_is_the_same_wherever_it_is_made(tiny_folder: Path, ours: Settings) -> None:
    made = models.weights_folder("random:tiny", ours)
    assert made != tiny_folder
    assert models.folder_digest(made) == models.folder_digest(tiny_folder)
    parameters = (made / "model.safetensors").stat().st_size / 4
    assert 200_000 < parameters < 500_000


def test_a_folder_is_pinned_by_its_weights_config_and_tokenizer(
    tiny_folder: Path, ours: Settings, tmp_path: Path
) -> None:
    folder = copied(tiny_folder, tmp_path / "model")
    pinned = models.resolve(f"folder:{folder}", ours)
    assert models.resolve(pinned, ours) == pinned
    assert models.weights_folder(pinned, ours) == folder
    (folder / "README.md").write_text("words about the model")
    assert models.resolve(f"folder:{folder}", ours) == pinned
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before + b"\n")
        assert models.resolve(f"folder:{folder}", ours) != pinned
        with pytest.raises(InvalidArgument, match="has changed"):
            models.resolve(pinned, ours)
        with pytest.raises(JobError, match="has changed"):
            models.weights_folder(pinned, ours)
        (folder / name).write_bytes(before)


def test_a_folder_outside_the_allowed_roots_is_refused_however_it_is_spelled(tiny_folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "allowed"
    root.mkdir()
    inside, outside = copied(tiny_folder, root / "model"), copied(tiny_folder, tmp_path / "outside")
    (root / "link").symlink_to(outside)
    ours = settings.load(home=tmp_path / "home", local_roots=[root])
    assert models.resolve(f"folder:{inside}", ours).startswith(f"folder:{inside}#")
    for path in (outside, root / ".." / "outside", root / "link"):
        with pytest.raises(PermissionDenied, match="SOLULU_LOCAL_ROOTS"):
            models.resolve(f"folder:{path}", ours)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("smollm2", "use packaged:NAME, hf:ID"),
        ("folder:", "use packaged:NAME"),
        ("random:huge", "there is random:tiny"),
        ("packaged:gpt", "there is packaged:smollm2-135m"),
        ("folder:/no/such/folder", "there is no such folder"),
        ("folder:/proc/self/fd", "it needs config.json"),
    ],
)
def test_a_uri_that_names_no_model_is_refused_with_what_would_do(uri: str, said: str, ours: Settings) -> None:
    with pytest.raises(InvalidArgument, match=said):
        models.resolve(uri, ours)


@pytest.mark.parametrize(
    ("uri", "family"),
    [
        ("packaged:smollm2-135m#0123", "smollm"),
        ("hf:Qwen/Qwen2.5-Coder-7B@0123", "qwen"),
        ("hf:deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek"),
        ("hf:codellama/CodeLlama-7b-hf", "codellama"),
        ("hf:bigcode/starcoder2-3b", "starcoder"),
        ("hf:microsoft/phi-4", "phi"),
        ("hf:someone/unheard-of", "someone/unheard-of"),
        ("folder:/models/qwen/tuned#0123", "tuned"),
        ("folder:/models/qwen2.5-tuned", "qwen"),
        ("random:tiny", "random"),
    ],
)
def test_a_family_is_told_by_the_models_name(uri: str, family: str) -> None:
    assert models.family(uri) == family


def test_a_family_of_a_folder_with_an_unknown_name_is_its_architecture(tiny_folder: Path, tmp_path: Path) -> None:
    assert models.family(f"folder:{copied(tiny_folder, tmp_path / 'mine')}#0123") == "llama"


MAKING = """
    import sys, time
    from pathlib import Path
    from solulu.llm import packaged

    def make(out):
        with open(sys.argv[2], "a") as log:
            log.write("made\\n")
        (out / "half").write_text("")
        time.sleep(0.5)
        (out / "whole").write_text("")

    folder = packaged.make_once(Path(sys.argv[1]), make)
    assert (folder / "whole").is_file()
"""


def test_two_processes_that_need_a_model_make_it_once_and_both_see_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(MAKING), str(tmp_path / "cache" / "model"), str(tmp_path / "log")]
    racers = [subprocess.Popen(command) for _ in range(2)]
    assert [racer.wait(timeout=60) for racer in racers] == [0, 0]
    assert (tmp_path / "log").read_text() == "made\n"
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["model", "model.lock"]


def test_a_model_whose_making_failed_is_made_anew(tmp_path: Path) -> None:
    def fail(out: Path) -> None:
        (out / "half").write_text("")
        raise RuntimeError("no more disk")

    with pytest.raises(RuntimeError):
        packaged.make_once(tmp_path / "model", fail)
    folder = packaged.make_once(tmp_path / "model", lambda out: (out / "whole").write_text("") and None)
    assert [file.name for file in folder.iterdir()] == ["whole"]


COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(BaseHTTPRequestHandler):
    """As much of the Hugging Face hub as a snapshot needs: one repository, one commit."""

    files: dict[str, bytes] = {}
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(("/api/models/org/model/tree/", "/api/models/org/model/revision/")) or path == (
            "/api/models/org/model"
        ):
            self._json(self._tree() if "/tree/" in path else self._info())
        elif path.startswith(f"/org/model/resolve/{COMMIT}/") and path.rpartition("/")[2] in self.files:
            self._send(200, self.files[path.rpartition("/")[2]])
        else:
            self._send(404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})

    def _info(self) -> dict[str, object]:
        siblings = [{"rfilename": name} for name in sorted(self.files)]
        return {"_id": "1", "id": "org/model", "sha": COMMIT, "private": False, "siblings": siblings, "tags": []}

    def _tree(self) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": name, "size": len(data), "oid": f"{number:040x}"}
            for number, (name, data) in enumerate(sorted(self.files.items()))
        ]

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        etag = f'"{abs(hash(data)):040x}"'
        for name, value in {
            "Content-Length": str(len(data)),
            "ETag": etag,
            "X-Repo-Commit": COMMIT,
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(tiny_folder: Path) -> Iterator[str]:
    FakeHub.files = {file.name: file.read_bytes() for file in tiny_folder.iterdir()} | {"README.md": b"words"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


FETCHING = """
    import sys
    from solulu.core import settings
    from solulu.llm import models
    ours = settings.load()
    try:
        pinned = models.resolve(sys.argv[1], ours)
        print(pinned, models.folder_digest(models.weights_folder(pinned, ours)))
    except Exception as error:
        print(type(error).__name__, error)
"""


def fetch(uri: str, endpoint: str, home: Path) -> str:
    """In a process of its own: the hub's client reads its environment when it is imported."""
    environment = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "SOLULU_HOME": str(home)}
    command = [sys.executable, "-c", textwrap.dedent(FETCHING), uri]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return found.stdout.strip() or found.stderr


def test_a_model_of_the_hub_is_pinned_to_its_commit_and_fetched_whole(hub: str, home: Path, tiny_folder: Path) -> None:
    assert fetch("hf:org/model", hub, home) == f"hf:org/model@{COMMIT} {models.folder_digest(tiny_folder)}"
    assert fetch("hf:org/model@main", hub, home).startswith(f"hf:org/model@{COMMIT} ")
    assert not list(home.rglob("README.md"))


def test_a_model_that_the_hub_lacks_is_refused_and_a_hub_that_is_away_is_transient(hub: str, home: Path) -> None:
    assert fetch("hf:org/nothing", hub, home).startswith(f"{InvalidArgument.__name__} hf:org/nothing: the hub has no")
    assert fetch("hf:org/model", "http://127.0.0.1:9", home).startswith(f"{Transient.__name__} hf:org/model")


def test_a_pinned_model_of_the_hub_needs_no_hub_to_be_resolved(ours: Settings) -> None:
    assert models.resolve(f"hf:org/model@{COMMIT}", ours) == f"hf:org/model@{COMMIT}"
