"""Which hosts a service may fetch from: public ones, and those the settings list.

A URL in a spec is a stranger's wish. Without this check it could make the service read what only the service can
reach: the cloud's metadata address, a database's port, a neighbour in the cluster.
"""

from __future__ import annotations

import ipaddress
import socket
import urllib.request
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from solulu.core.errors import InvalidArgument, PermissionDenied
from solulu.core.settings import Settings
from solulu.core.sources.source import SourceUnreachable

DEFAULT_PORTS = {"https": 443, "http": 80}
_FOR_EXAMPLES = [
    ipaddress.ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
"""Set aside for documentation (RFC 5737, RFC 3849): nothing private is behind them, so what is there was put there to
be reached."""


@dataclass(frozen=True)
class Peer:
    """A host that may be fetched from, with the addresses that were checked; none where a proxy looks them up."""

    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def curl_resolve(self) -> str:
        """`host:port:address,...` for curl, so that a second lookup cannot give another address; empty without one."""
        shown = [f"[{address}]" if ":" in address else address for address in self.addresses]
        return f"{self.host}:{self.port}:{','.join(shown)}" if shown else ""


def split_url(url: str) -> SplitResult:
    """The parts of an https or http URL. Raises InvalidArgument for anything else, and for URLs with credentials."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidArgument(f"this URL is malformed: {error}") from error
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise InvalidArgument(f"the URL of {host} holds credentials; a spec is stored and shown, so it may not")
    if parts.query or parts.fragment:
        raise InvalidArgument(f"the URL of {host} has a query or fragment, which may hold credentials; leave it out")
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise InvalidArgument(f"{url!r} is not an https URL")
    if any(character.isspace() or ord(character) < 32 for character in url):
        raise InvalidArgument(f"{url!r} holds white space")
    return parts


def allowed_peer(url: str, settings: Settings) -> Peer:
    """Looks the URL's host up and checks every address it has.

    Plain http is refused outside `settings.allowed_networks`. Raises PermissionDenied, InvalidArgument, or
    SourceUnreachable where the host has no address.
    """
    parts = split_url(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    addresses = _addresses(host, port, parts.scheme)
    for address in addresses:
        _check(host, address, parts.scheme, settings)
    if not addresses and parts.scheme == "http":
        raise PermissionDenied(f"{host} may not be fetched from by plain http; use https")
    return Peer(host, port, tuple(addresses))


def _addresses(host: str, port: int, scheme: str) -> list[str]:
    """Addresses of a host, sorted. Where a proxy is in charge of names, one that is unknown here has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
            return []
        raise SourceUnreachable(f"{host} cannot be looked up: {error}") from error
    return sorted({str(entry[4][0]) for entry in found})


def _check(host: str, address: str, scheme: str, settings: Settings) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if any(ip in ipaddress.ip_network(network, strict=False) for network in settings.allowed_networks):
        return
    if scheme == "http":
        raise PermissionDenied(f"{host} may not be fetched from by plain http; use https")
    is_for_examples = any(ip in network for network in _FOR_EXAMPLES if network.version == ip.version)
    if ip.is_multicast or not (ip.is_global or is_for_examples):
        raise PermissionDenied(
            f"{host} ({address}) is a private, loopback or link-local address; "
            "list its network in SOLULU_ALLOWED_NETWORKS to fetch from it"
        )
