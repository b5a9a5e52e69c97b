"""Rust: methods that several types on the way to a value have, and what is written in place of a type."""

import pytest
from support.verdicts import brief
from unit.verifier.rust.library import HEAD, judge

OPENED = "use std::cell::RefCell; use std::rc::Rc; use std::fmt::Write as _; let kept: &Rc<RefCell<Book>> = todo!(); "


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("let open = kept.borrow(); <<open.title>>;", ("valid", "unknown")),
        ("<<kept.borrow().title>>;", ("valid", "unknown")),
        ("<<kept.borrow_mut().fold_pages()>>;", ("unknown", "method fold_pages")),
        ("let other = kept.clone(); <<other.fold_pages()>>;", ("method fold_pages",)),
        ("let (a, b): (Vec<<<_>>>, u8) = todo!();", ("valid", "unknown")),
        ("<<let read: Vec<_> = Vec::<Book>::new();>>", ("valid",)),
    ],
)
def test_a_trait_that_may_not_be_in_scope_does_not_hide_what_a_value_refers_to(statement, verdict):
    assert brief(judge(statement, HEAD + OPENED)) in verdict
