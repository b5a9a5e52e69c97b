"""Fetching an archive by https from where the settings allow, and no more of it than is wanted.

The address that was checked is the address that is connected to: the name is looked up once, and redirects are checked
like the first URL. Where a proxy is in charge, it looks names up.
"""

from __future__ import annotations

import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urljoin

import httpx

from solulu.core.settings import Settings
from solulu.core.sources.addresses import allowed_peer
from solulu.core.sources.source import SourceUnreachable

MAX_BYTES = 300_000_000
_MAX_REDIRECTS = 5
_SECONDS = 900.0
"""A server that sends so slowly that it takes longer is given up."""


def check_address(url: str, settings: Settings) -> None:
    """Refuses a forbidden address at once; a host that cannot be looked up may be there later."""
    try:
        allowed_peer(url, settings)
    except SourceUnreachable:
        return


def download(url: str, to: IO[bytes], settings: Settings, max_bytes: int = MAX_BYTES) -> None:
    """Writes what is at a URL to a file.

    Raises SourceUnreachable where it is not there, too large or too slow, PermissionDenied where a redirect leads to
    an address that is not allowed.
    """
    deadline = time.monotonic() + _SECONDS
    with _answer(url, settings) as response:
        size = 0
        for block in response.iter_raw():
            size += len(block)
            if size > max_bytes:
                raise SourceUnreachable(f"{url} has more than {max_bytes:,} bytes; it is not read")
            if time.monotonic() > deadline:
                raise SourceUnreachable(f"{url} did not arrive within {_SECONDS:.0f} s")
            to.write(block)


@contextmanager
def _answer(url: str, settings: Settings) -> Iterator[httpx.Response]:
    """The answer to a GET, after redirects."""
    asked = url
    for _ in range(_MAX_REDIRECTS + 1):
        try:
            with _client(url) as client, client.stream(**_request(url, settings)) as response:
                if not response.is_redirect:
                    if response.status_code != httpx.codes.OK:
                        raise SourceUnreachable(f"{asked}: the server answers {response.status_code}")
                    yield response
                    return
                url = urljoin(url, response.headers["location"])
        except httpx.HTTPError as error:
            raise SourceUnreachable(f"{asked}: {error or type(error).__name__}") from error
    raise SourceUnreachable(f"{asked} redirects more than {_MAX_REDIRECTS} times")


def _client(url: str) -> httpx.Client:
    return httpx.Client(verify=ssl.create_default_context(), trust_env=_has_proxy(url), timeout=60.0)


def _request(url: str, settings: Settings) -> dict:
    peer = allowed_peer(url, settings)
    parsed = httpx.URL(url)
    headers = {"accept": "*/*", "accept-encoding": "identity", "host": parsed.netloc.decode()}
    if _has_proxy(url) or not peer.addresses:
        return {"method": "GET", "url": parsed, "headers": headers}
    pinned = parsed.copy_with(host=peer.addresses[0])
    return {"method": "GET", "url": pinned, "headers": headers, "extensions": {"sni_hostname": peer.host}}


def _has_proxy(url: str) -> bool:
    parsed = httpx.URL(url)
    return parsed.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parsed.host)
