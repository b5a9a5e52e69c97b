"""The committed table of the standard library."""

import builtins
import json
import re

from solulu.verifier.python.repository import PythonRepository
from solulu.verifier.python.stdlib import STDLIB, TABLE
from solulu.verifier.python.stdlib import standard_library as table_of_symbols


def standard_library() -> PythonRepository:
    return table_of_symbols().derived(PythonRepository)


def test_the_table_is_small_and_read_without_importing_what_it_describes():
    assert TABLE.stat().st_size < 1_000_000
    assert STDLIB not in ("", "repo")


def test_builtins_and_modules_written_in_c_are_there():
    table = standard_library()

    assert set(dir(builtins)) - {"aiter", "anext"} <= {
        *table.summary("builtins.py").names,
        "_",
        "PythonFinalizationError",
    }
    assert "join" in table.summary("builtins.py").classes["str"].members
    for module in ("sys", "time", "math", "itertools", "_io"):
        assert len(table.summary(f"{module}.py").names) > 10


def test_python_modules_keep_their_signatures():
    loads = standard_library().summary("json/__init__.py").names["loads"]

    assert loads[0][1]["p"] == ["s", "*", "cls=", "object_hook=", "parse_float=", "parse_int=", "parse_constant=",
                                "object_pairs_hook=", "**kw"]  # fmt: skip
    assert set(json.__all__) <= set(standard_library().summary("json/__init__.py").names)


def test_names_of_other_platforms_are_known():
    assert "startfile" in standard_library().summary("os.py").names
    assert "winreg.py" in standard_library().modules


def test_nothing_of_the_machine_that_made_it_is_in_it():
    assert not [path for path in standard_library().modules if path.startswith("/") or "site-packages" in path]
    assert not [word for word in table_of_symbols().vocabulary if re.search(r"pyenv|site_packages_|solulu", word)]
