"""The committed table of Java's standard library, and what is compiled."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from solulu.verifier.java.packages import packages
from solulu.verifier.java.repository import JavaRepository
from solulu.verifier.java.standard import TABLE, standard_library

LIBRARY = """package org.tools;

import java.util.List;
import java.util.Map;

public class Hammer<T extends Comparable<T>> extends Base implements Runnable {
    public static final String NAME = "hammer";
    protected Map.Entry<String, List<? super T>> entry;
    private int secret;
    public Hammer(int weight, String... names) { }
    public <K> Map<K, T[]> hit(List<? extends T> nails, int[][] times) { return null; }
    public void run() { }
    public class Handle { public Handle(T grip) { } public void hold() { } }
    public enum Size { SMALL, LARGE { @Override int weight() { return 2; } }; int weight() { return 1; } }
    public record Nail(int length) { }
    public @interface Rusty { String value() default ""; }
}

class Base { public void rest() { } }
"""


def standard() -> JavaRepository:
    return standard_library().derived(JavaRepository)


def test_the_table_is_small_and_holds_no_trace_of_the_machine_that_made_it():
    assert TABLE.stat().st_size < 1_000_000
    assert not [word for word in standard_library().words("") if re.search(r"solulu|openjdk|jmod", word)]


def test_types_members_and_parameters_of_all_versions_are_there():
    lists, strings = (
        dict(standard().types[package])[name][0][1]
        for package, name in (("java.util", "List"), ("java.lang", "String"))
    )

    assert ["E", ["int"]] in lists["m"]["get"]
    assert "getFirst" in lists["m"]
    assert {"strip", "isBlank", "formatted", "getBytes"} <= strings["m"].keys()
    assert strings["m"]["format"][0][1][-1] == "java.lang.Object..."
    assert "destroy" in standard().types["java.lang"]["Thread"][0][1]["m"]
    assert {"java.sql", "javax.swing", "org.w3c.dom", "java.net.http"} <= standard().types.keys()


def test_every_supertype_in_the_table_is_in_it_but_for_those_of_corba():
    missing = [
        f"{package}.{name}: {parent}"
        for package, types in standard().types.items()
        for name, places in types.items()
        for parent in places[0][1].get("s", ())
        if parent.startswith(("java.", "javax.")) and not is_there(parent.partition("<")[0])
    ]

    assert {parent.partition(": ")[2] for parent in missing} <= {"javax.rmi.CORBA.Stub", "javax.rmi.CORBA.Tie"}


def is_there(name: str) -> bool:
    parts = name.split(".")
    return any(parts[end] in standard().types.get(".".join(parts[:end]), {}) for end in range(1, len(parts)))


@pytest.fixture(scope="module")
def jar(tmp_path_factory) -> Path:
    if not shutil.which("javac"):
        pytest.skip("no javac")
    folder = tmp_path_factory.mktemp("tools")
    (folder / "Hammer.java").write_text(LIBRARY)
    subprocess.run(["javac", "-d", str(folder), str(folder / "Hammer.java")], check=True)
    out = folder / "maven" / "org" / "tools" / "tools" / "1.0" / "tools-1.0.jar"
    out.parent.mkdir(parents=True)
    with zipfile.ZipFile(out, "w") as written:
        for path in sorted(folder.glob("org/**/*.class")):
            written.write(path, path.relative_to(folder))
    return out


def test_a_jar_offers_what_its_sources_declare(jar):
    tools = build("tools", [("tools-1.0.jar", jar.read_bytes())]).repositories["tools"]
    compiled = tools.derived(JavaRepository)
    hammer = compiled.types["org.tools"]["Hammer"][0][1]

    assert tools.words("tools-1.0.jar") == frozenset()
    assert hammer["p"] == ["T:java.lang.Comparable<T>"]
    assert hammer["s"] == ["org.tools.Base", "java.lang.Runnable"]
    assert hammer["f"] == {
        "NAME": "java.lang.String",
        "entry": "java.util.Map.Entry<java.lang.String,java.util.List<-T>>",
    }
    assert hammer["m"]["<init>"] == [["", ["int", "java.lang.String..."]]]
    assert hammer["m"]["hit"] == [["java.util.Map<K,T[]>", ["java.util.List<+T>", "int[][]"], ["K"]]]
    assert {one["n"]: one["k"] for one in hammer["t"]} == {
        "Handle": "class", "Size": "enum", "Nail": "record", "Rusty": "@interface",
    }  # fmt: skip
    assert hammer["t"][0]["m"]["<init>"] == [["", ["T"]]]
    assert "rest" in compiled.types["org.tools"]["Base"][0][1]["m"]


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        ("h.run()", "valid"),
        ("h.rest()", "valid"),
        ("h.strike()", "hallucinated"),
        ("Hammer.NAME.trim()", "valid"),
        ("Hammer.Size.SMALL.ordinal()", "valid"),
        ("Hammer.Size.HUGE", "hallucinated"),
        ("new Hammer.Nail(1).length()", "valid"),
        ("new Hammer.Nail()", "hallucinated"),
    ],
)
def test_dependencies_are_found_as_jars_and_looked_into(jar, call, verdict):
    text = "package app;\nimport org.tools.Hammer;\nclass A { Object f(Hammer<String> h) { return "
    case = Case("src/app/A.java", text, call, "; } }\n")
    (found,) = packages(case, jar.parents[4])
    index = merge(
        [
            build(found.name, [(path.name, path.read_bytes()) for path in found.files]),
            build("app", [("src/app/B.java", b"package app; class B { }")]),
        ]
    )
    app = {**index.repositories, "app": index.repositories["app"]}

    assert found.name == "tools-1.0"
    assert sorted(app) == ["app", "tools-1.0"]
    assert check(Case("src/app/B.java", *(case.prefix, case.completion, case.suffix)), index).verdict == verdict


def test_unpacked_sources_are_dependencies_too(tmp_path):
    (tmp_path / "tools" / "org" / "tools").mkdir(parents=True)
    (tmp_path / "tools" / "org" / "tools" / "Hammer.java").write_text(LIBRARY)
    case = Case("A.java", "import org.tools.Hammer;\nclass A { ", "Hammer h;", " }")

    found = list(packages(case, tmp_path))

    assert [(package.name, [path.name for path in package.files]) for package in found] == [("tools", ["Hammer.java"])]
    assert list(packages(Case("A.java", "import java.util.List;\nclass A { ", "List h;", " }"), tmp_path)) == []


def test_a_broken_or_endless_jar_leaves_everything_open():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("org/tools/Bomb.class", b"\0" * 5_000_000)
    for data in (b"", b"PK\x03\x04 nothing", bomb.getvalue(), bomb.getvalue()[:200]):
        repository = build("tools", [("tools.jar", data)]).repositories["tools"].derived(JavaRepository)
        assert repository.types == {}
        assert "*" in repository.open
