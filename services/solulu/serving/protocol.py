"""OpenAI's completions protocol as values: a request that is checked, and the JSON of answers and errors.

An option that the model cannot honour is refused: an answer that silently ignores it would be taken for one that does.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from solulu.llm.answer import Answer
from solulu.llm.sampling import Sampling

MAX_BODY_BYTES = 8_000_000
MAX_CHARS = 1_000_000
"""Of all prompts and the suffix together. What exceeds the model's context is cut, nearest lines stay; this is a file
that nobody edits."""
MAX_CHOICES = 64
_NEUTRAL: dict[str, tuple[object, ...]] = {
    "echo": (False,),
    "logprobs": (),
    "logit_bias": ({},),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
}
"""Options that cannot be honoured, and the values by which they ask for nothing."""


class ApiError(Exception):
    """An answer other than 200, in OpenAI's form."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """The body of `POST /v1/completions`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str
    prompt: str | list[str] = Field(min_length=0)
    suffix: str | None = None
    max_tokens: int | None = Field(default=16, ge=1)
    temperature: float | None = Field(default=1.0, ge=0, le=2)
    top_p: float | None = Field(default=1.0, gt=0, le=1)
    n: int | None = Field(default=1, ge=1, le=16)
    seed: int | None = None
    stop: str | list[str] | None = Field(default=None, max_length=256)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    best_of: int | None = None

    @property
    def prompts(self) -> list[str]:
        """The prompts, one or many."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt

    @property
    def num_samples(self) -> int:
        """Choices a prompt."""
        return self.n or 1

    def samplings(self) -> list[Sampling]:
        """How each choice of a prompt is drawn: by seeds that follow each other."""
        seed = secrets.randbelow(2**31) if self.seed is None else self.seed
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [
            Sampling(
                temperature=1.0 if self.temperature is None else self.temperature,
                top_p=self.top_p or 1.0,
                max_tokens=self.max_tokens or 16,
                stop=tuple(stop),
                seed=seed + number,
            )
            for number in range(self.num_samples)
        ]


def parse_request(body: bytes, model: str, longest: int) -> CompletionRequest:
    """The request, where it is one that `model`, with a context of `longest` tokens, can answer. Raises ApiError."""
    try:
        request = CompletionRequest.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from error
    if request.model != model:
        raise ApiError(404, f"there is no model {request.model!r} here, only {model!r}", "model", "model_not_found")
    for name, neutral in _NEUTRAL.items():
        if (value := (request.model_extra or {}).get(name)) is not None and value not in neutral:
            raise ApiError(400, f"{name} is not supported; leave it out", name)
    if request.best_of not in (None, request.num_samples):
        raise ApiError(400, "best_of is not supported; leave it out", "best_of")
    if not request.prompts or len(request.prompts) * request.num_samples > MAX_CHOICES:
        raise ApiError(400, f"between 1 and {MAX_CHOICES} choices can be asked for: prompts times n", "prompt")
    num_chars = sum(map(len, request.prompts)) + len(request.suffix or "")
    if num_chars > MAX_CHARS:
        raise ApiError(400, f"prompt and suffix have {num_chars:,} characters; send at most {MAX_CHARS:,}", "prompt")
    if (request.max_tokens or 0) > longest // 2:
        text = f"max_tokens is {request.max_tokens}; at most {longest // 2} fit, half the model's context"
        raise ApiError(400, text, "max_tokens")
    if isinstance(request.stop, list) and len(request.stop) > 16:
        raise ApiError(400, f"stop has {len(request.stop)} texts; give at most 16", "stop")
    return request


class Reply:
    """The JSON of one answer, whole or in chunks."""

    def __init__(self, model: str) -> None:
        self._head = {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, answers: Sequence[Sequence[Answer]]) -> dict[str, Any]:
        """The body of an answer that is not streamed; `answers` by prompt and sample."""
        flat = [answer for samples in answers for answer in samples]
        choices = [_choice(number, answer.text, answer.finish_reason) for number, answer in enumerate(flat)]
        return {**self._head, "choices": choices, "usage": usage(answers)}

    def chunk(self, number: int, text: str, finish_reason: str | None = None) -> dict[str, Any]:
        """A piece of one choice."""
        return {**self._head, "choices": [_choice(number, text, finish_reason)]}

    def last_chunk(self, answers: Sequence[Sequence[Answer]]) -> dict[str, Any]:
        """What the answer took, where the request asked for it."""
        return {**self._head, "choices": [], "usage": usage(answers)}


def usage(answers: Sequence[Sequence[Answer]]) -> dict[str, int]:
    """Tokens: every prompt once, every choice."""
    prompt = sum(samples[0].prompt_tokens for samples in answers)
    completion = sum(answer.completion_tokens for samples in answers for answer in samples)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _choice(number: int, text: str, finish_reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": number, "logprobs": None, "finish_reason": finish_reason}


def _invalid(error: ValidationError) -> ApiError:
    first = error.errors()[0]
    param = str(first["loc"][0]) if first["loc"] else None
    if param == "prompt" and first["type"] != "missing":
        return ApiError(400, "prompt must be a text or a list of texts; token ids are not supported", param)
    return ApiError(400, f"{param}: {first['msg']}" if param else f"the body is not JSON: {first['msg']}", param)
