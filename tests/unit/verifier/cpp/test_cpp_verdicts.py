"""C++: what each rule proves, what it refutes, and what it leaves open."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build
from unit.verifier.cpp.harbour import FILES, HARBOUR, HEAD, SHIP, TAIL, verdict


@pytest.mark.parametrize(
    "completion",
    [
        "ship.load(Cargo::Coal, 3)",
        "ship.name()",
        "vessel->crew_of(1)",
        "ship.crew_of().names",
        "tug->tug()",
        "crews[0].size = 1",
        "ship.crew.names",
        "Ship::flagship()->load(Cargo::Grain, tons_of(ship))",
        "harbour::tons_of(ship)",
        "counts.find(ship.name())",
        "std::sort(crews.begin(), crews.end())",
        "for (const auto& crew : crews) tons_of(ship), crew.size",
        "auto second = std::make_unique<Ship>(ship.name()); second->load(Cargo::Grain, 1)",
        "int kept = kRed; kept += kBlue",
    ],
)
def test_what_is_declared_is_valid(completion):
    assert verdict(completion).verdict == "valid"


@pytest.mark.parametrize(
    ("completion", "type", "symbol", "message"),
    [
        ("ship.unload(1)", "method", "unload", "'class harbour::Ship' has no member named 'unload'"),
        ("vessel->load(Cargo::Coal, 1)", "method", "load", "'class harbour::Vessel' has no member named 'load'"),
        ("tug->towed_by()", "method", "towed_by", "'class harbour::Ship' has no member named 'towed_by'"),
        ("crews[0].captain", "undefinedvariable", "captain", "'class harbour::Crew' has no member named 'captain'"),
        ("crews.push_on(1)", "method", "push_on", "'class std::vector' has no member named 'push_on'"),
        ("ship.crew_of().sizes", "undefinedvariable", "sizes", "'class harbour::Crew' has no member named 'sizes'"),
        ("Cargo::Gravel", "undefinedvariable", "Gravel", "'Gravel' is not a member of 'harbour::Cargo'"),
        ("harbour::tons_in(ship)", "method", "tons_in", "'tons_in' is not a member of 'harbour'"),
        ("std::sorted(crews)", "method", "sorted", "'sorted' is not a member of 'std'"),
        ("tons_for(ship)", "undefinedvariable", "tons_for", "'tons_for' was not declared in this scope"),
        ("ship.load(Cargo::Coal, tonnage)", "undefinedvariable", "tonnage",
         "'tonnage' was not declared in this scope"),
        ("Shipp other(ship)", "undefinedvariable", "Shipp", "'Shipp' was not declared in this scope"),
    ],
)  # fmt: skip
def test_what_is_declared_nowhere_is_hallucinated(completion, type, symbol, message):
    found = verdict(completion)

    assert (found.verdict, found.type, found.symbol) == ("hallucinated", type, symbol)
    assert found.evidence.message == message
    assert (found.evidence.line, found.evidence.column) > (9, 2)


@pytest.mark.parametrize(
    "completion",
    [
        "Buoy().flag_lit()",
        "__builtin_expect(1, 0)",
        "_private_thing()",
        "LOUD_MACRO(ship)",
        "[[vendor::special]] int x = 1",
        "asm(\"nop\" : : \"r\"(nothing))",
        "ship.load(",
    ],
)  # fmt: skip
def test_macros_compiler_names_and_broken_code_stay_unknown(completion):
    head = HEAD.replace("<map>", "<map>\n#include <zlib.h>")

    assert verdict(completion, head).verdict == "unknown"


def test_candidates_are_the_nearest_real_members_with_their_signatures():
    evidence = verdict("ship.loaded(Cargo::Coal, 1)").evidence

    assert evidence.candidates[0] == "load"
    assert evidence.signatures[0] == "void load(Cargo cargo, int tons)"


def test_a_library_that_is_not_at_hand_may_declare_any_bare_name():
    head = HEAD.replace("<map>", "<map>\n#include <zlib.h>")

    assert verdict("crunch(ship)", head).verdict == "unknown"
    assert verdict("harbour::crunch(ship)", head).verdict == "hallucinated"
    assert verdict("ship.crunch()", head).verdict == "hallucinated"


def test_a_library_behind_the_repository_s_own_headers_counts():
    head = HEAD.replace("<map>", '<map>\n#include "harbour/packed.h"')

    assert verdict("crunch(ship)", head).verdict == "unknown"


def test_objects_that_such_a_library_made_have_any_member():
    head = HEAD.replace("<map>", "<map>\n#include <zlib.h>").replace("auto tug", "auto stream = z_open(1);\n  auto tug")

    assert verdict("stream.crunch()", head).verdict == "unknown"
    assert verdict("counts.crunch()", head).verdict == "hallucinated"


def test_a_library_that_keeps_to_its_namespace_declares_no_bare_name_until_that_is_opened():
    head = HEAD.replace("<map>", "<map>\n#include <boost/asio.hpp>")

    assert verdict("crunch()", head).verdict == "hallucinated"
    assert verdict("crunch(boost::asio::buffer(1))", head).verdict == "unknown"
    assert verdict("crunch()", head.replace("void work", "using namespace boost;\nvoid work")).verdict == "unknown"


def test_what_only_some_builds_include_counts_where_only_some_builds_look():
    head = HEAD.replace("<map>", '<map>\n#include "harbour/portable.h"')
    guarded = head + "\n#ifdef _WIN32\n  "

    assert verdict("SleepFor(10)", head).verdict == "hallucinated"
    assert verdict("SleepFor(10)", guarded, ";\n#endif\n}\n}\n").verdict == "unknown"


def test_headers_that_the_build_writes_bring_macros_only():
    assert verdict("crunch(1)").verdict == "hallucinated"
    assert verdict("HARBOUR_LIMIT").verdict == "unknown"


def test_a_base_that_is_a_template_s_parameter_may_have_any_member():
    head = HEAD.replace("void work(", "void work(Towed<Ship>& towed, ").replace("<map>", "<map>\n#include <zlib.h>")

    assert verdict("towed.crunch()", head).verdict != "valid"
    assert verdict("towed.pull()", head).verdict == "valid"


def test_members_of_a_class_template_do_not_depend_on_its_arguments():
    head = HEAD.replace("void work(", "template <typename T>\nvoid work(Dock<T>& dock, T item, ")

    assert verdict("dock.moor(item)", head).verdict == "valid"
    assert verdict("dock.unmoor(item)", head).verdict == "hallucinated"


def test_functions_that_are_defined_outside_see_their_class():
    head = '#include "harbour/ship.h"\nnamespace harbour {\nvoid Ship::load(Cargo cargo, int tons) {\n  '

    assert verdict("crew.size += tons", head).verdict == "valid"
    assert verdict("name_.clear()", head).verdict == "valid"
    assert verdict("this->captain()", head).symbol == "captain"


def test_what_the_completion_declares_is_declared():
    assert verdict("int crates = 3; ship.load(Cargo::Coal, crates)").verdict == "valid"
    assert verdict("auto lift = [](int tons) { return tons; }; lift(3)").verdict != "hallucinated"


def test_own_headers_are_found_by_their_path_and_invented_ones_are_not():
    def included(name):
        return check(Case("src/new.cc", "#include ", name, "\nint main() {}\n"), HARBOUR)

    assert included('"harbour/ship.h"').verdict == "valid"
    assert included('"../include/harbour/ship.h"').verdict == "valid"
    assert included("<vector>").verdict == "valid"
    invented = included('"harbour/shipyard_tools.h"')
    assert (invented.verdict, invented.type) == ("hallucinated", "import")
    assert invented.evidence.message == "harbour/shipyard_tools.h: No such file or directory"
    assert included('"harbour/config_generated.h"').verdict == "unknown"
    assert included('"elsewhere/thing.h"').verdict == "unknown"


def test_arguments_that_are_a_macro_s_own_are_left_open():
    head = '#include "harbour/ship.h"\n#define EACH(name, text) void each_##name()\n'

    assert check(Case("src/new.cc", head, 'EACH(first, "x")', " {}\n"), HARBOUR).verdict != "hallucinated"
    assert check(Case("src/new.cc", head + "TEST(Harbour, ", "TakesShips", ") {}\n"), HARBOUR).verdict != "hallucinated"


def test_names_that_macros_put_together_are_not_refuted():
    paste = b"#define JOINED(a, b) a##b\n"
    index = build("harbour", [*FILES, ("src/paste.h", paste)])

    assert verdict("shiptons(1)", index=index).verdict == "unknown"
    assert verdict("shipfrobnicated(1)", index=index).verdict == "hallucinated"


def test_a_class_that_could_not_be_read_in_full_proves_nothing_about_known_words():
    broken = SHIP.replace(b"static Ship* flagship();", b"static Ship* flagship();\n  SHIP_MEMBERS(tons_of)\n")
    index = build("harbour", [("include/harbour/ship.h", broken), *FILES[1:]])

    assert verdict("ship.tons_of()", index=index).verdict == "unknown"


def test_the_file_counts_as_it_is_with_the_completion_in_it():
    text = SHIP.decode()
    before, after = text.split("int tons_of(const Ship& ship);")

    found = check(Case("include/harbour/ship.h", before, "int tons_of(const Shop& ship);", after), HARBOUR)

    assert (found.verdict, found.symbol) == ("hallucinated", "Shop")
    assert TAIL.endswith("harbour\n")


def test_a_platform_s_own_names_are_left_open_where_only_that_platform_looks():
    head = HEAD + "\n#if defined(_WIN32)\n  "

    assert verdict("RtlWipe(1)", head, ";\n#endif\n}\n}\n").verdict == "unknown"
    assert verdict("ship.wiped()", head, ";\n#endif\n}\n}\n").verdict == "hallucinated"
