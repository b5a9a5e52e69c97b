"""The static verdict on a completion (contracts.md, "The static verdict"), without a compiler.

Only names in the completion are looked at; one that it cuts counts as a whole. `hallucinated` needs one of them to be
proved absent, `valid` all of them to be proved present, and everything else is honestly unknown.
"""

from __future__ import annotations

from solulu.languages import LANGUAGES, for_path
from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.languages import rules_of
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.syntax import is_too_deep, parses_in_place


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict on a completion. A case that cannot be checked is unknown, with `error` where something is wrong with
    it."""
    language = LANGUAGES.get(case.language) if case.language else for_path(case.path)
    if language is None:
        return Verdict("unknown", error=f"{case.path}: no supported language; name one of {', '.join(LANGUAGES)}")
    rules = rules_of(language.name)
    is_text = case.data.decode("utf-8", "replace") == case.text
    if rules is None or not is_text or is_too_deep(language, case.data, case.start, case.end):
        return UNKNOWN
    return rules.check(case, index)


__all__ = ["check", "parses_in_place"]
