"""What the metadata in a package says about its licence: npm's, Cargo's, Maven's and Python's files for that."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from email.parser import BytesParser

from solulu.core.sources.source import MAX_FILE_BYTES, DeclaredLicense, SourceFile

_LARGEST_BYTES = 1_000_000
_POM = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.xml|pom\.xml")
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_POM_LICENSES = re.compile(rb"<licenses>(.*?)</licenses>", re.S)
_POM_NAME = re.compile(rb"<name>([^<]{1,500})</name>")
_DIST_INFO = re.compile(r"[^/]+\.dist-info/METADATA")


def declared_license(files: Iterable[SourceFile]) -> DeclaredLicense:
    """The licence that the first metadata file which names one names."""
    for file in files:
        if (read := _reader(file.path)) and file.size <= min(_LARGEST_BYTES, MAX_FILE_BYTES):
            found = read(file.read())
            if found != DeclaredLicense():
                return found
    return DeclaredLicense()


def _reader(path: str) -> Callable[[bytes], DeclaredLicense] | None:
    if _POM.fullmatch(path):
        return _pom
    if _DIST_INFO.fullmatch(path):
        return _python
    return {"package.json": _npm, "Cargo.toml": _cargo, "PKG-INFO": _python}.get(path)


def _npm(data: bytes) -> DeclaredLicense:
    try:
        found = json.loads(data).get("license", "")
    except (ValueError, AttributeError):
        return DeclaredLicense()
    if isinstance(found, dict):
        return DeclaredLicense(text=str(found.get("type", "")))
    return DeclaredLicense(expression=found if isinstance(found, str) else "")


def _cargo(data: bytes) -> DeclaredLicense:
    try:
        found = tomllib.loads(data.decode())["package"]["license"]
    except (ValueError, KeyError, TypeError):
        return DeclaredLicense()
    # Cargo once took a slash for OR, and crates of that time still say it so.
    return DeclaredLicense(expression=re.sub(r"\s*/\s*", " OR ", found) if isinstance(found, str) else "")


def _pom(data: bytes) -> DeclaredLicense:
    licenses = _POM_LICENSES.search(_COMMENT.sub(b"", data))
    names = _POM_NAME.findall(licenses[1]) if licenses else []
    return DeclaredLicense(text=names[0].decode("utf-8", "replace").strip() if len(names) == 1 else "")


def _python(data: bytes) -> DeclaredLicense:
    metadata = BytesParser().parsebytes(data, headersonly=True)
    return DeclaredLicense(
        expression="".join(metadata.get_all("License-Expression") or []),
        text="\n".join(metadata.get_all("License") or []),
        classifiers=tuple(line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")),
    )
