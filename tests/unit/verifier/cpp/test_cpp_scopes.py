"""C++: whose a name is, where several scopes have one that is called the same."""

import pytest
from solulu.verifier.check import check
from solulu.verifier.index import build
from support.verdicts import marked

HEADER = b"""#pragma once
struct Rope { int length; };
struct Sail { int area; };
namespace yard {
struct Mast { int height; };
namespace loft { struct Rope { int strands; }; Rope spun(); }
namespace crew { using namespace yard::loft; inline int worn(Rope r) { return r.strands; } }
Rope joined(const Mast& mast);
namespace dock { struct Crane { int reach; }; struct Load { int tons; }; Load joined(const Crane& crane); }
}
struct Boat {
  Sail item;
  struct Rope { int knots; };
  ::Rope outer();
  Rope inner();
  void rig(Rope item);
};
extern Rope item;
"""
INDEX = build("yard", [("yard.h", HEADER)])


def judge(code):
    """The verdict on what stands between << and >>."""
    return check(marked("work.cc", '#include "yard.h"\n' + code), INDEX).verdict


@pytest.mark.parametrize(
    "code",
    [
        "void f() { <<item.length>>; Sail item; item.area; }",
        "void f() { { Sail item; item.area; } <<item.length>>; }",
        "void f() { for (Sail item; item.area;) {} <<item.length>>; }",
        "void f() { if (Sail item{}; item.area) {} <<item.length>>; }",
        "void f() { [](Sail item) { return item.area; }; <<item.length>>; }",
        "void f() { try {} catch (Sail& item) { item.area; } <<item.length>>; }",
        "void Boat::rig(Rope item) { this->item.area; <<item.knots>>; }",
        "void f() { Sail item; [](Sail item) { <<item.area>>; }; switch (1) { case 1: Sail q; <<q.area>>; } }",
        "void f(Boat b) { <<b.outer().length>>; <<b.inner().knots>>; }",
        "void f() { using yard::loft::Rope; Rope r; <<r.strands>>; }",
        "namespace yard { void f() { using namespace loft; Maker m; spun(); Rope r; <<r.strands>>; } }",
        "namespace yard::crew { int f(Rope r) { return <<r.strands>>; } }",
        "namespace yard { void f(dock::Crane c) { <<joined(c).tons>>; } }",
        "namespace Boats { struct Rope { int z; }; } void f() { namespace Boat = Boats; Boat::Rope r; <<r.z>>; }",
        "void f() { <<int (Boat::*turned)>>; }",
        "void f() { <<int Boat::*turned = 0>>; turned; }",
    ],
)
def test_what_another_scope_has_under_a_name_refutes_nothing(code):
    assert judge(code) != "hallucinated"


@pytest.mark.parametrize(
    "code",
    [
        "void f() { Sail item; <<item.length>>; }",
        "void f() { auto [a, b] = two(); { Sail item; } <<item.area>>; }",
        "void f() { [](Sail item) { return <<item.length>>; }; }",
        "void f(Boat b) { <<b.outer().knots>>; }",
        "namespace yard { void f(loft::Rope r) { <<r.length>>; } }",
        "void f() { int Boat::*turned = 0; <<turnd>> = 0; }",
    ],
)
def test_what_no_scope_around_has_is_hallucinated(code):
    assert judge(code) == "hallucinated"


@pytest.mark.parametrize(
    "code",
    [
        "int Boat::<<hoisted>>() { return 1; }",
        "int& yard::<<hoisted>> = item.length;",
        "void f() { <<struct Barge b = {}>>; }",
        "template <<<Sizable T>>> int f(T t) { return 1; }",
        "template <class T, class U = <<Pair<T>>>> int f(U u) { return 1; }",
    ],
)
def test_what_nothing_else_declares_is_never_valid(code):
    assert judge(code) != "valid"


@pytest.mark.parametrize(
    "code",
    [
        "void Boat::<<rig>>(Rope item) {}",
        "void f() { <<struct Sail b = {}>>; }",
        "template <class T, class U = <<T>>> int f(U u) { return 1; }",
        "template <<<Sail>> * at> int f() { return 1; }",
        "template <class T> int f(<<T>> t) { return 1; }",
    ],
)
def test_definitions_and_parameters_of_templates_are_valid(code):
    assert judge(code) == "valid"
