"""The languages that have rules."""

from __future__ import annotations

from solulu.verifier.cpp import CPP
from solulu.verifier.csharp import CSHARP
from solulu.verifier.ecmascript import ECMASCRIPT
from solulu.verifier.go import GO
from solulu.verifier.java import JAVA
from solulu.verifier.python import PYTHON
from solulu.verifier.rules import Rules
from solulu.verifier.rust import RUST_RULES

RULES: tuple[Rules, ...] = (CPP, CSHARP, ECMASCRIPT, GO, JAVA, PYTHON, RUST_RULES)

_BY_LANGUAGE = {language: rules for rules in RULES for language in rules.languages}


def rules_of(language: str) -> Rules | None:
    """The rules that completions in a language are judged by; None where there are none."""
    return _BY_LANGUAGE.get(language)
