"""`/v1/completions` and `/v1/models` over a local engine, also under `/openai/v1`.

KServe has routes of these names that need vllm, and a `GET /v1/models` of its own; these are registered first.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from solulu.core.metrics import METRICS
from solulu.llm.answer import Answer
from solulu.llm.local import Engine, LocalModel
from solulu.llm.templates import Hole
from solulu.serving.protocol import MAX_BODY_BYTES, ApiError, CompletionRequest, Reply, parse_request

log = logging.getLogger("kserve")


class Completions:
    """Answers requests for one model. They wait in line for its thread, first come first served."""

    def __init__(self, name: str, engine: Engine, longest: int, max_prompt_tokens: int) -> None:
        """`longest` is the model's context in tokens; prompts are cut to `max_prompt_tokens`, nearest lines stay."""
        self.name = name
        self._engine, self._longest, self._max_prompt_tokens = engine, longest, max_prompt_tokens
        self._created = int(time.time())

    def add_to(self, app: FastAPI) -> None:
        """Registers the routes, and the form of their errors."""
        router = APIRouter(tags=["OpenAI"])
        for prefix in ("/v1", "/openai/v1"):
            router.add_api_route(f"{prefix}/completions", self.create, methods=["POST"], response_model=None)
            router.add_api_route(f"{prefix}/models", self.models, methods=["GET"])
        app.include_router(router)
        app.add_exception_handler(ApiError, _error_response)

    async def models(self) -> dict[str, Any]:
        """The one model, in OpenAI's form."""
        model = {"id": self.name, "object": "model", "created": self._created, "owned_by": "solulu"}
        return {"object": "list", "data": [model]}

    async def create(self, request: Request) -> Response:
        """`POST /v1/completions`."""
        asked = parse_request(await _body(request), self.name, self._longest)
        if asked.stream:
            return StreamingResponse(self._events(asked), media_type="text/event-stream")
        start = time.monotonic()
        outcome = "error"
        try:
            answers = await self.answers(asked)
            outcome = "ok"
        finally:
            METRICS.completion(outcome, time.monotonic() - start)
        return JSONResponse(Reply(self.name).whole(answers))

    async def answers(self, asked: CompletionRequest) -> list[list[Answer]]:
        """The answers by prompt and sample. All prompts are one batch."""
        holes = [Hole(prompt, asked.suffix or "") for prompt in asked.prompts]
        samplings = asked.samplings()
        drawn = samplings[:1] if samplings[0].temperature == 0 else samplings
        by_sample = [
            await self._engine.run(LocalModel.complete, holes, sampling, self._max_prompt_tokens) for sampling in drawn
        ]
        by_sample += by_sample[:1] * (len(samplings) - len(drawn))
        return [list(samples) for samples in zip(*by_sample, strict=True)]

    async def _events(self, asked: CompletionRequest) -> AsyncIterator[str]:
        """Server-sent events: the choices' pieces, one choice after the other."""
        start, outcome, reply = time.monotonic(), "error", Reply(self.name)
        answers: list[list[Answer]] = [[] for _ in asked.prompts]
        try:
            async for number, piece in self._pieces(asked):
                if isinstance(piece, Answer):
                    answers[number // asked.num_samples].append(piece)
                    yield _event(reply.chunk(number, "", piece.finish_reason))
                elif piece:
                    yield _event(reply.chunk(number, piece))
            if asked.stream_options and asked.stream_options.include_usage:
                yield _event(reply.last_chunk(answers))
            yield "data: [DONE]\n\n"
            outcome = "ok"
        except ApiError as error:
            yield _event(error.body())
        finally:
            METRICS.completion(outcome, time.monotonic() - start)

    async def _pieces(self, asked: CompletionRequest) -> AsyncIterator[tuple[int, str | Answer]]:
        """(number of the choice, piece) from the model's thread, which stops when nobody listens any more."""
        loop, abandoned = asyncio.get_running_loop(), threading.Event()
        pieces: asyncio.Queue[tuple[int, str | Answer] | None] = asyncio.Queue()
        jobs = [
            (Hole(prompt, asked.suffix or ""), sampling) for prompt in asked.prompts for sampling in asked.samplings()
        ]

        def write(model: LocalModel) -> None:
            for number, (hole, sampling) in enumerate(jobs):
                for piece in model.stream(hole, sampling, self._max_prompt_tokens):
                    if abandoned.is_set():
                        return
                    loop.call_soon_threadsafe(pieces.put_nowait, (number, piece))

        writing = asyncio.ensure_future(self._engine.run(write))
        writing.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            if (error := writing.exception()) is not None:
                log.error("a completion failed", exc_info=error)
                raise ApiError(500, f"the model failed: {type(error).__name__}")
        finally:
            abandoned.set()


async def _body(request: Request) -> bytes:
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > MAX_BODY_BYTES:
            raise ApiError(400, f"the body is larger than {MAX_BODY_BYTES:,} bytes", "prompt")
    return body


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


async def _error_response(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), status_code=error.status)
