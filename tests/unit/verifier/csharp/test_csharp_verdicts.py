"""C#: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.index import build
from support.verdicts import brief
from unit.verifier.csharp.orchard import FILES, HEAD, TAIL, body, judge


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        # members of declared types: parameters, fields, inheritance, interfaces with bodies, partial types
        ("<<apple.Crunch(1)>>;", "valid"),
        ("<<apple.Munch(1)>>;", "method Munch"),
        ("<<apple.Name.Trim()>>;", "valid"),
        ("<<apple.Name.TrimBoth()>>;", "method TrimBoth"),
        ("_ = <<apple.Colour.Length>>;", "valid"),
        ("_ = <<apple.Shade.Length>>;", "valid"),
        ("_ = <<apple.Tint.Length>>;", "undefinedvariable Tint"),
        ("<<fruit.Ripeness.HasFlag(null)>>;", "valid"),
        ("_ = <<fruit.Colour>>;", "undefinedvariable Colour"),
        ("<<apple[0].Planted()>>;", "valid"),
        ("<<apple[0].Sown()>>;", "method Sown"),
        ("_ = <<apple?.Seeds.Count>>;", "valid"),
        ("_ = <<apple?.Pips.Count>>;", "undefinedvariable Pips"),
        ("<<((IWeighed)apple).Doubled()>>;", "valid"),
        ("<<((IWeighed)apple).Halved()>>;", "method Halved"),
        ("<<(thing as Apple).Crunch(2)>>;", "valid"),
        ("<<(thing as Apple).Crush(2)>>;", "method Crush"),
        ("if (thing is Seed found) <<found.Planted()>>;", "valid"),
        ("if (thing is Seed found) <<found.Rooted()>>;", "method Rooted"),
        ("<<thing.ToString()>>;", "valid"),
        ("<<thing.ToWords()>>;", "method ToWords"),
        ("<<this.Total(1)>>;", "valid"),
        ("<<this.Totals(1)>>;", "method Totals"),
        ("<<Apples.Clear()>>;", "valid"),
        ("<<Apples.ClearOut()>>;", "method ClearOut"),
        # static members, constants, enums, nested types
        ("_ = <<Fruit.Best(null).Name>>;", "valid"),
        ("<<Fruit.Worst(null)>>;", "method Worst"),
        ("_ = <<Apple.Kind.Length>>;", "valid"),
        ("_ = <<Ripeness.Ripe>>;", "valid"),
        ("_ = <<Ripeness.Rotten>>;", "undefinedvariable Rotten"),
        ("_ = <<new Fruit.Peel().Thickness>>;", "valid"),
        ("<<new Fruit.Core()>>;", "undefinedvariable Core"),
        ("<<Console.WriteLine(text)>>;", "valid"),
        ("<<Console.WriteLineTwice(text)>>;", "method WriteLineTwice"),
        # inference: var, foreach, lambdas, generics, await, out, tuples, records, queries
        ("var first = Apples.First(); <<first.Crunch(1)>>;", "valid"),
        ("var first = Apples.First(); <<first.Munch(1)>>;", "method Munch"),
        ("foreach (var one in Apples) <<one.Crunch(1)>>;", "valid"),
        ("foreach (var one in Apples) <<one.Munch(1)>>;", "method Munch"),
        ("Apples.Where(one => <<one.Crunch(1)>> > 2);", "valid"),
        ("Apples.Where(one => <<one.Munch(1)>> > 2);", "method Munch"),
        ("Apples.Select(one => one.Seeds).First().ToList().ForEach(seed => <<seed.Sown()>>);", "method Sown"),
        ("_byName.TryGetValue(text, out var one); <<one.Munch(1)>>;", "method Munch"),
        ("foreach (var pair in _byName) <<pair.Value.Munch(1)>>;", "method Munch"),
        ("var ripe = await apple.RipenAsync(1); _ = <<ripe.Name>>;", "valid"),
        ("var ripe = await apple.RipenAsync(1); _ = <<ripe.Label>>;", "undefinedvariable Label"),
        ("apple.TrySplit(out var seed); <<seed.Sown()>>;", "method Sown"),
        ("<<apple[0].Place().Soil.Trim()>>;", "valid"),
        ("_ = <<apple[0].Place().Mud>>;", "undefinedvariable Mud"),
        ("<<basket.Owner.Trim()>>;", "valid"),
        ("_ = <<basket.Buyer>>;", "undefinedvariable Buyer"),
        ("<<box.Top.Crunch(1)>>;", "valid"),
        ("<<box.All()[0].Munch(1)>>;", "method Munch"),
        ("var all = from one in Apples where <<one.Munch(1)>> > 1 select one;", "method Munch"),
        ("<<apple.Pressed<Seed>().Sown()>>;", "method Sown"),
        # extension methods
        ('<<apple.Shout("!").Trim()>>;', "valid"),
        ("<<apple.Washed().Munch(1)>>;", "method Munch"),
        ("<<Apples.OrderByDescending(one => one.Name).ToArray()>>;", "valid"),
        ("<<text.Shout(text)>>;", "unknown"),
        # bare names
        ("<<Total(1)>>;", "valid"),
        ("<<Totals(1)>>;", "method Totals"),
        ("<<text>> = null;", "valid"),
        ("<<texts>> = null;", "undefinedvariable texts"),
        ("int Twice(int n) => n * 2; <<Twice(2)>>;", "valid"),
        ("<<Thrice(2)>>;", "method Thrice"),
        ('Console.WriteLine($"{<<missing>>}");', "undefinedvariable missing"),
        ("<<Total(nameof(Farm))>>;", "valid"),
        # types
        ('<<new Apple("a")>>;', "valid"),
        ('<<new Pear("a")>>;', "undefinedvariable Pear"),
        ("<<List<Seed> seeds = null;>>", "valid"),
        ("<<List<Pip> seeds = null;>>", "undefinedvariable Pip"),
        ("<<StringBuilder builder = null;>>", "valid"),
        ("<<Money price = 1;>>", "valid"),
        ("<<Orchard.Fruits.Seed one = null;>>", "valid"),
        ("<<Orchard.Fruits.Leaf one = null;>>", "undefinedvariable Leaf"),
        # parameters and initializers
        ("<<apple.Crunch(force: 1, loud: true)>>;", "valid"),
        ("<<apple.Crunch(1, noisy: true)>>;", "parameter noisy"),
        ('<<new Apple(label: "a")>>;', "parameter label"),
        ('<<new Basket(Owner: "a", Content: null)>>;', "valid"),
        ('<<new Basket(Holder: "a", Content: null)>>;', "parameter Holder"),
        ("int Twice(int n) => n; <<Twice(m: 2)>>;", "parameter m"),
        ("<<new Slice { Angle = 1 }>>;", "valid"),
        ("<<new Slice { Corner = 1 }>>;", "undefinedvariable Corner"),
        # what is left open
        ("<<loose.Anything()>>;", "unknown"),
        ("<<odd.Whatever()>>;", "unknown"),
        ("_ = <<odd.Known>>;", "valid"),
        ("_ = <<new Lonely().Here>>;", "valid"),
        ("_ = <<new Lonely().There>>;", "unknown"),
        ("_ = <<new Drawn().There>>;", "undefinedvariable There"),
        ("_ = <<text // a remark about nothing>>\n;", "valid"),
    ],
)
def test_names_in_a_method_are_followed_to_their_declarations(statement, verdict):
    assert brief(judge(body(statement))) == verdict


@pytest.mark.parametrize(
    ("using", "verdict"),
    [
        ("using Orchard.Fruits;", "valid"),
        ("using Orchard.Vegetables;", "import Vegetables"),
        ("using System.Text.Json;", "valid"),
        ("using System.Text.Jsonish;", "import Jsonish"),
        ("using static System.Math;", "valid"),
        ("using Acme.Tools.More;", "unknown"),
    ],
)
def test_a_using_of_a_namespace_of_ones_own_or_of_the_library_is_followed(using, verdict):
    assert brief(judge(f"<<{using}>>\n{HEAD}{TAIL}")) == verdict


def test_a_refutation_reads_like_the_compiler_and_names_real_members():
    verdict = judge(body("<<apple.Crunsh(1)>>;"))

    assert verdict.basis == "resolved"
    assert verdict.evidence.message == "'Apple' does not contain a definition for 'Crunsh'"
    assert verdict.evidence.candidates[0] == "Crunch"
    assert verdict.evidence.signatures[0] == "int Crunch(int force, bool loud = false)"
    assert (verdict.evidence.line, verdict.evidence.column) == (HEAD.count("\n") + 1, 15)


def test_a_parameter_and_a_name_and_a_type_are_worded_as_the_compiler_words_them():
    messages = [
        judge(body(statement)).evidence.message
        for statement in ("<<apple.Crunch(1, noisy: true)>>;", "<<missing>> = 1;", "<<Pip>> one = null;")
    ]

    assert messages == [
        "The best overload for 'Crunch' does not have a parameter named 'noisy'",
        "The name 'missing' does not exist in the current context",
        "The type or namespace name 'Pip' could not be found",
    ]


def test_a_using_of_something_unknown_may_bring_types_and_extensions_of_library_types_but_no_members_of_own_types():
    unknown = "using Strange.Things;\n"

    assert brief(judge(unknown + body("<<new Pear(1)>>;"))) == "unknown"
    assert brief(judge(unknown + body("<<text.Sown()>>;"))) == "unknown"
    assert brief(judge(unknown + body("_ = <<fruit.Colour>>;"))) == "undefinedvariable Colour"
    assert brief(judge(unknown + body("<<Totals(1)>>;"))) == "method Totals"


def test_types_of_a_known_test_package_are_known_by_name_only():
    head = "using NUnit.Framework;\n"

    assert brief(judge(head + body("<<Assert.That(1, 2)>>;"))) == "unknown"
    assert brief(judge(head + body("<<new Pear(1)>>;"))) == "undefinedvariable Pear"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("Assert.IsType<Apple>(thing).<<Crunch(1)>>;", "valid"),
        ("Assert.IsType<Apple>(thing).<<Munch(1)>>;", "method Munch"),
        ("Assert.Single(Apples).<<Munch(1)>>;", "unknown"),
        ("new Mock<IWeighed>().Object.<<Doubled()>>;", "valid"),
        ("new Mock<IWeighed>().Object.<<Halved()>>;", "method Halved"),
        ("new Mock<IWeighed>().Setup(one => <<one.Doubled()>>).Returns(2);", "valid"),
        ("new Mock<IWeighed>().Setup(one => <<one.Halved()>>).Returns(2);", "method Halved"),
        ("new Mock<IWeighed>().<<Setup(one => one.Weight)>>;", "valid"),
        ("new Mock<IWeighed>().<<Rehearse(one => one.Weight)>>;", "method Rehearse"),
        ("apple.Received(1).<<Crunch(1)>>;", "valid"),
        ("apple.Received(1).<<Munch(1)>>;", "method Munch"),
    ],
)
def test_what_tests_reach_own_types_through_is_followed(statement, verdict):
    assert brief(judge("using Moq;\nusing NSubstitute;\nusing Xunit;\n" + body(statement))) == verdict


def test_a_using_of_something_unknown_adds_nothing_to_the_types_of_a_test_package_unless_it_is_called_like_it():
    statement = "using Moq;\nusing Strange.Things;\n" + body("new Mock<IWeighed>().<<Rehearse(one => one.Weight)>>;")
    project = b'<Project><ItemGroup><PackageReference Include="Moq.Contrib" /></ItemGroup></Project>'

    assert brief(judge(statement)) == "method Rehearse"
    assert brief(judge(statement, build("orchard", [*FILES, ("src/Orchard/B.csproj", project)]))) == "unknown"


@pytest.mark.parametrize(
    ("declared", "statement", "verdict"),
    [
        # a lambda is for the overload that takes one
        ("Seed To(Type a) => null; Apple To(Func<Apple, int> a) => null;",
         "To(one => 1).<<Munch(1)>>;", "method Munch"),
        ("Seed To(Func<Apple, int> a) => null; Seed To(Func<Apple> a) => null;",
         "To(one => <<one.Munch(1)>>);", "method Munch"),
        ("Seed To(object a) => null; Apple To(Func<Apple, int> a) => null;", "To(one => 1).<<Munch(1)>>;", "unknown"),
        # what a nearer type has with the same parameters hides the other
        ("class A { public Seed To(int a) => null; } class B : A { public new Apple To(int a) => null; }",
         "new B().To(1).<<Munch(1)>>;", "method Munch"),
        ("class A { public Seed To(string a) => null; } class B : A { public Apple To(int a) => null; }",
         "new B().To(1).<<Munch(1)>>;", "unknown"),
    ],
)  # fmt: skip
def test_overloads_are_told_apart_by_lambdas_and_by_what_hides_them(declared, statement, verdict):
    text = body(statement).replace("private int Total(", declared + " private int Total(")

    assert brief(judge("using Strange.Things;\n" + text)) == verdict


def test_a_package_called_like_the_repository_may_add_to_its_namespaces():
    project = b'<Project><ItemGroup><PackageReference Include="Orchard.Extras" /></ItemGroup></Project>'
    index = build(
        "orchard", [*(file for file in FILES if not file[0].endswith(".csproj")), ("src/Orchard/A.csproj", project)]
    )

    assert brief(judge(body("<<apple.Munch(1)>>;"), index)) == "unknown"
    assert brief(judge(body("_ = <<apple.Tint>>;"), index)) == "undefinedvariable Tint"
    assert brief(judge(f"<<using Orchard.Vegetables;>>\n{HEAD}{TAIL}", index)) == "unknown"
    assert brief(judge(body("<<new Pear(1)>>;"), index)) == "unknown"


def test_a_package_of_which_only_the_first_name_is_like_the_repositorys_adds_nothing_to_it():
    project = b'<Project><ItemGroup><PackageReference Include="Grove.Extras" /></ItemGroup></Project>'
    files = [
        ("src/A.csproj", project),
        ("src/Tree.cs", b"namespace Grove.Trees; public class Tree { public int Age; }"),
    ]
    using = "using Grove.Trees;\n"

    assert (
        brief(judge(f"{using}class A {{ void M(Tree a) {{ <<a.Fell()>>; }} }}", build("g", files), "src/A.cs"))
        == "method Fell"
    )
    more = [*files, ("src/Grove.cs", b"namespace Grove; public class Grove { }")]
    assert (
        brief(judge(f"{using}class A {{ void M(Tree a) {{ <<a.Fell()>>; }} }}", build("g", more), "src/A.cs"))
        == "unknown"
    )


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("<<Console.Out.Shouted()>>;", "method Shouted"),
        ("<<Apples.Juiced()>>;", "unknown"),
        ("<<apple.RipenAsync(1).Soon()>>;", "unknown"),
    ],
)
def test_a_package_that_adds_to_the_librarys_namespaces_leaves_only_what_it_extends_open(statement, verdict):
    project = b'<Project><ItemGroup><PackageReference Include="System.Linq.Async" /></ItemGroup></Project>'
    index = build("orchard", [*FILES, ("src/Orchard/B.csproj", project)])

    assert brief(judge(body(statement), index)) == verdict


def test_a_generator_of_one_project_says_nothing_of_another():
    project = (
        b'<Project><ItemGroup><ProjectReference Include="G.csproj" OutputItemType="Analyzer" /></ItemGroup></Project>'
    )
    statement = body("_ = <<new Drawn().There>>;")

    for place, verdict in (("src/Orchard", "unknown"), ("src/Other", "undefinedvariable There")):
        index = build("orchard", [*FILES, (f"{place}/B.csproj", project)])
        assert brief(judge(statement, index)) == verdict


def test_global_usings_count_below_their_project_only():
    new = "namespace Elsewhere; class A { void M() { <<Seed seed = null;>> } }"

    assert brief(judge(new, path="src/Orchard/New.cs")) == "valid"
    assert brief(judge(new, path="tests/New.cs")) == "unknown"


def test_a_name_that_only_the_completion_declares_is_declared():
    assert brief(judge(body("<<var fresh = apple; fresh.Crunch(1);>>"))) == "valid"
    assert brief(judge("class A { <<int Made() => 1; int Used() => Made();>> }")) == "valid"


def test_the_file_counts_as_it_is_now_whatever_the_index_has_for_its_path():
    changed = body("<<Total(1)>>;").replace("private int Total(int start) => start;", "")

    assert brief(judge(changed)) == "method Total"


def test_code_around_a_syntax_error_is_left_open():
    assert brief(judge(body("if (( { <<apple.Munch(1)>>;"))) == "unknown"


@pytest.mark.parametrize(
    "statement", ["one = <<new List<Pear>(most) { apple }>>;", "one = new List<Apple>(<<most>>) { apple };"]
)
def test_what_the_grammar_takes_for_a_comparison_is_left_open(statement):
    assert brief(judge("using Strange.Things;\n" + body(f"List<Pear> one; {statement}"))) == "unknown"


def test_alternatives_of_a_condition_that_cannot_be_read_together_are_left_open():
    text = "class A {\n#if X\n  int M(int a)\n#else\n  int M(int b, <<Pear>> c)\n#endif\n  { return 1; }\n}"

    assert brief(judge(text)) == "unknown"


def test_a_type_that_a_generator_may_write_is_left_open():
    index = build("orchard", [*FILES, ("src/Orchard/Texts.resx", b"<root/>")])

    assert brief(judge(body("_ = <<Texts.Hello>>;"))) == "undefinedvariable Texts"
    assert brief(judge(body("_ = <<Texts.Hello>>;"), index)) == "unknown"
    drawn = build("orchard", [*FILES, ("src/Orchard/Drawn.razor", b"")])
    assert brief(judge(body("_ = <<new Drawn().There>>;"), drawn)) == "unknown"


def test_a_name_that_is_cut_counts_as_a_whole():
    assert brief(judge(body("apple.Cru<<nch(1);>>"))) == "valid"
    assert brief(judge(body("apple.Cru<<sh(1);>>"))) == "method Crush"


def test_a_new_file_anywhere_is_judged():
    assert (
        brief(judge("using Orchard.Fruits;\nclass B { void M(Apple a) { <<a.Munch(1)>>; } }", path="x/New.cs"))
        == "method Munch"
    )


RELATIVE = """namespace Orchard.Sales;

