"""What is known of libraries that are not at hand: in which namespace they keep their names.

A library that keeps everything but macros in its namespace cannot declare a bare name, unless a using directive opens
that namespace or an argument is of the library's type. Of any other library nothing is known.
"""

from __future__ import annotations

import re

_NAMESPACES = {
    "boost": "boost", "absl": "absl", "gtest": "testing", "gmock": "testing", "fmt": "fmt", "spdlog": "spdlog",
    "nlohmann": "nlohmann", "catch2": "Catch", "catch.hpp": "Catch", "doctest": "doctest", "doctest.h": "doctest",
    "Eigen": "Eigen", "benchmark": "benchmark", "folly": "folly", "asio": "asio", "asio.hpp": "asio", "range": "ranges",
    "tbb": "tbb", "cereal": "cereal", "pybind11": "pybind11", "rapidjson": "rapidjson", "grpcpp": "grpc",
    "google": "google", "leveldb": "leveldb", "rocksdb": "rocksdb", "re2": "re2", "cxxopts.hpp": "cxxopts",
    "tl": "tl", "gsl": "gsl", "yaml-cpp": "YAML", "json": "Json", "pugixml.hpp": "pugi", "tinyxml2.h": "tinyxml2",
    "taskflow": "tf", "magic_enum.hpp": "magic_enum", "CLI": "CLI", "llvm": "llvm", "clang": "clang", "torch": "torch",
    "thrust": "thrust", "mpark": "mpark", "date": "date", "hwy": "hwy", "simdjson.h": "simdjson", "glog": "google",
    "gflags": "gflags", "snappy.h": "snappy", "sol": "sol", "SFML": "sf", "glm": "glm",
}  # fmt: skip

WITHOUT_FREE_FUNCTIONS = frozenset({"testing", "Catch", "doctest", "benchmark", "CLI", "cxxopts"})
"""Namespaces whose functions nobody calls without naming them."""
_OF_A_BUILD = re.compile(r"(?:.*[-_/])?(?:config|export|exports|autoconf)\.(?:h|hpp|hh)")
"""What a build writes: macros that say what it has found, in capitals."""


def brings_macros_only(include: str) -> bool:
    """Whether a header that is not there is one that a build writes, with macros and nothing else."""
    return _OF_A_BUILD.fullmatch(include) is not None


def namespace_of(include: str) -> str | None:
    """The one namespace that a header of a library fills; None where that is not known."""
    return _NAMESPACES.get(include.partition("/")[0])
