"""Rust: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from support.verdicts import brief
from unit.verifier.rust.library import FILES, HEAD, INDEX, judge


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        # members through parameters, fields, results, patterns and loops
        ("<<book.reader()>>;", "valid"),
        ("<<book.renter()>>;", "method renter"),
        ("<<book.title>>;", "valid"),
        ("<<book.heading>>;", "undefinedvariable heading"),
        ("book.reader().unwrap().<<card.number>>;", "valid"),
        ("book.reader().unwrap().<<card.digits>>;", "undefinedvariable digits"),
        ("if let Some(found) = book.reader() { <<found.card.renewed()>>; }", "valid"),
        ("if let Some(found) = book.reader() { <<found.card.restored()>>; }", "method restored"),
        ("let Some(found) = book.reader() else { return; }; <<found.visits()>>;", "method visits"),
        ("let opened = lending::open(`a`, 1)?; <<opened.shelve_away()>>;", "method shelve_away"),
        ("match lending::open(`a`, 1) { Ok(b) => { <<b.fold_pages()>>; } Err(_) => {} }", "method fold_pages"),
        ("match book.format { Format::Scan(_, quality) => { <<quality.sharpen()>>; } _ => {} }", "method sharpen"),
        ("match book.format { Format::Scan(_, quality) => { <<quality.0>>; } _ => {} }", "valid"),
        ("let take = |_, one: Book| <<one.title>>;", "valid"),
        ("books.iter().fold(0, |_, one| <<one.title.len()>>);", "valid"),
        ("for one in &books { <<one.fold_pages()>>; }", "method fold_pages"),
        ("for one in stack { <<one.fold_pages()>>; }", "method fold_pages"),
        ("for (number, one) in books.iter().enumerate() { <<one.fold_pages()>>; }", "method fold_pages"),
        ("books.iter().map(|one| <<one.fold_pages()>>);", "method fold_pages"),
        ("books.iter().filter(|one| <<one.title.is_empty()>>);", "valid"),
        ("<<books[0].fold_pages()>>;", "method fold_pages"),
        ("let copy = book.clone(); <<copy.fold_pages()>>;", "method fold_pages"),
        ("let made = Stack::new(vec![Quality(1)]); <<made.top().unwrap().sharpen()>>;", "method sharpen"),
        ("let boxed = Box::new(book); <<boxed.fold_pages()>>;", "method fold_pages"),
        ("let shared: lending::books::Shared = todo!(); <<shared.lock().unwrap().title>>;", "valid"),
        (
            "let shared: lending::books::Shared = todo!(); <<shared.lock().unwrap().heading>>;",
            "undefinedvariable heading",
        ),
        ("<<shelves[0].first()>>;", "valid"),
        ("<<shelves[0].final_one()>>;", "method final_one"),
        ("let (first, second) = (book, reader); <<second.visits()>>;", "method visits"),
        ("let Book { borrower, .. } = book; <<borrower.unwrap().visits()>>;", "method visits"),
        ("let quality = book.fetch().await; <<quality.sharpen()>>;", "method sharpen"),
        # what a type dereferences to
        ("<<stack.len()>>;", "valid"),
        ("<<stack.measured()>>;", "method measured"),
        # traits of the repository and of the standard library
        ("<<book.renew()>>;", "valid"),
        ("<<book.ticket().0>>;", "valid"),
        ("<<book.to_string()>>;", "unknown"),
        ("<<Book::FEE>>;", "valid"),
        ("fn of<L: Lendable>(l: L) { <<l.renew()>>; }", "valid"),
        ("fn of<L: Lendable>(l: L) { <<l.extend_loan()>>; }", "method extend_loan"),
        ("fn of(l: &dyn Lendable<Ticket = u8>) { <<l.extend_loan()>>; }", "method extend_loan"),
        ("fn of(l: Box<dyn Lendable<Ticket = u8>>) { <<l.unboxed()>>; }", "valid"),
        ("fn of<L: Stranger>(l: L) { <<l.extend_loan()>>; }", "unknown"),
        # paths
        ("<<Book::titled(`a`)>>;", "valid"),
        ("<<Book::named(`a`)>>;", "method named"),
        ("<<Book::MOST>>;", "valid"),
        ("<<Book::LEAST>>;", "undefinedvariable LEAST"),
        ("<<Format::Audio { minutes: 1 }>>;", "valid"),
        ("<<Format::Audio { hours: 1 }>>;", "parameter hours"),
        ("<<Format::Video>>;", "undefinedvariable Video"),
        ("<<Format::Video(1)>>;", "method Video"),
        ("<<people::Card::default()>>;", "valid"),
        ("<<people::Badge::default()>>;", "undefinedvariable Badge"),
        ("<<lending::open(`a`, 1)>>;", "valid"),
        ("<<lending::close_up(`a`)>>;", "method close_up"),
        ("<<lending::BookFormat::Paper>>;", "valid"),
        ("<<Quality { sharpness: 1 }>>;", "parameter sharpness"),
        # names
        ("<<reader>>;", "valid"),
        ("<<borrower>>;", "undefinedvariable borrower"),
        ("<<fold_pages(1)>>;", "method fold_pages"),
        ("let made: <<Binding>> = todo!();", "undefinedvariable Binding"),
        ("fn inner() { <<reader>>; }", "undefinedvariable reader"),
        ("fn inner(x: u8) {} <<inner(1)>>;", "valid"),
        ("let f = |x: Book| <<x.fold_pages()>>;", "method fold_pages"),
        ("{ let hidden = 1; } <<hidden>>;", "undefinedvariable hidden"),
        ("let late = <<late>>;", "undefinedvariable late"),
        ("use people::Card as Pass; <<Pass::default()>>;", "valid"),
        # the standard library
        ("<<text.trim().to_uppercase()>>;", "valid"),
        ("<<text.trim_both()>>;", "method trim_both"),
        ("<<HashMap::<u8, u8>::new().contains_key(&1)>>;", "valid"),
        ("<<HashMap::<u8, u8>::new().has_key(&1)>>;", "method has_key"),
        ("<<std::fs::read_to_string(text)>>;", "valid"),
        ("<<std::fs::read_as_lines(text)>>;", "method read_as_lines"),
        ("let n = text.parse::<u32>().unwrap(); <<n.halved()>>;", "method halved"),
        ("<<Some(1).unwrapped()>>;", "method unwrapped"),
        ("<<String::from(`a`).pushed('b')>>;", "method pushed"),
        # arguments of macros of the standard library
        ("println!(`{}`, <<book.heading>>);", "undefinedvariable heading"),
        ("assert_eq!(<<book.title>>, text);", "valid"),
        ("let s = format!(`{one}`, one = <<text>>); s.len();", "valid"),
        ("<<vec![book].fold_pages()>>;", "method fold_pages"),
        ("other_macro!(<<book.heading>>);", "unknown"),
    ],
)
def test_what_is_declared_decides(statement, verdict):
    assert brief(judge(statement.replace("`", '"'))) == verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("<<reader.debts()>>;", "unknown"),
        ("<<reader.home()>>;", "valid"),
        ("let b: lending::books::Built = todo!(); <<b.anything_made()>>;", "unknown"),
        ("let b: lending::books::Built = todo!(); <<b.name>>;", "valid"),
        ("let b: lending::books::Built = todo!(); <<b.surname>>;", "undefinedvariable surname"),
        ("let s: lending::books::Served = todo!(); <<s.anything_made()>>;", "method anything_made"),
        ("let s: lending::altered::Altered = todo!(); <<s.surname>>;", "unknown"),
        ("<<book.due.unwrap().anything()>>;", "unknown"),
        ("<<lending::generated::anything()>>;", "unknown"),
        ("<<lending::ghost::anything()>>;", "unknown"),
        ("<<chrono::anything()>>;", "unknown"),
        ("<<lending::post::send(&book)>>;", "valid"),
        ("<<lending::post::resend(&book)>>;", "method resend"),
        ("use chrono::*; <<anything()>>;", "unknown"),
        ("let x = chrono::now(); <<x.anything()>>;", "unknown"),
        ("let x = Default::default(); <<x.anything()>>;", "unknown"),
        ("|x| <<x.anything()>>;", "unknown"),
        ("make_names!(made_here); <<made_here>>;", "unknown"),
    ],
)
def test_what_macros_and_other_crates_make_is_unknown(statement, verdict):
    assert brief(judge(statement)) == verdict


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("use lending::books::<<Book>>;", "valid"),
        ("use lending::books::<<Tome>>;", "import Tome"),
        ("use lending::books::{Book, <<Tome>>};", "import Tome"),
        ("use lending::<<volumes>>::Book;", "import volumes"),
        ("use lending::people::{self, cards::<<Badge>>};", "import Badge"),
        ("use lending::{<<Card>>, Shelf};", "valid"),
        ("use lending::books::Format::<<Video>>;", "import Video"),
        ("use std::collections::<<HashMap>>;", "valid"),
        ("use std::collections::<<FlatMap>>;", "unknown"),
        ("use std::collections::<<TreeOfMaps>>;", "import TreeOfMaps"),
        ("use <<unlisted_crate>>::Thing;", "import unlisted_crate"),
        ("use chrono::<<Anything>>;", "unknown"),
        ("use shelf_core::<<shelve>>;", "valid"),
        ("use shelf_core::<<Shelf>>;", "valid"),
        ("use shelf_core::<<Rack>>;", "import Rack"),
        ("use crate::<<desk>>;", "valid"),
        ("use crate::<<counter>>;", "import counter"),
        ("use super::<<counter>>;", "import counter"),
        ("use lending::generated::<<Table>>;", "unknown"),
    ],
)
def test_imports_are_followed_through_modules_and_crates(line, verdict):
    assert brief(judge(line, head="", tail="\n")) == verdict


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("fn more(&self) { <<self.title>>; }", "valid"),
        ("fn more(&self) { <<self.heading>>; }", "undefinedvariable heading"),
        ("fn more(&self) { <<self.reader()>>; }", "valid"),
        ("fn more(&self) { <<self.renter()>>; }", "method renter"),
        ("fn more(&self) { <<Self::titled(``)>>; }", "valid"),
        ("fn more(&self) { <<Self::headed(``)>>; }", "method headed"),
        ("fn more(&self) -> Self { Self { <<heading: text>>, ..self } }", "parameter heading"),
        ("fn more(&self) { let Self { <<heading>>, .. } = self; }", "parameter heading"),
        ("fn more(self: std::pin::Pin<&mut Self>) { <<self.map_unchecked_mut(1)>>; }", "valid"),
        ("fn more(self: std::rc::Rc<Self>) { <<self.heading>>; }", "undefinedvariable heading"),
        ("fn more(&self) { <<self.extra()>>; } fn extra(&self) {}", "valid"),
    ],
)
def test_a_type_has_all_its_implementations(statement, verdict):
    path = "src/books.rs"
    head = FILES[path].decode() + "\nimpl Book {\n"
    assert brief(judge(statement.replace("`", '"'), head=head, path=path)) == verdict


def test_the_message_is_worded_as_the_compiler_words_it():
    found = judge("book.<<titel>>;")

    assert found.evidence.message == "no field `titel` on type `Book`"
    assert found.evidence.candidates[0] == "title"
    assert judge("<<book.raeder()>>;").evidence.message == (
        "no method named `raeder` found for struct `Book` in the current scope"
    )
    assert judge("<<book.raeder()>>;").evidence.candidates[0] == "reader"
    assert judge("<<book.raeder()>>;").evidence.signatures[0] == "(self) -> Option<&Reader>"


def test_a_trait_of_a_crate_that_is_not_indexed_may_give_methods_to_types_that_implement_enough():
    head = HEAD.replace("use lending::{", "use chrono::Something;\nuse lending::{")

    assert brief(judge("<<books.iter().gather_all()>>;", head=head)) == "unknown"
    assert brief(judge("<<book.anything()>>;", head=head)) == "method anything"
    assert brief(judge("<<book.anything()>>;", head=head.replace("Something", "*"))) == "unknown"
    assert brief(judge("<<books.iter().gather_all()>>;")) == "method gather_all"


def test_a_name_that_occurs_nowhere_is_refuted_by_the_closed_world_only_where_all_crates_are_indexed():
    manifest = b'[package]\nname = "tiny"\nedition = "2021"\n'
    closed = build("tiny", [("Cargo.toml", manifest), ("src/lib.rs", b"")])
    opened = build("tiny", [("Cargo.toml", manifest + b"[dependencies]\nlog = '1'\n"), ("src/lib.rs", b"")])
    head = "fn f(x: impl Fn()) { let y = Default::default(); "

    found = judge("<<y.frobnicate_all()>>;", head, closed, "src/lib.rs")

    assert (brief(found), found.basis) == ("method frobnicate_all", "closed_world")
    assert brief(judge("<<y.frobnicate_all()>>;", head, opened, "src/lib.rs")) == "unknown"
    assert brief(judge("<<y.unwrap_or_default()>>;", head, closed, "src/lib.rs")) == "unknown"


def test_a_crate_that_is_indexed_is_known():
    case = Case("src/desk.rs", "fn f() { ", "chrono::now_or_never()", "; }")
    chrono = build("chrono", [("Cargo.toml", b'[package]\nname = "chrono"\n'), ("src/lib.rs", b"pub fn now() {}\n")])

    assert brief(check(case, INDEX)) == "unknown"
    assert brief(check(case, merge([INDEX, chrono]))) == "method now_or_never"


def test_the_checked_text_counts_and_not_what_the_index_knows_of_that_file():
    text = FILES["src/books.rs"].decode().replace("pub fn reader(", "pub fn renter(")

    assert brief(judge("<<b.renter()>>;", text + "fn f(b: &Book) {", path="src/books.rs")) == "valid"
    assert brief(judge("<<b.reader()>>;", text + "fn f(b: &Book) {", path="src/books.rs")) == "method reader"


def test_a_file_that_no_module_declares_is_judged_by_itself():
    index = build("r", [("a.rs", b"")])

    assert brief(judge("<<x>>;", "fn f(x: u8) {", index, "elsewhere/b.rs")) == "valid"
    assert brief(judge("<<crate::anything()>>;", "fn f(x: u8) {", index, "elsewhere/b.rs")) == "unknown"


@pytest.mark.parametrize("statement", ["<<book.heading>> ]", "book.<<heading(>>", "let = <<x>>"])
def test_code_that_does_not_parse_around_the_hole_is_unknown(statement):
    assert brief(judge(statement)) == "unknown"
