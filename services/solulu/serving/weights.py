"""A model's files on this machine: what is served is named by a reference, here as in a pod."""

from __future__ import annotations

from pathlib import Path

from solulu.core.artifacts import open_artifact
from solulu.core.settings import Settings
from solulu.core.store import Store
from solulu.llm import models
from solulu.llm.packaged import make_once


def model_folder(model: str, settings: Settings, store: Store) -> Path:
    """The folder of a pinned URI, or of an artifact, which is downloaded once, to `$SOLULU_HOME/endpoints/<key>`."""
    if not model.startswith("train/"):
        return models.weights_folder(model, settings)
    folder = settings.home.absolute() / "endpoints" / model.removeprefix("train/")
    return make_once(folder, lambda out: open_artifact(store, model).download(out))
