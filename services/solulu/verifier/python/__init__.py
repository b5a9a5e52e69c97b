"""Python: everything may be dynamic, so a proof needs every way in which a name can come to be ruled out."""

from solulu.verifier.python.check import check
from solulu.verifier.python.packages import default_packages, packages
from solulu.verifier.python.repository import reads, summarize_file
from solulu.verifier.rules import Rules

PYTHON = Rules(
    name="python",
    languages=("python",),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
    uses_tree=False,
)
