"""JavaScript and TypeScript: one resolution for both, for files of the one import files of the other.

What is declared is believed in TypeScript; in JavaScript only what is followed to its end, for any object may get any
member.
"""

from solulu.verifier.ecmascript.check import check
from solulu.verifier.ecmascript.packages import default_packages, packages
from solulu.verifier.ecmascript.repository import NAME, reads, summarize_file
from solulu.verifier.rules import Rules

ECMASCRIPT = Rules(
    name=NAME,
    languages=("javascript", "typescript"),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
