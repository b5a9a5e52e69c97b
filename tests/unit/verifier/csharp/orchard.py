"""An orchard in C#, and verdicts on completions in it."""

from __future__ import annotations

from solulu.verifier.case import Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from solulu.verifier.repository import SymbolIndex
from support.verdicts import marked

PATH = "src/Orchard/Farm.cs"
FRUIT = b"""using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Orchard.Fruits
{
    public interface IWeighed { double Weight { get; } double Doubled() => Weight * 2; }

    public enum Ripeness { Green, Ripe }

    public delegate bool Picker(Fruit fruit, int count);

    public abstract class Fruit : IWeighed, IComparable<Fruit>
    {
        public const string Kind = "fruit";
        protected readonly List<Seed> seeds = new();
        public Fruit(string name, int price = 1) { Name = name; }
        public string Name { get; }
        public double Weight { get; set; }
        public Ripeness Ripeness;
        public event EventHandler Fell;
        public Seed this[int number] => seeds[number];
        public IReadOnlyList<Seed> Seeds => seeds;
        public int CompareTo(Fruit other) => 0;
        public static Fruit Best(IEnumerable<Fruit> all) => null;
        public Task<Fruit> RipenAsync(int days) => null;
        public bool TrySplit(out Seed seed) { seed = null; return true; }
        public T Pressed<T>() where T : new() => new T();
        public class Peel { public int Thickness; }
    }

    public class Seed { public Seed Planted() => this; public (int Depth, string Soil) Place() => (1, ""); }

    public record Basket(string Owner, List<Fruit> Content) { public int Count => Content.Count; }

    public struct Slice { public int Angle; }

    public class Grafted : Grafting.Unknown.Tree { public int Known; }

    public class Box<T> where T : Fruit { public T Top { get; set; } public List<T> All() => null; }
}
"""
APPLE = b"""namespace Orchard.Fruits;

public partial class Apple : Fruit
{
    public Apple(string name) : base(name) { }
    public int Crunch(int force, bool loud = false) => force;
}

[Planted.Automatically] public partial class Lonely { public int Here; }

public partial class Drawn { public int Here; }
"""
APPLE_TOO = b"""namespace Orchard.Fruits;

public partial class Apple
{
#if COLOURED
    public string Colour => "red";
#else
    public string Shade => "grey";
#endif
}

public static class FruitExtensions
{
    public static string Shout(this Fruit fruit, string mark) => fruit.Name + mark;
    public static T Washed<T>(
        this T fruit) where T : Fruit => fruit;
}
"""
GLOBALS = b"global using Orchard.Fruits;\nglobal using Money = System.Decimal;\n"
PROJECT = b"""<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup><PackageReference Include="Acme.Tools" Version="1.0" /><Using Include="System.Text" /></ItemGroup>
</Project>
"""
HEAD = """using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Orchard;

public class Farm
{
    private readonly Dictionary<string, Apple> _byName = new();
    private List<Apple> Apples { get; } = new();
    private int Total(int start) => start;

    public async Task Run(Apple apple, Fruit fruit, Basket basket, Box<Apple> box, object thing, dynamic loose,
        Grafted odd)
    {
        var text = "words";
        """
TAIL = """
    }
}
"""
FILES: list[tuple[str, bytes | None]] = [
    ("src/Orchard/Fruits/Fruit.cs", FRUIT),
    ("src/Orchard/Fruits/Apple.cs", APPLE),
    ("src/Orchard/Fruits/Apple.More.cs", APPLE_TOO),
    ("src/Orchard/Globals.cs", GLOBALS),
    ("src/Orchard/Orchard.csproj", PROJECT),
    (PATH, (HEAD + TAIL).encode()),
]
INDEX = build("orchard", FILES)


def judge(text: str, index: SymbolIndex = INDEX, path: str = PATH) -> Verdict:
    """The verdict on what stands between `<<` and `>>` in a file."""
    return check(marked(path, text), index)


def body(statement: str) -> str:
    """A file with a statement in its method."""
    return HEAD + statement + TAIL
