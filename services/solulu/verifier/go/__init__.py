"""Go: every name has a declaration, and every expression a type that follows from declarations."""

from solulu.verifier.go.check import check
from solulu.verifier.go.packages import default_packages, packages
from solulu.verifier.go.summary import reads, summarize_file
from solulu.verifier.rules import Rules

GO = Rules(
    name="go",
    languages=("go",),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
