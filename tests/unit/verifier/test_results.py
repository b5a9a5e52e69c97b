"""What Python's functions, context managers and fixtures give, and what names they leave open."""

import textwrap

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build

FILES = {
    "shop/__init__.py": "",
    "shop/basket.py": """
        from elsewhere import Thing


        class Basket:
            def __init__(self):
                self.owner = self._find()
                self.stock = make_stock()

            def _find(self):
                return Owner()

            def itself(self):
                return self

            @classmethod
            def empty(cls):
                basket = cls()
                return basket

            def __enter__(self):
                return self

            def __exit__(self, *exc): ...

            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc): ...

            async def fetch(self):
                return Owner()

            def walk(self):
                yield Owner()

            def either(self, flag):
                if flag:
                    return Owner()
                return other

            def thing(self):
                thing = Thing()
                return thing


        class Owner:
            name = ""

            def __setstate__(self, state):
                for key, value in state.items():
                    setattr(self, key, value)


        class Settings:
            def __init__(self, **given):
                for key, value in given.items():
                    setattr(self, key, value)

            def load(self): ...


        for flag in ("is_cheap", "is_large"):
            setattr(Owner, flag, True)


        def make_stock():
            stock = Basket()
            stock = Basket()
            return stock
        """,
    "tests/conftest.py": """
        import pytest
        from shop.basket import Basket


        @pytest.fixture
        def basket():
            basket = Basket()
            yield basket


        @pytest.fixture
        def anything(request):
            return request.param
        """,
}


@pytest.fixture(scope="module")
def index():
    return build("repo", [(path, textwrap.dedent(text).encode()) for path, text in FILES.items()])


def verdict(index, prefix, completion, path="main.py", suffix="\n"):
    prefix = textwrap.dedent(prefix)
    return check(Case(path, f"from shop.basket import Basket, Owner, Settings\n{prefix}", completion, suffix), index)


@pytest.mark.parametrize(
    ("receiver", "real", "invented"),
    [
        ("Basket().itself()", "fetch", "gather"),
        ("Basket().itself().itself()", "itself", "yourself"),
        ("Basket.empty()", "walk", "runs"),
        ("Basket().owner", "name", "title"),
        ("Basket().stock", "owner", "keeper"),
        ("Basket().stock.owner", "name", "title"),
    ],
)
def test_what_a_function_without_annotations_gives_is_followed(index, receiver, real, invented):
    assert verdict(index, f"{receiver}.", real).verdict == "valid"
    assert verdict(index, f"{receiver}.", invented).verdict == "hallucinated"


def test_a_loop_over_literals_sets_those_names_and_no_others(index):
    assert verdict(index, "Owner().", "is_cheap").verdict == "unknown"
    assert verdict(index, "Owner().", "is_small").verdict == "hallucinated"


@pytest.mark.parametrize(
    "receiver", ["Basket().walk()", "Basket().either(1)", "Basket().thing()", "Basket().fetch()", "Settings()"]
)
def test_what_is_not_followed_to_its_end_stays_unknown(index, receiver):
    assert verdict(index, f"{receiver}.", "title").verdict == "unknown"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("with Basket() as b:\n    b.", "hallucinated"),
        ("with Basket().itself() as b:\n    b.", "hallucinated"),
        ("with Owner() as b:\n    b.", "unknown"),
        ("async def f():\n    async with Basket() as b:\n        b.", "hallucinated"),
        ("async def f():\n    owner = await Basket().fetch()\n    owner.", "hallucinated"),
        ("async def f():\n    owner = await Basket().itself()\n    owner.", "unknown"),
    ],
)
def test_what_with_and_await_give_is_followed(index, prefix, expected):
    assert verdict(index, prefix, "no_such_thing()").verdict == expected


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [
        ("def test_it(basket):\n    basket.", "tests/test_it.py", "hallucinated"),
        ("def test_it(basket):\n    basket.", "tests/deep/test_it.py", "hallucinated"),
        ("def test_it(basket):\n    basket.", "other/test_it.py", "unknown"),
        ("def test_it(anything):\n    anything.", "tests/test_it.py", "unknown"),
        ("def helper(basket):\n    basket.", "tests/test_it.py", "unknown"),
        ('@parametrize("basket", [1])\ndef test_it(basket):\n    basket.', "tests/test_it.py", "unknown"),
        ("def test_it(basket=None):\n    basket.", "tests/test_it.py", "unknown"),
    ],
)
def test_a_test_is_given_what_its_nearest_fixture_makes(index, prefix, path, expected):
    assert verdict(index, prefix, "no_such_thing()", path).verdict == expected


def test_a_method_whose_name_occurs_nowhere_is_refuted_where_names_are_computed(index):
    called = verdict(index, "Settings().", "no_such_thing()")

    assert (called.verdict, called.basis, called.symbol) == ("hallucinated", "closed_world", "no_such_thing")
    assert verdict(index, "Settings().", "no_such_thing").verdict == "unknown"
    assert verdict(index, "Settings().", "walk()").verdict == "unknown"
    assert verdict(index, "Settings().", "load()").verdict == "valid"


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("raises(ValueError)", "hallucinated"),
        ("raises(AttributeError)", "unknown"),
        ("raises((ValueError, TypeError))", "unknown"),
        ("raises(Exception)", "unknown"),
        ("raises(error)", "unknown"),
        ("suppress(KeyError)", "hallucinated"),
        ("suppress(KeyError, ImportError)", "unknown"),
        ("raises()", "unknown"),
    ],
)
def test_code_that_expects_failure_is_spared_only_where_an_absent_name_could_cause_it(index, context, expected):
    prefix = f"def test_it(error):\n    with {context}:\n        Owner()."

    assert verdict(index, prefix, "no_such_thing()").verdict == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("names = locals()\nfor name in __all__:\n    setattr(names[name], '__module__', 'x')\n", "hallucinated"),
        ("names = locals()\nnames['made'] = 1\n", "unknown"),
        ("names = globals()\nnames.update(made=1)\n", "unknown"),
        ("fill(globals())\n", "unknown"),
        ("exec(code, {})\n", "hallucinated"),
        ("exec(code)\n", "unknown"),
    ],
)
def test_a_module_is_open_only_where_its_names_may_be_set(code, expected):
    index = build("repo", [("names.py", f"def known(): ...\n{code}".encode())])
    case = Case("main.py", "import names\n\nnames.", "no_such_thing()", "\n")

    assert check(case, index).verdict == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "hallucinated"),
        ({"pkg/speed.c": b""}, "unknown"),
        ({"pyproject.toml": b"[tool.x]\nwrite_to = 'pkg/_made.py'\n"}, "unknown"),
        ({"pkg/_made.pyi": b""}, "unknown"),
        ({"pkg/_made.py": b""}, "valid"),
        ({"pkg/other.py": b"from pkg import _made\n"}, "unknown"),
    ],
)
def test_a_private_module_is_missing_only_if_no_build_could_make_it(others, expected):
    index = build("repo", {"pkg/__init__.py": b"", **others}.items())

    assert check(Case("main.py", "", "import pkg._made", "\n"), index).verdict == expected