using System.Collections.Generic;
using Fruits;
using Worn = Fruits.Peel;
{0}
class Till {{ void M(Apple apple, List<Seed> seeds) {{ {1} }} }}
"""
PEEL = ("src/Peel.cs", b"namespace Orchard.Fruits { public class Peel { public int Age; } }")


@pytest.mark.parametrize(
    ("using", "statement", "verdict"),
    [
        ("", "<<apple.Crunch(1)>>;", "valid"),
        ("", "<<apple.Munch(1)>>;", "method Munch"),
        ("", "<<seeds[0].Planted()>>;", "valid"),
        ("", "<<new Pear()>>;", "undefinedvariable Pear"),
        ("", "_ = <<new Worn().Age>>;", "valid"),
        ("", "_ = <<new Worn().Size>>;", "undefinedvariable Size"),
        ("using <<Fruits>>;", "", "valid"),
        ("using Orchard.<<Fruits>>;", "", "valid"),
        ("using Vegetables.<<Roots>>;", "", "unknown"),
        ("using Strange;", "<<new Pear()>>;", "unknown"),
    ],
)
def test_a_using_in_a_namespace_means_the_nearest_namespace_of_its_name(using, statement, verdict):
    index = build("orchard", [*FILES, PEEL])

    assert brief(judge(RELATIVE.format(using, statement), index, "src/Orchard/Till.cs")) == verdict


def test_a_using_outside_of_a_namespace_means_its_whole_name():
    text = "using Fruits;\nnamespace Orchard.Sales { class Till { void M() { <<new Pear()>>; } } }"
    inside = "namespace Orchard.Sales { using Fruits; class Till { void M() { <<new Pear()>>; } } }"

    assert brief(judge(text)) == "unknown"
    assert brief(judge(inside)) == "undefinedvariable Pear"
    assert brief(judge("using <<Fruits>>;\nnamespace Orchard.Sales { }")) == "unknown"


def test_a_namespace_that_a_using_is_near_to_is_followed_to_its_own():
    index = build("orchard", [*FILES, ("src/Inner.cs", b"namespace Orchard.Fruits.Stone { class Plum { } }")])

    assert brief(judge("namespace Orchard { using Fruits.<<Stone>>; }", index)) == "valid"
    assert brief(judge("namespace Orchard { using Fruits.<<Pome>>; }", index)) == "import Pome"
