"""The invented names that the verdict is measured with are wrong for sure, and look right."""

from __future__ import annotations

import random

import pytest
from bench.inventions import Inventor
from solulu.languages import LANGUAGES
from solulu.verifier.index import KINDS, build

GO = {
    "go.mod": "module example.com/shop\n",
    "cart/cart.go": "package cart\n\ntype Cart struct{}\n\nfunc (c *Cart) AddItem(name string) {}\n",
    "main.go": (
        'package main\n\nimport (\n\t"fmt"\n\t"example.com/shop/cart"\n)\n\n'
        "func run(title string) {\n\tc := cart.Cart{}\n\tc.AddItem(title)\n\tfmt.Println(title)\n}\n"
    ),
}
PYTHON = {
    "shop/cart.py": "class Cart:\n    def add_item(self, name, quantity=1):\n        return name\n",
    "shop/main.py": (
        "import json\n\nfrom shop.cart import Cart\n\n\n"
        "def run(title):\n    cart = Cart()\n    cart.add_item(title, quantity=2)\n    json.dumps(title)\n"
    ),
}


def inventor(language: str, files: dict[str, str]) -> Inventor:
    encoded = [(path, text.encode()) for path, text in sorted(files.items())]
    return Inventor(LANGUAGES[language], encoded, build("shop", encoded, KINDS))


def invented(language: str, files: dict[str, str], path: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for made in inventor(language, files).inventions(path, files[path].encode(), limit=50):
        text = made.case.prefix + made.case.completion + made.case.suffix
        assert text.count(made.name) == 1
        found.setdefault(made.kind, set()).add(text.replace(made.name, "?"))
    return found


def test_only_callees_that_the_repository_defines_are_renamed() -> None:
    assert invented("go", GO, "main.go")["callee"] == {GO["main.go"].replace("AddItem", "?")}


def test_variables_that_the_file_declares_are_renamed_where_they_are_read() -> None:
    texts = invented("go", GO, "main.go")["variable"]
    assert texts <= {GO["main.go"].replace("(title)", "(?)", 1), "(?)".join(GO["main.go"].rsplit("(title)", 1))}
    assert texts


@pytest.mark.parametrize(("language", "files", "path", "name"), [
    ("go", GO, "main.go", "/cart"), ("python", PYTHON, "shop/main.py", ".cart"),
])  # fmt: skip
def test_imports_of_the_repositorys_own_modules_are_renamed(
    language: str, files: dict[str, str], path: str, name: str
) -> None:
    assert invented(language, files, path)["import"] == {files[path].replace(name, f"{name[0]}?", 1)}


def test_keyword_arguments_are_renamed_where_the_language_has_them() -> None:
    assert invented("python", PYTHON, "shop/main.py")["keyword"] == {PYTHON["shop/main.py"].replace("quantity", "?")}
    assert "keyword" not in invented("go", GO, "main.go")


@pytest.mark.parametrize(("name", "looks"), [
    ("add_item", str.islower), ("_private_name", lambda made: made.startswith("_") and made.islower()),
    ("MAX_SIZE", str.isupper), ("Cart", lambda made: made[0].isupper() and "_" not in made and not made.isupper()),
])  # fmt: skip
def test_an_invented_name_keeps_the_style_and_exists_nowhere(name: str, looks: object) -> None:
    made = inventor("python", PYTHON).invented(name, random.Random(0))
    assert looks(made)  # type: ignore[operator]  # a predicate on names
    assert not any(made.lower() in text.lower() for text in PYTHON.values())


def test_the_same_seed_gives_the_same_inventions() -> None:
    first, second = (
        list(inventor("go", GO).inventions("main.go", GO["main.go"].encode(), limit=8, seed=3)) for _ in range(2)
    )
    assert first == second
