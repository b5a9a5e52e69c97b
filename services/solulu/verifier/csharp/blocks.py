"""Blocks of extension members, read as if each member were written with its own receiver: `(this string text, int n)`.

So all that knows extension methods knows these, and finds properties and static members by their names.
"""

from __future__ import annotations

import re
from typing import Any

_ATTRIBUTES = re.compile(r"^\(\s*(?:\[[^\]]*\]\s*)*")
_NAMED = re.compile(r"[\w>\]?)]\s+@?\w+\s*$")


def lower(block: dict[str, Any], owner: dict[str, Any]) -> None:
    """Adds the members of a block to the class around it."""
    receiver = _ATTRIBUTES.sub("", block["c"])[:-1].strip()
    first = f"(this {receiver}" if _NAMED.search(receiver) else f"(this {receiver} _"
    generic = block.get("p", [])
    members = owner.setdefault("m", {})
    for name, overloads in block.get("m", {}).items():
        for kind, result, mark, *rest in overloads:
            if kind in "mp":
                parameters, own = (*rest, "", "")[:2]
                text = ", ".join(part for part in (first, parameters[1:-1].strip()) if part)
                names = ", ".join(part for part in (*generic, own[1:-1]) if part)
                generics = [f"<{names}>"] if names else []
                members.setdefault(name, []).append([kind, result, mark, f"{text})", *generics])
