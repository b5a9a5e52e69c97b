"""Checking completions in a repository, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument, NotFound
from solulu.core.settings import Settings
from solulu.serving.check import Checker, check_cases

SHOP = """class Basket:
    def __init__(self):
        self.items = []

    def add_item(self, item):
        self.items.append(item)


def total(basket):
    return sum(basket.items)
"""
USE = "from shop.basket import Basket\n\nbasket = Basket()\nbasket."


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "repo"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "basket.py").write_text(SHOP)
    (folder / "main.py").write_text(USE + "add_item(1)\n")
    return f"folder:{folder}"


@pytest.fixture
def packages(tmp_path):
    """A virtual environment with one package in it."""
    package = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "weather"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def forecast(city):\n    return city\n")
    return tmp_path / "venv"


def case(completion, prefix=USE, path="main.py", **changes):
    return {"id": "1", "path": path, "prefix": prefix, "completion": completion, "suffix": "\n"} | changes


def verdict_of(repo, settings, case, packages=None):
    return Checker(repo, settings, packages).verdict(case)


def test_what_the_repository_has_is_valid_and_what_it_lacks_is_refuted_with_its_near_names(repo, settings):
    real, invented = check_cases(repo, [case("add_item(2)"), case("put_item(2)", id="2")], settings)

    assert (real["id"], real["verdict"]) == ("1", "valid")
    assert (invented["id"], invented["verdict"], invented["basis"]) == ("2", "hallucinated", "resolved")
    assert (invented["type"], invented["symbol"]) == ("method", "put_item")
    assert invented["evidence"]["line"] == 4
    assert "add_item" in invented["evidence"]["candidates"]
    assert "error" not in invented


@pytest.mark.parametrize("path", ["other.py", "./shop/new.py"])
def test_a_file_that_is_not_in_the_repository_yet_sees_the_repository(repo, settings, path, packages):
    prefix = "import weather\n" + USE

    assert verdict_of(repo, settings, case("put_item(2)", prefix, path), packages)["verdict"] == "hallucinated"
    assert verdict_of(repo, settings, case("add_item(2)", prefix, path), packages)["verdict"] == "valid"


def test_a_dependency_is_looked_into_where_it_lies_and_unknown_elsewhere(repo, settings, packages):
    asked = case("predict('Rome')", "import weather\n\nweather.")

    assert verdict_of(repo, settings, asked, packages)["verdict"] == "hallucinated"
    assert verdict_of(repo, settings, asked)["verdict"] == "unknown"
    assert (
        verdict_of(repo, settings, case("forecast('Rome')", "import weather\n\nweather."), packages)["verdict"]
        == "valid"
    )


def test_the_repositorys_own_environment_is_found(repo, settings, packages):
    packages.rename(f"{repo.removeprefix('folder:')}/.venv")

    verdicts = check_cases(repo, [case("predict('Rome')", "import weather\n\nweather.")], settings)

    assert next(verdicts)["verdict"] == "hallucinated"


def test_a_changed_repository_is_seen_as_it_is_now(repo, settings):
    assert verdict_of(repo, settings, case("put_item(2)"))["verdict"] == "hallucinated"
    with open(f"{repo.removeprefix('folder:')}/shop/basket.py", "a") as file:
        file.write("\n\nclass Basket:\n    def put_item(self, item):\n        pass\n")

    assert verdict_of(repo, settings, case("put_item(2)"))["verdict"] == "valid"


def test_without_a_repository_the_file_alone_is_known(settings):
    assert verdict_of("", settings, case("print(x)", "x = 1\n"))["verdict"] == "valid"
    assert verdict_of("", settings, case("add_item(2)"))["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (None, "not a JSON object"),
        (["a"], "not a JSON object"),
        ({"id": "1"}, "path is missing"),
        ({**case("x"), "suffix": None}, "suffix is not a text"),
        (case("x", path="a.zig"), "the language of 'a.zig' is not supported"),
        (case("x", language="zig"), "language 'zig' is not supported"),
    ],
)
def test_a_case_that_is_none_is_unknown_with_an_error_and_the_others_are_checked(repo, settings, wrong, error):
    first, second = check_cases(repo, [wrong, case("add_item(1)", id="2")], settings)

    assert first["verdict"] == "unknown"
    assert error in first["error"]
    assert (second["id"], second["verdict"]) == ("2", "valid")


def test_unknown_keys_are_ignored_and_a_language_may_be_named(repo, settings):
    asked = case("add_item(1)", path="main", language="Python", extra=[1])

    assert verdict_of(repo, settings, asked)["verdict"] == "valid"


def test_one_repository_has_verdicts_in_several_languages(repo, settings):
    (Path(repo.partition(":")[2]) / "go.mod").write_text("module example.com/shop\n")
    go = 'package main\n\nimport "fmt"\n\nfunc main() {\n\t'
    cases = [
        {**case("fmt.Println(1)", go, "main.go"), "suffix": "\n}\n"},
        {**case("fmt.PrintLine(1)", go, "main.go"), "suffix": "\n}\n"},
        case("put_item(2)"),
        {"path": "a.txt", "language": "java", "prefix": "class A { int b = ", "completion": "c", "suffix": "; }"},
    ]

    verdicts = list(check_cases(repo, cases, settings))

    assert [verdict["verdict"] for verdict in verdicts] == ["valid", "hallucinated", "hallucinated", "hallucinated"]
    assert verdicts[1]["evidence"]["message"] == "undefined: fmt.PrintLine"
    assert "Println" in verdicts[1]["evidence"]["candidates"]


def test_a_repository_that_is_not_there_is_named(settings):
    with pytest.raises(NotFound, match="no folder /nowhere"):
        verdict_of("folder:/nowhere", settings, case("x"))
    with pytest.raises(InvalidArgument, match="no folder /nowhere with packages"):
        Checker("", settings, Path("/nowhere"))
