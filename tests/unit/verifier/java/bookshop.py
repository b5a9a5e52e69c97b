"""A small bookshop in Java, and verdicts on completions in it."""

from __future__ import annotations

from solulu.verifier.case import Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from solulu.verifier.repository import SymbolIndex
from support.verdicts import marked

BOOK = b"""package shop.books;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A book. */
public class Book extends Item implements Comparable<Book> {
    public static final int LIMIT = 3;
    private final List<Author> authors = new ArrayList<>();
    protected Genre genre = Genre.NOVEL;
    public Map<String, Review> reviews;

    public Book(String title) { super(title); }
    public Book(String title, int pages) { super(title); }

    public String title() { return name(); }
    public List<Author> authors() { return authors; }
    public Author[] everybody() { return authors.toArray(new Author[0]); }
    public Optional<Author> first() { return authors.stream().findFirst(); }
    public <T> T convert(Class<T> kind) { return kind.cast(this); }
    public <T extends Item> T same(T other) { return other; }
    public Book with(String title) { return this; }
    public Book with(String title, Author... others) { return this; }
    @Override public int compareTo(Book other) { return 0; }
    public static Book of(String title) { return new Book(title); }

    public enum Genre { NOVEL, ESSAY; public boolean isLong() { return true; } }
    public interface Visitor { void visit(Book book); default void leave() { } }
    public static class Shelf<T extends Item> {
        public T top;
        public T take() { return top; }
        public List<? extends T> all() { return null; }
    }
}
"""
ITEM = b"""package shop.books;

public abstract class Item {
    private final String name;
    private int secret;
    protected int stock;
    protected Item(String name) { this.name = name; }
    public String name() { return name; }
    public Item self() { return this; }
    private void hidden() { }
}
"""
AUTHOR = b"""package shop.books;

public record Author(String name, int... years) {
    public static final Author NOBODY = new Author("");
    public boolean isAlive() { return years.length == 1; }
}
"""
REVIEW = b"""package shop.books;

public interface Review {
    int stars();
    default String text() { return ""; }
    static Review none() { return () -> 0; }
}
"""
TAGGED = b"""package shop.books;

public @interface Tagged { String value() default ""; int weight() default 1; }
"""
FOREIGN = b"""package shop.web;

import com.acme.web.Controller;
import lombok.Data;
import shop.books.Book;

public class Page extends Controller {
    public Book book;
    public void show() { }
}

@Data
class Form { String text; }
"""
FORM = b"""package shop.forms;

import lombok.Getter;

@Getter
public class Form { private String text; public void send() { } }
"""
TOOLS = b"""package shop.tools;

public final class Tools {
    public static final String NAME = "tools";
    public static int twice(int number) { return 2 * number; }
    public static <T> T checked(T value) { return value; }
}
"""
MESSAGES = b"""syntax = "proto3";
option java_package = "shop.wire";
message Order { string title = 1; }
"""
WIRE = b"""package shop.wire;

public class Codec { }
"""
FILES = {
    "core/src/main/java/shop/books/Book.java": BOOK,
    "core/src/main/java/shop/books/Item.java": ITEM,
    "core/src/main/java/shop/books/Author.java": AUTHOR,
    "core/src/main/java/shop/books/Review.java": REVIEW,
    "core/src/main/java/shop/books/Tagged.java": TAGGED,
    "core/src/main/java/shop/tools/Tools.java": TOOLS,
    "web/src/main/java/shop/web/Page.java": FOREIGN,
    "web/src/main/java/shop/forms/Form.java": FORM,
    "web/src/main/proto/order.proto": MESSAGES,
    "web/src/main/java/shop/wire/Codec.java": WIRE,
}
INDEX = build("shop", FILES.items())
PATH = "core/src/test/java/shop/books/BookTest.java"
HEAD = """package shop.books;

import java.io.IOException;
import java.util.*;
import java.util.function.Function;
import shop.tools.Tools;
import static shop.tools.Tools.twice;

class BookTest extends Book {
    private int count;
    private Book other;
    private final Book.Shelf<Book> shelf = new Book.Shelf<>();

    BookTest() { super("test"); }

    int work(Book book, String text, List<Book> many, Shelf<Author> raw, Object thing) throws IOException {
        """
TAIL = "\n        return 0;\n    }\n}\n"


def judge(text: str, path: str = PATH, index: SymbolIndex = INDEX) -> Verdict:
    """The verdict on what stands between << and >> in a whole file."""
    return check(marked(path, text), index)


def body(statements: str) -> str:
    """A file with statements in a method."""
    return HEAD + statements + TAIL
