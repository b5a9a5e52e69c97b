"""Whether an expression can only be of types that are indexed, whichever of them it is.

Where a file includes libraries that are not at hand, the proof by absence still holds for an object that none of them
can have made: its declaration, or those of every function that the expression calls, name types of the repository
and of the standard library only.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from solulu.verifier.cpp.scopes import Place
from solulu.verifier.cpp.types import Types
from solulu.verifier.cpp.world import World
from solulu.verifier.words import words_of

_WORD = re.compile(r"[A-Za-z_?]\w*")
_LITERALS = {
    "number_literal", "string_literal", "raw_string_literal", "concatenated_string", "char_literal", "true", "false",
    "null",
}  # fmt: skip
_OPERATIONS = {
    "parenthesized_expression", "binary_expression", "unary_expression", "pointer_expression", "subscript_expression",
    "conditional_expression", "argument_list", "subscript_argument_list", "update_expression", "initializer_list",
    "comma_expression",
}  # fmt: skip
_BUILT_IN = words_of(
    "const volatile static inline constexpr mutable typename struct class enum union extern unsigned signed char short"
    " int long float double bool void wchar_t char8_t char16_t char32_t std virtual explicit noexcept thread_local"
)
_MOST_STEPS = 150


class Provenance:
    """Answers for the expressions at one place, in a bounded number of steps."""

    def __init__(self, world: World, place: Place, types: Types) -> None:
        self._world, self._place, self._types = world, place, types
        self._steps = 0

    def is_indexed(self, node: Node | None) -> bool:
        """Whether the expression can only be of indexed types."""
        self._steps += 1
        if node is None or self._steps > _MOST_STEPS:
            return False
        match node.type:
            case "this":
                return bool(self._place.classes) and self._is_pure_class(self._place.classes[0])
            case "identifier":
                return self._is_indexed_variable(node)
            case "field_expression":
                field = node.child_by_field_name("field")
                return field is not None and self._are_pure(self._place.text(field), "v")
            case "call_expression":
                return self._is_indexed_call(node)
            case "new_expression" | "compound_literal_expression" | "cast_expression":
                written = node.child_by_field_name("type")
                return written is not None and self.is_pure(self._place.text(written))
            case kind if kind in _LITERALS:
                return True
            case kind if kind in _OPERATIONS:
                return all(map(self.is_indexed, node.named_children))
            case _:
                return False

    def is_pure(self, text: str) -> bool:
        """Whether a type, as it is written, names indexed types only."""
        words = _WORD.findall(text)
        return bool(words) and all(
            word in _BUILT_IN or (word not in self._place.templates and self._is_own_or_standard(word))
            for word in words
        )

    def _is_own_or_standard(self, word: str) -> bool:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return False
        kinds = self._world.kinds(word)
        if not kinds:
            return word in self._world.standard.words or self._world.is_last_of_namespace(word)
        return all(kind == "t" or (kind == "a" and self.is_pure(text)) for kind, text in kinds if kind in "tau")

    def _is_pure_class(self, name: str) -> bool:
        """Whether all bases of a class are indexed."""
        return all(
            self.is_pure(base) for bases, _ in self._world.bodies(name) for base in bases
        ) and self._world.is_class(name)

    def _is_indexed_variable(self, node: Node) -> bool:
        name = self._place.text(node)
        found = self._place.visible(node)
        if not found:
            return not self._place.is_macro and self._are_pure(name, "v")
        for local in found:
            is_made = local.type.replace("const", "").strip(" &") in ("auto", "") or "decltype" in local.type
            if not (self.is_indexed(local.value) if is_made else self.is_pure(local.type)):
                return False
        return True

    def _are_pure(self, name: str, kind: str) -> bool:
        """Whether whatever the repository declares under a name, anywhere, is of indexed types."""
        found = self._world.everywhere(name)
        return bool(found) and all(
            kind == description[0]
            and description[1] != ""
            and "auto" not in description[1]
            and self.is_pure(description[1])
            for description in found
        )

    def _is_indexed_call(self, node: Node) -> bool:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return False
        last, receiver = function, None
        if function.type == "field_expression":
            last, receiver = function.child_by_field_name("field") or function, function.child_by_field_name("argument")
        text = self._place.text(last)
        name = re.sub(r"\s", "", text.partition("<")[0]).rpartition("::")[2]
        if text.endswith(">") and not self.is_pure(text[text.find("<") : -1]):
            return False
        qualifier = text.partition("<")[0].rpartition("::")[0]
        if qualifier and not self.is_pure(qualifier):
            return False
        found = self._world.everywhere(name)
        if not found:
            is_standard = name in self._world.standard.words and (receiver is not None or "std" in qualifier)
            return is_standard and (receiver is None or self.is_indexed(receiver)) and self.is_indexed(arguments)
        if receiver is None and all(
            description[0] == "t" for description in found if description[0] != "f" or description[1]
        ):
            return self.is_pure(name)
        return all(
            description[0] == "f" and description[1] and "auto" not in description[1] and self.is_pure(description[1])
            for description in found
        ) and (name not in self._world.standard.words or receiver is None or self.is_indexed(receiver))
