"""A small repository in TypeScript and JavaScript, and verdicts on completions in it."""

from __future__ import annotations

from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from solulu.verifier.repository import SymbolIndex

SHAPE = b"""
import { Missing } from "missing";
export interface Area { unit: string; value: number; scale(by: number): Area }
export abstract class Shape {
  list: Area[] = [];
  constructor(public name: string, protected parent?: Shape) {}
  area(): Area { return this.list[0]; }
  static make(): Circle { return new Circle("a"); }
}
export class Circle extends Shape {
  radius = 1;
  #secret = 2;
  get me() { return this; }
  async later() { return this.area(); }
  each(callback: (area: Area, n: number) => void) {}
}
export class Alien extends Missing { known() {} }
export interface Loose { [key: string]: string }
export enum Color { Red, Green }
export function make<T>(x: T): Circle { return new Circle(""); }
export const box = { open() {}, size: 1 };
export const pair = (a: string) => ({ first: a, second: new Circle(a) });
export default class Main { go() {} }
export type Options = { deep?: boolean; wide: number };
export function run(options: Options) {}
export function either(): Area | Circle { return make(1); }
export namespace Deep { export const inner = 1; }
"""
FILES = {
    "package.json": b'{"name": "shapes", "version": "1.2.0", "main": "dist/main.js"}',
    "src/shape.ts": SHAPE,
    "src/index.ts": b'export * from "./shape";\nexport { default as Main } from "./shape";\n',
    "src/globals.d.ts": b"declare const VERSION: string;\ndeclare module '*.css';\n",
    "src/open.ts": b'export * from "missing";\n',
    "src/view.vue": b"<template></template>\n",
    "packages/inner/package.json": b'{"name": "inner", "version": "2.1.0", "main": "./dist/index.js"}',
    "packages/inner/src/index.ts": b"export const known = 1;\n",
    "lib/a.js": b"""
exports.one = function one() { return 1; };
exports.two = class Two {
  constructor() { this.x = 1; this.map = new Map(); }
  go() { return this.x; }
};
""",
    "lib/b.js": b"module.exports = { alpha() {}, beta: 1 };\n",
    "lib/mixed.js": b"class Mixed { go() {} }\nObject.assign(Mixed.prototype, other);\nmodule.exports = { Mixed };\n",
    "lib/dynamic.js": b"module.exports = load(require);\n",
}
INDEX = build("shapes", FILES.items())
TYPED = """import { Shape, Circle, Alien, Color, Loose, make, box, pair, run, either, Area, Deep } from "./shape";
import Main from "./shape";
import * as S from "./index";
import * as fs from "fs";
"""
PLAIN = """const a = require("./a");
const b = require("./b");
const { Mixed } = require("./mixed");
const dynamic = require("./dynamic");
const path = require("node:path");
"""


def typed(completion: str, prefix: str = TYPED, suffix: str = "\n", index: SymbolIndex = INDEX) -> Verdict:
    """The verdict on a completion in a new file in TypeScript."""
    return check(Case("src/new.ts", prefix, completion, suffix), index)


def plain(completion: str, prefix: str = PLAIN, suffix: str = "\n", index: SymbolIndex = INDEX) -> Verdict:
    """The verdict on a completion in a new file in JavaScript."""
    return check(Case("lib/new.js", prefix, completion, suffix), index)
