"""Java: every name has a declared type, so what is read in full can be refuted by looking it up."""

from solulu.verifier.java.check import check
from solulu.verifier.java.packages import default_packages, packages
from solulu.verifier.java.repository import reads, summarize_file
from solulu.verifier.rules import Rules

JAVA = Rules(
    name="java",
    languages=("java",),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
