"""The KServe predictor: `python -m solulu.serving.predictor --model REFERENCE --name NAME`.

`kserve.Model` behind `kserve.ModelServer` gives the Open Inference Protocol (v2), health and metrics; the OpenAI routes
are ours, registered before KServe's (field-notes.md says why). It listens on loopback unless a host is given, and not
before the model has completed something: whoever reaches it is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import kserve
from kserve.errors import InvalidInput
from kserve.model_server import app

from solulu.core.errors import InvalidArgument, SoluluError
from solulu.core.metrics import share_serving_metrics
from solulu.core.settings import load
from solulu.core.store import open_store
from solulu.llm.local import Engine
from solulu.serving.auth import RequireToken
from solulu.serving.protocol import ApiError, parse_request
from solulu.serving.routes import Completions
from solulu.serving.server import Server
from solulu.serving.weights import model_folder

_MAX_PROMPT_TOKENS = 1024


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", help="an artifact, fetched from the store into SOLULU_HOME, or a model's URI")
    source.add_argument("--model-folder", type=Path, help="weights, config and tokenizer")
    parser.add_argument("--name", required=True, help="what requests name as the model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="gets the URL once requests are answered")
    parser.add_argument("--drain-seconds", type=float, default=0, help="of answering after SIGTERM")
    parser.add_argument("--max-prompt-tokens", type=int, default=_MAX_PROMPT_TOKENS, help="nearest lines stay")
    arguments = parser.parse_args()
    try:
        serve(arguments)
    except SoluluError as error:
        sys.exit(f"solulu predictor: {error}")


def serve(arguments: argparse.Namespace) -> None:
    """Fetches the model, loads it and serves it. Raises InvalidArgument where it must not listen, or there is no model,
    and what the store raises."""
    settings = load()
    token = settings.token.get_secret_value()
    if not _is_loopback(arguments.host) and not token:
        raise InvalidArgument(
            f"refusing to listen on {arguments.host} without a token; set SOLULU_TOKEN, or bind 127.0.0.1"
        )
    folder = arguments.model_folder or model_folder(arguments.model, settings, open_store(settings))
    engine = Engine(folder, settings.threads)
    longest = _context_length(folder)
    completions = Completions(arguments.name, engine, longest, arguments.max_prompt_tokens)
    completions.add_to(app)
    if token:
        app.add_middleware(RequireToken, token=token)
    share_serving_metrics()
    model = CompletionModel(completions, longest)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # KServe wants a current loop before it starts its own
    loop.run_until_complete(model.answer_once())
    Server(arguments.host, arguments.port, arguments.ready_file, arguments.drain_seconds).start([model])
    engine.close()


class CompletionModel(kserve.Model):
    """The model for KServe: in v2, inputs `prompt` and, at will, `suffix` (BYTES, one length) give `completion`."""

    def __init__(self, completions: Completions, longest: int) -> None:
        super().__init__(completions.name)
        self._completions, self._longest = completions, longest

    async def answer_once(self) -> None:
        """Loads the weights and completes something with them."""
        body = {"model": self.name, "prompt": "import ", "max_tokens": 1, "temperature": 0}
        await self._completions.answers(parse_request(json.dumps(body).encode(), self.name, self._longest))
        self.ready = True

    async def predict(
        self,
        payload: kserve.InferRequest,
        headers: dict[str, str] | None = None,
        response_headers: dict[str, str] | None = None,
    ) -> kserve.InferResponse:
        """Completes each prompt; request parameters are those of `/v1/completions`. Raises InvalidInput."""
        if not isinstance(payload, kserve.InferRequest):
            raise InvalidInput("use /v1/completions, or the v2 protocol with inputs `prompt` and `suffix`")
        texts = {tensor.name: _texts(tensor) for tensor in payload.inputs}
        prompts = texts.get("prompt")
        suffixes = texts.get("suffix") or [""] * len(prompts or [])
        if not prompts or len(prompts) != len(suffixes) or set(texts) - {"prompt", "suffix"}:
            raise InvalidInput("give an input `prompt` and, at will, `suffix` of the same length, and no other")
        found = []
        for prompt, suffix in zip(prompts, suffixes, strict=True):
            body = {**_options(payload.parameters), "model": self.name, "prompt": prompt, "suffix": suffix, "n": 1}
            try:
                asked = parse_request(json.dumps(body).encode(), self.name, self._longest)
            except ApiError as error:
                raise InvalidInput(str(error)) from error
            found.append((await self._completions.answers(asked))[0][0].text)
        output = kserve.InferOutput("completion", [len(found)], "BYTES", data=found)
        return kserve.InferResponse(payload.id, self.name, [output])


def _context_length(folder: Path) -> int:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return int(config["max_position_embeddings"])
    except (OSError, ValueError, KeyError) as error:
        raise InvalidArgument(f"{folder} is no model: config.json cannot be read ({error!r})") from error


def _texts(tensor: kserve.InferInput) -> list[str]:
    if tensor.datatype != "BYTES" or tensor.data is None:
        raise InvalidInput(f"input {tensor.name} must be of datatype BYTES")
    return [item.decode() if isinstance(item, bytes) else str(item) for item in tensor.as_numpy().ravel()]


def _options(parameters: Mapping[str, object] | None) -> dict[str, object]:
    return {name: value for name, value in (parameters or {}).items() if name != "stream"}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    main()
