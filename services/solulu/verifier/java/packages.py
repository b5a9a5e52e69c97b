"""Where Java's dependencies lie: as jars in Maven's local repository, or in a folder of jars or unpacked sources.

The repository keeps the versions that any project of its user needed. Of each artifact the newest is read, what was
compiled rather than its sources; one that is there in several majors is left out, since only a build says which it
takes.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.languages.java import JAVA
from solulu.verifier.case import Case
from solulu.verifier.java.repository import JavaRepository
from solulu.verifier.java.standard import standard_library
from solulu.verifier.java.summary import summarize
from solulu.verifier.rules import Package

_MAVEN = Path(".m2") / "repository"
_MOST_JARS = 5_000
_SOURCES = "-sources"
_OTHER_JARS = ("-javadoc", "-tests", "-test-sources")
_VERSION = re.compile(r"-\d[\w.+-]*$")
_NUMBERS = re.compile(r"\d+")


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The jars and source folders that have packages which the case's file imports, the standard library left out."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    data = case.data
    imports = summarize(JAVA.parse(data).root_node, data).get("i", [])
    standard = standard_library().derived(JavaRepository).types
    wanted = {start for text in imports for start in _packages_of(text) if start not in standard}
    jars = {jar for jar, held in _jars(folder).items() if held & wanted}
    for jar in sorted(jars):
        yield Package(jar.stem, jar.parent, (jar,))
    for root in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if any((root / Path(*name.split("."))).is_dir() for name in sorted(wanted)):
            files = sorted(path for path in root.rglob("*.java") if path.is_file() and not path.is_symlink())
            if files:
                yield Package(root.name, root, tuple(files))


def default_packages(repo: Path | None) -> Path | None:
    """Maven's local repository."""
    maven = Path.home() / _MAVEN
    return maven if maven.is_dir() else None


def _packages_of(text: str) -> list[str]:
    """What may be the package in an import."""
    parts = text.lstrip("=").split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts)) if len(parts) < 3 or length > 1]


@lru_cache(maxsize=4)
def _jars(folder: Path) -> dict[Path, frozenset[str]]:
    """The packages in the jar to read of each artifact below a folder."""
    versions: defaultdict[str, list[Path]] = defaultdict(list)
    for jar in sorted(folder.rglob("*.jar"))[:_MOST_JARS]:
        if jar.is_file() and not jar.is_symlink() and not jar.stem.endswith(_OTHER_JARS):
            versions[_VERSION.sub("", jar.stem.removesuffix(_SOURCES))].append(jar)
    newest = (max(jars, key=_version) for jars in versions.values() if len({_version(jar)[0][:1] for jar in jars}) == 1)
    return {jar: _held(jar) for jar in newest}


def _version(jar: Path) -> tuple[tuple[int, ...], bool]:
    """The numbers in a jar's version, and whether it is one of compiled classes."""
    found = _VERSION.search(jar.stem)
    return tuple(map(int, _NUMBERS.findall(found[0]))) if found else (), not jar.stem.endswith(_SOURCES)


def _held(jar: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(jar) as opened:
            names = opened.namelist()
    except (zipfile.BadZipFile, OSError):
        return frozenset()
    return frozenset(name.rpartition("/")[0].replace("/", ".") for name in names if name.endswith((".class", ".java")))
