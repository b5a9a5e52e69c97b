"""A small lending library in Rust, and verdicts on completions in it."""

from __future__ import annotations

from solulu.verifier.case import Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from solulu.verifier.repository import SymbolIndex
from support.verdicts import marked

CARGO = b"""[package]
name = "lending"
version = "0.1.0"
edition = "2021"

[dependencies]
chrono = "0.4"
serde = "1"
shelf_core = { path = "core", package = "shelf-core" }
"""
LIB = b"""#[macro_use]
mod macros;
pub mod books;
pub mod people;
#[path = "odd/place.rs"]
mod moved;
mod generated {
    include!(concat!(env!("OUT_DIR"), "/schema.rs"));
}
mod ghost;
pub mod altered;
with_feature! {
    #![feature = "post"]
    pub mod post;
}

pub use books::{Book, Format as BookFormat};
pub use self::people::*;
pub use shelf_core::Shelf;

pub const LIMIT: usize = 3;
pub static MOTTO: &str = "read";
pub type Shelves = Vec<Shelf<Book>>;

pub fn open(name: &str, size: usize) -> Result<Book, LendingError> {
    Book::titled(name)
}

#[derive(Debug)]
pub enum LendingError {
    Missing(String),
    Late { days: u32 },
    Closed,
}

impl std::error::Error for LendingError {}
impl std::fmt::Display for LendingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
"""
BOOKS = b"""use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use serde::Serialize;

use crate::people::Reader;
use crate::LendingError;

/// A book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    pub title: String,
    pub authors: Vec<String>,
    pub format: Format,
    pub borrower: Option<Box<Reader>>,
    pub due: Option<NaiveDate>,
    pages: (u32, String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    Paper,
    Audio { minutes: u32 },
    Scan(u8, Quality),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality(pub u8);

impl Default for Format {
    fn default() -> Self {
        Format::Paper
    }
}

impl Book {
    pub const MOST: usize = 9;

    pub fn titled(title: &str) -> Result<Self, LendingError> {
        Ok(Self { title: title.to_string(), ..Default::default() })
    }

    pub fn reader(&self) -> Option<&Reader> {
        self.borrower.as_deref()
    }

    pub fn lend(&mut self, reader: Reader) -> &mut Self {
        self
    }

    pub fn index(&self) -> HashMap<String, Vec<Quality>> {
        HashMap::new()
    }

    pub async fn fetch(&self) -> Quality {
        Quality(1)
    }
}

pub trait Lendable {
    type Ticket;
    const FEE: u32;
    fn ticket(&self) -> Self::Ticket;
    fn renew(&self) -> bool {
        true
    }
}

impl dyn Lendable<Ticket = u8> {
    pub fn unboxed(&self) {}
}

impl Lendable for Book {
    type Ticket = Quality;
    const FEE: u32 = 1;
    fn ticket(&self) -> Quality {
        Quality(2)
    }
}

pub struct Stack<T> {
    items: Vec<T>,
}

impl<T> Stack<T> {
    pub fn new(items: Vec<T>) -> Self {
        Stack { items }
    }
    pub fn top(&self) -> Option<&T> {
        self.items.last()
    }
}

impl<T> std::ops::Deref for Stack<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

impl<T> IntoIterator for Stack<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

#[derive(Builder)]
pub struct Built {
    pub name: String,
}

#[derive(Serialize)]
pub struct Served {
    pub name: String,
}

pub type Shared = Arc<Mutex<Book>>;
"""
FILES = {
    "Cargo.toml": CARGO,
    "src/lib.rs": LIB,
    "src/books.rs": BOOKS,
    "src/post.rs": b"pub fn send(book: &crate::Book) {}\n",
    "src/altered.rs": b"""#[attribute_of_another_crate]
pub struct Altered {
    pub name: String,
}
""",
    "src/macros.rs": b"""macro_rules! getter {
    ($name:ident) => { pub fn $name(&self) -> u32 { 1 } };
}
macro_rules! with_feature {
    (#![$meta:meta] $($item:item)*) => { $(#[cfg($meta)] $item)* };
}
""",
    "src/people/mod.rs": b"""pub mod cards;
pub use self::cards::Card;

#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub name: String,
    pub card: Card,
}

impl Reader {
    getter!(debts);
    pub fn named(name: &str) -> Self { todo!() }
    #[cfg(unix)]
    pub fn home(&self) -> u32 { 1 }
}
""",
    "src/people/cards.rs": b"""#[derive(Clone, Debug, PartialEq, Default)]
pub struct Card {
    pub number: u64,
}

impl Card {
    pub fn renewed(self) -> Card { self }
}
""",
    "src/odd/place.rs": b"pub fn relocated() -> u8 { 1 }\n",
    "src/desk.rs": b"",
    "src/main.rs": b'mod desk;\nfn main() { lending::open("a", 1); }\n',
    "core/Cargo.toml": b"""[package]
name = "shelf-core"
edition = "2018"
[lib]
name = "shelf_core"
""",
    "core/src/lib.rs": b"""pub struct Shelf<T> { pub items: Vec<T> }
impl<T> Shelf<T> {
    pub fn first(&self) -> Option<&T> { None }
}
#[macro_export]
macro_rules! shelve { () => {} }
""",
}
INDEX = build("lending", FILES.items())
HEAD = """use std::collections::{BTreeMap, HashMap};
use lending::books::{Book, Format, Lendable, Quality, Stack};
use lending::{people, LendingError, Reader};

fn work(book: Book, reader: &Reader, books: Vec<Book>, stack: Stack<Book>, shelves: lending::Shelves, text: &str) {
    """


def judge(
    statement: str, head: str = HEAD, index: SymbolIndex = INDEX, path: str = "src/desk.rs", tail: str = "\n}\n"
) -> Verdict:
    """The verdict on what stands between `<<` and `>>` in a function's body."""
    return check(marked(path, head + statement + tail), index)
