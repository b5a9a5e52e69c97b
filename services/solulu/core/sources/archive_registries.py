"""Where the registries keep a version of a package: their public, documented addresses, or a mirror's of the same form.

Four of the five can be told from name and version alone; an sdist is found through the index's page (PEP 503).
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urljoin

from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources.archive_download import download
from solulu.core.sources.source import SourceUnreachable

PUBLIC = {
    "crate": "https://static.crates.io/crates",
    "gomod": "https://proxy.golang.org",
    "maven": "https://repo1.maven.org/maven2",
    "npm": "https://registry.npmjs.org",
    "sdist": "https://pypi.org/simple",
}
"""By kind; `registries` of the settings replace them."""

_VERSION = r"(?P<version>[A-Za-z0-9][\w.+!-]*)"
_FORMS = {
    "crate": rf"(?P<name>[A-Za-z0-9][\w-]*)@{_VERSION}",
    "gomod": rf"(?P<name>[A-Za-z0-9][\w.~-]*(/[\w.~-]+)*)@{_VERSION}",
    "maven": rf"(?P<name>[\w-]+(\.[\w-]+)*:[\w.-]+)@{_VERSION}",
    "npm": rf"(?P<name>(@[\w.~-]+/)?[\w~-][\w.~-]*)@{_VERSION}",
    "sdist": rf"(?P<name>[A-Za-z0-9][\w.-]*)=={_VERSION}",
}
_SHOWN = {"maven": "maven:GROUP:ARTIFACT@VERSION", "sdist": "sdist:NAME==VERSION"}
_MAX_INDEX_BYTES = 50_000_000
_LINK = re.compile(r"<a\s[^>]*?href=\"([^\"]+)\"[^>]*>\s*([^<]*?)\s*</a>", re.I)


@dataclass(frozen=True)
class Release:
    """A version of a package."""

    kind: str
    name: str
    version: str


def parse(kind: str, text: str) -> Release:
    """The release that a source string names. Raises InvalidArgument."""
    match = re.fullmatch(_FORMS[kind], text, re.ASCII)
    if not match or any(set(part) == {"."} for part in re.split("[/:]", match["name"])):
        raise InvalidArgument(f"{kind}:{text} is not of the form {_SHOWN.get(kind, f'{kind}:NAME@VERSION')}")
    return Release(kind, match["name"], match["version"])


def address(release: Release, settings: Settings) -> str:
    """The URL of its archive. Raises SourceUnreachable where an index has to be asked and lists none."""
    root = settings.registries.get(release.kind, PUBLIC[release.kind]).rstrip("/")
    name, version = release.name, quote(release.version, safe="")
    match release.kind:
        case "crate":
            return f"{root}/{name}/{name}-{version}.crate"
        case "gomod":
            return f"{root}/{_lowered(name)}/@v/{_lowered(release.version)}.zip"
        case "maven":
            group, _, artifact = name.partition(":")
            return f"{root}/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}-sources.jar"
        case "npm":
            return f"{root}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    return _sdist(root, release, settings)


def _lowered(text: str) -> str:
    """A Go module path or version as proxies have it: capitals as `!` and the small letter."""
    return quote(re.sub(r"[A-Z]", lambda found: f"!{found[0].lower()}", text), safe="/!~")


def _sdist(root: str, release: Release, settings: Settings) -> str:
    page = f"{root}/{_normal(release.name)}/"
    with tempfile.TemporaryFile() as file:
        download(page, file, settings, _MAX_INDEX_BYTES)
        file.seek(0)
        listed = _LINK.findall(file.read().decode("utf-8", "replace"))
    for url, filename in listed:
        name, _, version = filename.removesuffix(".tar.gz").rpartition("-")
        if filename.endswith(".tar.gz") and (_normal(name), version) == (_normal(release.name), release.version):
            return urljoin(page, unescape(url)).partition("#")[0]
    raise SourceUnreachable(f"{page} lists no sdist of version {release.version}")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
