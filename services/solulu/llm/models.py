"""Where a model's weights come from: one URI form, pinned at Submit, turned into a local folder when it is needed.

    packaged:smollm2-135m   carried by a Python package, converted once
    hf:ID, hf:ID@REVISION   a repository of the Hugging Face hub
    folder:PATH             a folder in Hugging Face layout
    random:tiny             a randomly initialised model of a few hundred thousand parameters

A pinned URI names content: `hf:ID@COMMIT`, `folder:PATH#DIGEST`, `packaged:NAME#DIGEST`. Pinning a pinned URI again
checks it and gives it back, so a resolved spec can be submitted once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

from solulu.core.digests import tree_digest
from solulu.core.errors import InvalidArgument, JobError, PermissionDenied, Transient
from solulu.core.settings import Settings
from solulu.llm import packaged, tiny

FAMILIES = (
    ("codellama", r"code-?llama"), ("deepseek", r"deepseek"), ("qwen", r"qwen|qwq"), ("santacoder", r"santacoder"),
    ("starcoder", r"starcoder"), ("smollm", r"smollm"), ("codegemma", r"codegemma"), ("gemma", r"gemma"),
    ("granite", r"granite"), ("mistral", r"mistral|mixtral|codestral|devstral"), ("phi", r"(^|[/_-])phi[-_]?\d"),
    ("llama", r"llama"), ("gpt-oss", r"gpt-oss"),
)  # fmt: skip
"""Names that tell a family, tried in order: a model is no independent judge of its relatives."""
_SETTLED = re.compile(r"[0-9a-f]{40}")
_CONTENT = ("*.safetensors", "*.safetensors.index.json", "*.bin", "*.bin.index.json", "*.json", "*.model", "*.txt")
"""Weights, config and tokenizer: the files that a folder's digest covers and that are fetched from the hub."""


def resolve(uri: str, settings: Settings) -> str:
    """The URI with its content pinned. Raises InvalidArgument, PermissionDenied, or Transient where the hub is away."""
    scheme, rest = _parts(uri)
    if scheme == "packaged":
        return f"packaged:{_checked(uri, rest, packaged.digest)}"
    if scheme == "hf":
        return f"hf:{_hub_revision(rest)}"
    if scheme == "folder":
        return f"folder:{_checked(uri, rest, lambda path: folder_digest(_allowed(path, settings)), absolute=True)}"
    tiny.check(rest)
    return uri


def weights_folder(uri: str, settings: Settings, cache: Path | None = None) -> Path:
    """A folder in Hugging Face layout with the model's weights, config and tokenizer.

    What has to be made or fetched is kept under `cache`, by default `$SOLULU_HOME/models`; two processes at once make
    it once. Raises JobError where a pinned model is no longer the same.
    """
    cache = (cache or settings.home / "models").absolute()
    scheme, rest = _parts(uri)
    if scheme == "hf":
        return _download(rest, cache)
    try:
        pinned = resolve(uri, settings)
    except InvalidArgument as error:
        raise JobError(str(error)) from error
    name, _, digest = pinned.partition(":")[2].partition("#")
    if scheme == "folder":
        return Path(name)
    if scheme == "packaged":
        return packaged.make_once(cache / f"packaged-{name}-{digest[:12]}", lambda out: packaged.convert(name, out))
    return packaged.make_once(cache / f"random-{name}-v{tiny.VERSION}", tiny.make)


def family(uri: str) -> str:
    """The family of a model, by its name, else by its architecture, else the name itself."""
    scheme, rest = _parts(uri)
    if scheme == "random":
        return "random"
    name = rest.partition("#")[0].rpartition("@")[0] or rest.partition("#")[0]
    named = name if scheme == "hf" else Path(name).name
    for known, pattern in FAMILIES:
        if re.search(pattern, named.lower()):
            return known
    config = Path(name) / "config.json"
    if scheme == "folder" and config.is_file():
        return str(json.loads(config.read_text(encoding="utf-8")).get("model_type") or named)
    return named


def folder_digest(folder: Path) -> str:
    """Digest of a model folder's weights, config and tokenizer."""
    files = sorted({file for pattern in _CONTENT for file in folder.glob(pattern) if file.is_file()})
    if not (folder / "config.json").is_file() or not any(file.suffix in (".safetensors", ".bin") for file in files):
        raise InvalidArgument(f"{folder} is no model: it needs config.json and *.safetensors or *.bin")
    return tree_digest((file.name, _file_digest(file, *_state(file))) for file in files)[:32]


def _parts(uri: str) -> tuple[str, str]:
    scheme, _, rest = uri.partition(":")
    if scheme not in ("packaged", "hf", "folder", "random") or not rest:
        raise InvalidArgument(f"model {uri!r}: use packaged:NAME, hf:ID, hf:ID@REVISION, folder:PATH or random:tiny")
    return scheme, rest


def _checked(uri: str, rest: str, digest_of: Callable[[str], str], absolute: bool = False) -> str:
    """`rest` with its digest behind it; a digest that stands there already must be the same."""
    name, _, pinned = rest.partition("#")
    digest = digest_of(name)
    if pinned and pinned != digest:
        raise InvalidArgument(f"model {uri!r} has changed: its digest is {digest} now; submit it without `#{pinned}`")
    return f"{Path(name).absolute() if absolute else name}#{digest}"


def _allowed(path: str, settings: Settings) -> Path:
    folder = Path(path).resolve()
    roots = settings.local_roots
    if roots is not None and not any(folder.is_relative_to(root.resolve()) for root in roots):
        raise PermissionDenied(f"folder:{path} is outside SOLULU_LOCAL_ROOTS; ask the operator to allow it")
    if not folder.is_dir():
        raise InvalidArgument(f"folder:{path}: there is no such folder")
    return folder


def _state(file: Path) -> tuple[int, int]:
    state = file.stat()
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=256)
def _file_digest(file: Path, _size: int, _modified: int) -> str:
    """Size and time of the change are part of the cache's key: a file that was written again is read again."""
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _hub_revision(rest: str) -> str:
    name, _, revision = rest.partition("@")
    if _SETTLED.fullmatch(revision):
        return rest
    from huggingface_hub import HfApi

    with _hub_errors(rest):
        return f"{name}@{HfApi().model_info(name, revision=revision or None, timeout=30).sha}"


def _download(rest: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download

    name, _, revision = _hub_revision(rest).partition("@")
    with _hub_errors(rest):
        return Path(snapshot_download(name, revision=revision, cache_dir=cache / "hub", allow_patterns=list(_CONTENT)))


@contextmanager
def _hub_errors(rest: str) -> Iterator[None]:
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        raise InvalidArgument(f"hf:{rest} is gated: accept its terms on the hub and set HF_TOKEN") from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise InvalidArgument(
            f"hf:{rest}: the hub has no such model or revision (a private one needs HF_TOKEN)"
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError, OSError) as error:
        raise Transient(f"hf:{rest}: the Hugging Face hub cannot be reached: {type(error).__name__}") from error
