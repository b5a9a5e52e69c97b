"""C#: what types follow from where lambdas, `new()` and calls stand, and from which overload is meant."""

import pytest
from solulu.verifier.index import build
from support.verdicts import brief
from unit.verifier.csharp.orchard import FILES, body, judge

CHECKS = b"""namespace Orchard;

using System;
using System.Collections.Generic;
using System.Linq.Expressions;
using System.Threading.Tasks;

public interface IStep<T, out TPart> { }
public interface IFirst<T, out TPart> : IStep<T, TPart> { IFirst<T, TPart> Always(bool stop); }
public interface IRest<T, out TPart> : IStep<T, TPart> { }
public class Note<T> { public T About; public void Write(string text) { } }

public class Checker<T> : IEnumerable<string>
{
    public Action<Note<T>> Told { get; set; }
    public event Action<Note<T>> Heard;
    public Dictionary<string, Action<Note<T>>> Named { get; } = new();
    public Note<T> Latest { get; init; }
    public Slice? Cut { get; set; }
    public IFirst<T, TPart> For<TPart>(Expression<Func<T, TPart>> part) => null;
    public IEnumerator<string> GetEnumerator() => null;
    public void Add<TPart>(Func<Checker<T>, IRest<T, TPart>> rule) { }
    public void Pick<TPart>(Expression<Func<T, TPart>> part, TPart value) { }
    public void Pick<TPart>(Expression<Func<T, TPart>> part, Func<Note<T>, TPart> value) { }
    public Note<T> Noted(Note<T> note, int count) => note;
}
public class Tried : Checker<Apple>
{
    public Tried() { }
    public Tried(params Action<Tried>[] rules) { }
}
public static class Rules
{
    public static IRest<T, TPart> Present<T, TPart>(this IStep<T, TPart> step) => null;
    public static IRest<T, TPart> Over<T, TPart>(this IStep<T, TPart> step, TPart least) => null;
    public static IRest<T, double?> Over<T>(this IStep<T, double?> step, double least) => null;
    public static IRest<T, TPart> Saying<T, TPart>(this IRest<T, TPart> rest, string text) => null;
    public static IRest<T, TPart> Saying<T, TPart>(this IRest<T, TPart> rest, Func<T, string> text) => null;
    public static Seed Grade(this object thing) => null;
    public static Apple Grade(this IWeighed thing) => null;
    public static Basket Grade(this IEnumerable<string> texts) => null;
    public static Note<T> Rated<T>(this T thing) where T : struct, Enum => null;
    public static Seed Rated<T>(this T? thing) where T : struct, Enum => null;
    public static Seed Rank(this object thing) => null;
    public static Apple Rank(this IWeighed thing) => null;
    public static Note<T> Grade<T>(this T thing) where T : struct, Enum => null;
    public static T Ran<T>(Func<T> code) => default;
    public static T Awaited<T>(Func<Task<T>> code) => default;
    public static Apple Sure<T>(T thing) => null;
}
"""
INDEX = build("orchard", [*FILES, ("src/Orchard/Checks.cs", CHECKS)])
NOTE = "Checker<Apple> checker = null; "


def told(statement: str, around: str = "") -> str:
    """The verdict on a statement, with members around it."""
    text = body(NOTE + statement).replace("private int Total(", f"{around} private int Total(")
    return brief(judge(text, INDEX))


@pytest.mark.parametrize(
    "place",
    [
        "checker.Told = note => {0};",
        "checker.Told = (note => {0});",
        "checker.Heard += note => {0};",
        "var other = new Checker<Apple> {{ Told = note => {0} }};",
        "var other = new Checker<Apple> {{ Named = {{ [text] = note => {0} }} }};",
        "checker.Named[text] = note => {0};",
        "Action<Note<Apple>> act = note => {0};",
        "var act = (Action<Note<Apple>>)(note => {0});",
        "Action<Note<Apple>> act = text == null ? note => {0} : null;",
        "Action<Note<Apple>> act = text switch {{ null => note => {0}, _ => null }};",
        "var acts = new Action<Note<Apple>>[] {{ note => {0} }};",
        "var acts = new List<Action<Note<Apple>>> {{ note => {0} }};",
        "var acts = new Dictionary<string, Action<Note<Apple>>> {{ {{ text, note => {0} }} }};",
        "Action<Note<Apple>> Act() => note => {0};",
        "Action<Note<Apple>> Act() {{ return note => {0}; }}",
        "async Task<Action<Note<Apple>>> Act() {{ return note => {0}; }}",
    ],
)
def test_a_lambdas_parameter_has_the_type_that_its_place_wants(place):
    assert told(place.format("note.<<Write(text)>>")) == "valid"
    assert told(place.format("note.<<Scribble(text)>>")) == "method Scribble"


