"""C++: a name belongs to whoever includes it, and templates and macros say nothing until they are used."""

from solulu.verifier.cpp.check import check
from solulu.verifier.cpp.packages import default_packages, packages
from solulu.verifier.cpp.summary import reads, summarize
from solulu.verifier.rules import Rules

CPP = Rules(
    name="cpp",
    languages=("cpp",),
    reads=reads,
    summarize=summarize,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
