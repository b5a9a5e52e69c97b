"""How Python finds modules: which dotted names a file of a repository answers to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

_SOURCE_ROOTS = ("src", "lib", "python")


def dotted_names(path: str, paths: Collection[str]) -> list[str]:
    """The names under which a file may be imported, the likeliest first; `paths` are all files of the repository.

    A package begins at the highest folder with an `__init__.py`. Without one it may be a namespace package, counted
    from the repository's root or from a usual source root, or a script beside others.
    """
    parts = list(PurePosixPath(path).with_suffix("").parts)
    top = len(parts) - 1
    while top > 0 and "/".join([*parts[:top], "__init__.py"]) in paths:
        top -= 1
    inside = [*parts[:-1]] if parts[-1] == "__init__" else parts
    starts = [top, 0] if top < len(parts) - 1 else [0, len(parts) - 1]
    if parts[0] in _SOURCE_ROOTS and len(parts) > 1:
        starts.insert(1 if starts[0] == top and top < len(parts) - 1 else 0, 1)
    return list(dict.fromkeys(name for start in starts if (name := ".".join(inside[start:]))))


def absolute(module: str, level: int, importer: str, importer_is_package: bool) -> str | None:
    """The dotted name that an import means, with `level` leading dots, in the module called `importer`; None if it
    leads out of every package."""
    if level == 0:
        return module
    package: Sequence[str] = importer.split(".") if importer_is_package else importer.split(".")[:-1]
    if level - 1 >= len(package) + (1 if importer_is_package and not importer else 0) and package != []:
        return None
    kept = package[: len(package) - (level - 1)]
    if not kept:
        return None
    return ".".join([*kept, module] if module else kept)
