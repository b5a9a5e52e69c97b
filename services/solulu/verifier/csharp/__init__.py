"""C#: what a file can name is all over the repository, so a proof needs every part of a type and every using."""

from solulu.verifier.csharp.check import check
from solulu.verifier.csharp.packages import default_packages, packages
from solulu.verifier.csharp.repository import reads, summarize_file
from solulu.verifier.rules import Rules

CSHARP = Rules(
    name="csharp",
    languages=("csharp",),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
