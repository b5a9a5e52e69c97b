"""Solulu: a factory that cures code-completion models of made-up symbols, and a server that catches the rest."""

__version__ = "0.1.0"
