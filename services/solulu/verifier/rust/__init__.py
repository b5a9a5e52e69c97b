"""Rust: types are declared, so that most names can be followed; macros are where following ends."""

from solulu.verifier.rules import Rules
from solulu.verifier.rust.check import check
from solulu.verifier.rust.packages import default_packages, packages
from solulu.verifier.rust.repository import reads, summarize_file

RUST_RULES = Rules(
    name="rust",
    languages=("rust",),
    reads=reads,
    summarize=summarize_file,
    check=check,
    packages=packages,
    default_packages=default_packages,
)