@pytest.mark.parametrize(
    "place",
    [
        "var act = note => {0};",
        "Loose(note => {0});",
        "var acts = new[] {{ note => {0} }};",
        "loose.Told = note => {0};",
    ],
)
def test_a_lambdas_parameter_may_be_anything_where_its_place_says_nothing(place):
    assert told(place.format("note.<<Scribble(text)>>")) == "unknown"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        # many arguments for one parameter, and the elements of an initializer
        ("new Tried(one => one.<<For(a => a.Name)>>);", "valid"),
        ("new Tried(one => one.<<From(a => a.Name)>>);", "method From"),
        ("new Tried(one => one.For(a => a.Name), two => two.For(a => a.Name).<<Absent()>>);", "method Absent"),
        ("new Tried { one => one.For(a => a.Name).<<Present()>> };", "valid"),
        ("new Tried { one => one.For(a => a.Name).<<Absent()>> };", "method Absent"),
        # what all overloads agree on counts, whatever they say of the rest
        ("checker.For(a => a.Weight).Over(1).<<Saying(text)>>;", "valid"),
        ("checker.For(a => a.Weight).Over(1).<<Muttering(text)>>;", "method Muttering"),
        ("checker.For(a => a.Name).Present().Saying(a => a.<<Munch(1)>>);", "method Munch"),
        # nothing is inferred from a lambda alone, and what cannot be one takes none
        ("checker.Pick(a => a.Name, note => note.About.<<Name>>);", "valid"),
        ("checker.Pick(a => a.Name, note => note.About.<<Label>>);", "undefinedvariable Label"),
        ("Rules.Sure(one => one.<<Munch(1)>>);", "unknown"),
        # what a lambda's body gives
        ("Rules.Ran(() => { if (text == null) return apple; return apple; }).<<Munch(1)>>;", "method Munch"),
        ("Rules.Ran(() => { if (text == null) return apple; return null; }).<<Munch(1)>>;", "unknown"),
        ("Rules.Ran(() => { Func<int> n = () => { return 1; }; return apple; }).<<Munch(1)>>;", "method Munch"),
        ("Rules.Awaited(async () => await apple.RipenAsync(1)).<<Shrink()>>;", "method Shrink"),
        ("Rules.Ran(async () => await apple.RipenAsync(1)).<<ContinueWith(null)>>;", "valid"),
        # the nearest extension method is meant, of those that extend what it is called on
        ("apple.Grade().<<Crunch(1)>>;", "valid"),
        ("apple.Grade().<<Planted()>>;", "method Planted"),
        ("thing.Grade().<<Planted()>>;", "valid"),
        ("fruit.Ripeness.Rated().<<Write(text)>>;", "valid"),
        ("((Ripeness?)fruit.Ripeness).Rated().<<Planted()>>;", "valid"),
        ("((Ripeness?)fruit.Ripeness).Rated().<<Crunch(1)>>;", "method Crunch"),
        ("<<Nullable.Rated(1)>>;", "unknown"),
        ("thing.Grade().<<Crunch(1)>>;", "method Crunch"),
        ("new List<int>().Grade().<<Planted()>>;", "valid"),
        ("new List<string>().Grade().<<Planted()>>;", "method Planted"),
        ("fruit.Ripeness.Grade().<<Planted()>>;", "unknown"),
        ("odd.Grade().<<Crunch(1)>>;", "unknown"),
        ("odd.Rank().<<Planted()>>;", "unknown"),
        ("apple.Rank().<<Planted()>>;", "method Planted"),
        # what is made without a type, and of several values
        ("checker.Noted(new(), 1).<<Write(text)>>;", "valid"),
        ("checker.Noted(new() { <<About>> = apple }, 1);", "valid"),
        ("checker.Noted(new() { <<Concerning>> = apple }, 1);", "undefinedvariable Concerning"),
        ("checker.Cut = new() { <<Angle>> = 1 };", "valid"),
        ("checker.Cut = new() { <<Corner>> = 1 };", "undefinedvariable Corner"),
        ("loose.Noted(new() { <<Concerning>> = apple });", "unknown"),
        ("(new[] { apple, apple })[0].<<Munch(1)>>;", "method Munch"),
        ("(new[] { apple, fruit })[0].<<Munch(1)>>;", "unknown"),
        ("var pair = (first: apple, 1); pair.first.<<Munch(1)>>;", "method Munch"),
        ("var pair = (first: apple, 1); _ = pair.<<Pip>>;", "undefinedvariable Pip"),
        # what comes after `?.` may be missing
        ("var cut = checker?.Cut; _ = cut.<<HasValue>>;", "valid"),
        ("var cut = apple.Seeds?.Count; _ = cut.<<HasValue>>;", "valid"),
        ("var angle = checker?.Cut?.Angle; _ = angle.<<HasValue>>;", "valid"),
        ("_ = checker?.Cut?.<<Corner>>;", "undefinedvariable Corner"),
        # a name that the language gives a meaning elsewhere
        ("var value = apple; <<value.Crunch(1)>>;", "valid"),
        ("var value = apple; <<value.Munch(1)>>;", "method Munch"),
    ],
)
def test_types_are_inferred_where_only_one_answer_is_possible(statement, verdict):
    assert told(statement) == verdict


SET_UP = b"""using System;
using Microsoft.Extensions.DependencyInjection;
namespace Orchard.Services;
public class Choices { public void Ripen(int days) { } }
public static class SetUp
{
    public static Choices AddOrchard(this IServiceCollection services, Action<Choices> choose) => null;
}
"""


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("<<services.AddOrchard(chosen => { })>>;", "valid"),
        ("services.AddOrchard(chosen => chosen.<<Ripen(1)>>);", "valid"),
        ("services.AddOrchard(chosen => chosen.<<Wither(1)>>);", "method Wither"),
        ("services.AddOrchard(null).<<Wither(1)>>;", "method Wither"),
        ("<<services.AddMeadow(chosen => { })>>;", "unknown"),
        ("<<IServiceCollection more = null;>>", "valid"),
        ("<<IServiceGathering more = null;>>", "undefinedvariable IServiceGathering"),
        ("<<new Apple(services).Crunch(1)>>;", "valid"),
        ("services.First(one => one.<<Withered()>>);", "unknown"),
    ],
)
def test_a_type_that_is_known_by_name_only_has_the_extension_methods_that_are_here(statement, verdict):
    using = "using Microsoft.Extensions.DependencyInjection;\nusing Orchard.Services;\n"
    text = using + body(statement).replace("Run(Apple apple,", "Run(IServiceCollection services, Apple apple,")

    assert brief(judge(text, build("orchard", [*FILES, ("src/Orchard/SetUp.cs", SET_UP)]))) == verdict
