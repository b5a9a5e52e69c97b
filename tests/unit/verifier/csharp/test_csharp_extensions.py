"""C#: members of extension blocks, which belong to whatever the block extends."""

import pytest
from solulu.verifier.index import build
from support.verdicts import brief
from unit.verifier.csharp.orchard import FILES, body, judge

BLOCKS = b"""namespace Orchard;

public static class More
{
    /// <summary>Of any text.</summary>
    extension(string text)
    {
        public int Pips(int most) => text.Length + most;
        public bool IsFruity => text == "apple";
        public static string Made(int count) { return ""; }
    }

    extension<T>([Picked] IEnumerable<T> all) where T : Fruit, new()
    {
        public T Juiciest() => all.First();
        public Dictionary<TKey, T> By<TKey>(Func<T, TKey> key) => null;
    }
    extension(Fruit)
    {
        public static Fruit Grown(string seed) => null;
    }
    public static int Old(this string text) => text.Length;
}
"""
INDEX = build("orchard", [*FILES, ("src/Orchard/More.cs", BLOCKS)])


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("<<text.Pips(1)>>;", "valid"),
        ("<<text.Pips(1).CompareTo(2)>>;", "valid"),
        ("<<text.Pips(1).CompareLoudly(2)>>;", "method CompareLoudly"),
        ("_ = <<text.IsFruity>>;", "valid"),
        ("<<string.Made(1)>>;", "valid"),
        ("<<Fruit.Grown(text)>>;", "valid"),
        ("<<Fruit.Shrunk(text)>>;", "method Shrunk"),
        ("<<Apples.Juiciest().Crunch(1)>>;", "valid"),
        ("<<Apples.Juiciest().Munch(1)>>;", "method Munch"),
        ("<<More.Pips(text, 1)>>;", "valid"),
        ("<<text.Old()>>;", "valid"),
        ("Func<int> old = <<text.Old>>;", "valid"),
        ("<<text.Older()>>;", "method Older"),
        ("<<apple.Pips(1)>>;", "unknown"),
        ("_ = <<apple.IsFruity>>;", "unknown"),
    ],
)
def test_members_of_extension_blocks_are_found_on_what_they_extend(statement, verdict):
    assert brief(judge(body(statement), INDEX)) == verdict


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("text.Trim()", "valid"),
        ("text.Trimmed()", "method Trimmed"),
        ("other.Length", "undefinedvariable other"),
        ("first.Name", "valid"),
        ("first.Label", "undefinedvariable Label"),
    ],
)
def test_the_code_in_an_extension_block_can_use_what_the_block_extends(expression, verdict):
    head = "namespace Orchard;\npublic static class Own\n{\n    extension<T>(string text) where T : Fruit\n    {\n"

    assert brief(judge(f"{head}        public object M(T first) => <<{expression}>>;\n    }}\n}}")) == verdict


def test_a_block_that_cannot_be_read_leaves_what_it_declares_open():
    unread = b"static class Odd {\n extension /* a remark */ (string text)\n {\n  public int Sown() => 1;\n }\n}"
    index = build("orchard", [*FILES, ("src/Orchard/Odd.cs", unread)])

    assert brief(judge(body("<<text.Sown()>>;"), index)) == "unknown"
    assert brief(judge(body("<<text.Reaped()>>;"), index)) == "method Reaped"
