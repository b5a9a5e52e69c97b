"""A bearer token before everything that costs or tells something; health and metrics answer without one."""

from __future__ import annotations

import hmac
import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from solulu.serving.protocol import ApiError

_OPEN = re.compile(r"/|/metrics|/v2/health/(live|ready)|/v2/models/[^/]+(/versions/[^/]+)?/ready")


class RequireToken:
    """ASGI middleware that answers 401 without the right token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may pass."""
        if scope["type"] != "http" or _OPEN.fullmatch(scope["path"]) or self._is_right(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        error = ApiError(
            401, "the bearer token is missing or wrong; send the server's SOLULU_TOKEN", code="invalid_api_key"
        )
        await JSONResponse(error.body(), status_code=401, headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _is_right(self, headers: Headers) -> bool:
        return hmac.compare_digest(headers.get("authorization", "").encode(), self._expected)
