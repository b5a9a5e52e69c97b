"""Java: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from support.verdicts import brief
from unit.verifier.java.bookshop import FILES, HEAD, INDEX, TAIL, body, judge


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        # members of declared types: locals, parameters, fields, results, inheritance
        ("<<book.title()>>;", "valid"),
        ("<<book.caption()>>;", "method caption"),
        ("<<book.name().trim()>>;", "valid"),
        ("<<book.name().shout()>>;", "method shout"),
        ("<<other.self().name()>>;", "valid"),
        ("<<other.self().title()>>;", "method title"),
        ("<<book.genre.isLong()>>;", "valid"),
        ("<<book.style>>;", "undefinedvariable style"),
        ("Author[] all = book.everybody(); <<all.length>>;", "valid"),
        ("Author[] all = book.everybody(); <<all.size>>;", "undefinedvariable size"),
        ("<<book.everybody()[0].isAlive()>>;", "valid"),
        ("<<book.everybody()[0].isDead()>>;", "method isDead"),
        ("<<text.length()>>;", "valid"),
        ("<<text.size()>>;", "method size"),
        ("<<text.length().abs()>>;", "method abs"),
        ('<<("a" + count).strip()>>;', "valid"),
        ("<<((Book) thing).authors()>>;", "valid"),
        ("<<((Book) thing).writers()>>;", "method writers"),
        ('<<new Book("a").title()>>;', "valid"),
        ('<<new Book("a").titel()>>;', "method titel"),
        ("<<this.other.title()>>;", "valid"),
        ("<<this.another.title()>>;", "undefinedvariable another"),
        ("<<super.title()>>;", "valid"),
        ("<<super.titles()>>;", "method titles"),
        ("<<thing.wait()>>;", "valid"),
        ("<<thing.title()>>;", "method title"),
        # bare names and calls
        ("<<count + stock + LIMIT>>;", "valid"),
        ("<<counter>>++;", "undefinedvariable counter"),
        ("<<title()>>;", "valid"),
        ("<<caption()>>;", "method caption"),
        ("<<twice(1)>>;", "valid"),
        ("<<thrice(1)>>;", "method thrice"),
        ("int fresh = 1; <<fresh>>++;", "valid"),
        ("<<late>>++; int late = 1;", "undefinedvariable late"),
        ("{ int inner = 1; } <<inner>>++;", "undefinedvariable inner"),
        # static members, nested types, enums, records, interfaces
        ("<<Tools.NAME.isEmpty()>>;", "valid"),
        ("<<Tools.LABEL>>;", "undefinedvariable LABEL"),
        ("<<Tools.half(1)>>;", "method half"),
        ('<<Genre.valueOf("NOVEL").ordinal()>>;', "valid"),
        ("<<Genre.values()[0].isShort()>>;", "method isShort"),
        ("<<Genre.DRAMA>>;", "undefinedvariable DRAMA"),
        ("<<Author.NOBODY.years().length>>;", "valid"),
        ("<<Author.NOBODY.birthday()>>;", "method birthday"),
        ("<<Review.none().text()>>;", "valid"),
        ("<<Review.some().text()>>;", "method some"),
        ("<<Map.Entry<String, Book>>> entry = null;", "valid"),
        ("<<Map.Pair<String, Book>>> entry = null;", "undefinedvariable Pair"),
        ("<<java.util.List<String>>> list = null;", "valid"),
        ("<<java.util.Lists.of()>>;", "undefinedvariable Lists"),
        ("<<javax.xml.bind.JAXB.marshal(1, text)>>;", "unknown"),
        ("<<javax.xml.bind.JAXBElement>> element = null;", "unknown"),
        ("<<Boook>> one = null;", "undefinedvariable Boook"),
        ("<<new Boook(1)>>;", "undefinedvariable Boook"),
        # generics, by what is written out
        ("for (Book one : many) { <<one.title()>>; }", "valid"),
        ("for (Book one : many) { <<one.caption()>>; }", "method caption"),
        ("for (var one : many) { <<one.caption()>>; }", "method caption"),
        ("<<many.get(0).title()>>;", "valid"),
        ("<<many.get(0).caption()>>;", "method caption"),
        ("<<many.iterator().next().caption()>>;", "method caption"),
        ("<<shelf.take().title()>>;", "valid"),
        ("<<shelf.take().caption()>>;", "method caption"),
        ("<<shelf.all().get(0).caption()>>;", "method caption"),
        ('<<reviews.get("a").stars()>>;', "valid"),
        ('<<reviews.get("a").points()>>;', "method points"),
        ("<<book.first().get().isAlive()>>;", "valid"),
        ("<<book.first().get().isDead()>>;", "method isDead"),
        ("<<book.convert(String.class).trim()>>;", "valid"),
        ("<<book.convert(String.class).stars()>>;", "method stars"),
        ("<<book.convert(null).stars()>>;", "unknown"),
        ("<<Tools.checked(book).stars()>>;", "method stars"),
        ("<<many.stream().map(one -> one.first()).toList().get(0).get().isAlive()>>;", "valid"),
        ("<<many.stream().map(one -> one.first()).toList().get(0).get().isDead()>>;", "method isDead"),
        ("<<many.stream().map(Book::authors).toList().get(0).get(0).isDead()>>;", "method isDead"),
        ("many.stream().map(one -> { return one.first(); }).forEach(one -> <<one.stars()>>);", "unknown"),
        ("reviews.forEach((key, review) -> <<review.stars()>>);", "valid"),
        ("reviews.forEach((key, review) -> <<review.points()>>);", "method points"),
        ("Function<Book, String> f = one -> <<one.caption()>>;", "method caption"),
        ("List list = many; <<list.get(0).stars()>>;", "unknown"),
        ("many.forEach(one -> <<one.caption()>>);", "method caption"),
        ("var list = new ArrayList<>(many); <<list.get(0).stars()>>;", "unknown"),
        # overloads and arity
        ('<<book.with("a").with("a", null, null)>>;', "valid"),
        ("<<book.with()>>;", "parameter with"),
        ("<<new Book()>>;", "parameter Book"),
        ("<<Author.NOBODY.isAlive(1)>>;", "parameter isAlive"),
        ('<<new Author("a", 1, 2)>>;', "valid"),
        ("<<text.substring(1, 2)>>;", "valid"),
        ("<<text.substring(1, 2, 3)>>;", "parameter substring"),
        # patterns, switches, labels, lambdas, references, catches
        ("if (thing instanceof Book found) { <<found.title()>>; }", "valid"),
        ("if (thing instanceof Book found) { <<found.caption()>>; }", "method caption"),
        ("if (!(thing instanceof Book found)) return 1; <<found.caption()>>;", "method caption"),
        ("switch (book.genre) { case <<ESSAY>>: break; }", "valid"),
        ("switch (book.genre) { case <<DRAMA>>: break; }", "undefinedvariable DRAMA"),
        (
            "int n = switch (book.genre) { case NOVEL -> 1; case <<POEM>> -> 2; default -> 3; };",
            "undefinedvariable POEM",
        ),
        ("out: while (true) { break <<out>>; }", "valid"),
        ("out: while (true) { break <<away>>; }", "undefinedvariable away"),
        ("Function<Book, String> f = <<Book::title>>;", "valid"),
        ("Function<Book, String> f = <<Book::caption>>;", "method caption"),
        ("Function<Book, String> f = (Book b) -> <<b.caption()>>;", "method caption"),
        ("try { work(null, null, null, null, null); } catch (IOException e) { <<e.getMessage()>>; }", "valid"),
        ("try { work(null, null, null, null, null); } catch (IOException e) { <<e.getText()>>; }", "method getText"),
        ("try { } catch (IllegalStateException | IllegalArgumentException e) { <<e.getText()>>; }", "method getText"),
        # classes within methods
        ("class Local { int size; } <<new Local().size>>++;", "valid"),
        ("class Local { int size; } <<new Local().width>>++;", "undefinedvariable width"),
        ("Visitor v = new Visitor() { public void visit(Book b) { <<b.caption()>>; } };", "method caption"),
        ("Visitor v = new Visitor() { public void visit(Book b) { <<leave(); count++;>> } };", "valid"),
        ("Visitor v = new Visitor() { public void visit(Book b) { <<depart()>>; } };", "method depart"),
        ('new Book("a").<<title()>>; class Book { int pages; } new Book().pages++;', "valid"),
        ("book.title(); class Book { int pages; } <<new Book().pages>>++;", "valid"),
        ("class Book { Book me() { return this; } } new Book().<<me().me()>>;", "valid"),
        # primitive types where an object is needed
        (
            "many.stream().map(b -> (char) b.hashCode()).map(Character::toUpperCase).toList().get(0).<<charValue()>>;",
            "unknown",
        ),
        ("var size = many.isEmpty() ? null : 1; <<size.intValue()>>;", "valid"),
        ("var size = many.isEmpty() ? null : 1; <<size.inches()>>;", "method inches"),
        # what only the completion declares
        ("<<int made = 1; made++;>>", "valid"),
        ('<<Book made = Book.of("a"); made.caption();>>', "method caption"),
        # nothing that is a name
        ("int n = <<1 + 2>>;", "valid"),
        ('String s = <<"book.caption()">>; // missing()', "valid"),
    ],
)
def test_names_in_a_method_are_looked_up_as_the_language_says(statement, verdict):
    assert brief(judge(body(statement))) == verdict


@pytest.mark.parametrize(
    ("imported", "verdict"),
    [
        ("import <<java.util.List>>;", "valid"),
        ("import <<java.util.Liste>>;", "import Liste"),
        ("import <<java.util.Map.Entry>>;", "valid"),
        ("import <<java.util.Map.Pair>>;", "import Pair"),
        ("import <<shop.books.Author>>;", "valid"),
        ("import <<shop.books.Writer>>;", "import Writer"),
        ("import <<shop.books.*>>;", "valid"),
        ("import static <<shop.tools.Tools.twice>>;", "valid"),
        ("import static <<shop.tools.Tools.thrice>>;", "import thrice"),
        ("import <<com.acme.web.Controller>>;", "unknown"),
        ("import <<javax.inject.Inject>>;", "unknown"),
        ("import <<javax.xml.bind.JAXBElement>>;", "unknown"),
        ("import <<shop.books.covers.Cover>>;", "unknown"),
        ("import <<shop.wire.Order>>;", "unknown"),
    ],
)
def test_imports_are_of_what_the_repository_and_the_standard_library_have(imported, verdict):
    assert brief(judge(f"package shop.front;\n{imported}\nclass A {{ }}\n", "front/A.java")) == verdict


def test_a_package_is_made_up_where_only_the_repository_could_have_it():
    book = ("src/org/shop/books/Book.java", b"package org.shop.books; public class Book { }")
    page = ("src/org/shop/web/Page.java", b"package org.shop.web; import org.shop.books.Book; public class Page { }")
    stray = ("src/org/shop/web/Stray.java", b"package org.shop.web; import org.shop.other.Thing; class Stray { }")
    text = "package org.shop.web;\nimport <<org.shop.boooks.Book>>;\nclass A { }\n"

    assert brief(judge(text, "src/org/shop/web/A.java", build("shop", [book, page]))) == "import boooks"
    assert brief(judge(text, "src/org/shop/web/A.java", build("shop", [book, page, stray]))) == "unknown"


def test_a_class_that_other_files_use_may_be_a_dependencys_share_of_a_package():
    book = ("src/org/shop/books/Book.java", b"package org.shop.books; public class Book { Binding binding; }")
    text = "package org.shop.books;\nclass A { <<%s>> field; }\n"
    index = build("shop", [book])

    assert brief(judge(text % "Binding", "src/org/shop/books/A.java", index)) == "unknown"
    assert brief(judge(text % "Bindings", "src/org/shop/books/A.java", index)) == "undefinedvariable Bindings"


@pytest.mark.parametrize(
    ("file", "verdict"),
    [
        # a supertype, an annotation processor or a star import that is not known may bring anything
        ("class A extends com.acme.Base { void f() { <<anything()>>; } }", "unknown"),
        ("class A extends com.acme.Base { int x; void f() { <<this.anything>>++; } }", "unknown"),
        ("import com.acme.*;\nclass A { void f() { <<new Anything()>>; } }", "unknown"),
        ("import static com.acme.Tools.*;\nclass A { void f() { <<anything()>>; } }", "unknown"),
        ("import static com.acme.Tools.known;\nclass A { void f() { <<known()>>; } }", "valid"),
        ("import com.acme.Thing;\nclass A { void f(Thing t) { <<t.anything()>>; } }", "unknown"),
        ("import shop.forms.Form;\nclass A { void f(Form t) { <<t.send()>>; } }", "valid"),
        ("import shop.forms.Form;\nclass A { void f(Form t) { <<t.getText()>>; } }", "unknown"),
        ("import shop.web.Page;\nclass A { void f(Page p) { <<p.show()>>; p.book.title(); } }", "valid"),
        ("import shop.web.Page;\nclass A { void f(Page p) { <<p.render()>>; } }", "unknown"),
        ("import shop.web.Page;\nclass A { void f(Page p) { <<p.book.caption()>>; } }", "method caption"),
        # what is certain stays so
        ("class A { <T> void f(T t) { <<t.hashCode()>>; } }", "valid"),
        ("class A { <T> void f(T t) { <<t.size()>>; } }", "method size"),
        ("class A<T extends shop.books.Item> { T t; void f() { <<t.name()>>; } }", "valid"),
        ("class A<T extends shop.books.Item> { T t; void f() { <<t.label()>>; } }", "method label"),
        ("class A { A next; void f() { <<next.next.next>> = null; } }", "valid"),
        ("class A { void f() { <<g()>>; } class B { void g() { } } }", "method g"),
        ("class A { void g() { } class B { void f() { <<g()>>; } } }", "valid"),
        (
            'import shop.books.Item;\nclass A extends Item { A() { super(""); } int f() { return <<secret>>; } }',
            "unknown",
        ),
        ("enum E { ONE { boolean on() { return <<super.on()>>; } }; boolean on() { return true; } }", "valid"),
        ("enum E { ONE { boolean on() { return <<super.off()>>; } }; boolean on() { return true; } }", "method off"),
        ("enum E { ONE(1), <<TWO(2, 3)>>; E(int n) { } }", "parameter E"),
        ("record R(int size) { R { if (<<size>> < 0) throw new IllegalArgumentException(); } }", "valid"),
        ("record R(int size) { int f() { return <<width()>>; } }", "method width"),
        ("@<<Deprecated>> class A { }", "valid"),
        ("@<<Obsolete>> class A { }", "undefinedvariable Obsolete"),
        ("@shop.books.Tagged(<<weight = 2>>) class A { }", "valid"),
        ("@shop.books.Tagged(<<mass = 2>>) class A { }", "parameter mass"),
        ("class A { List<<<String>>> list; }", "valid"),
        ("class A implements <<Runnabel>> { }", "undefinedvariable Runnabel"),
        ("interface I { void f(); }\nclass A { void g(I i) { <<i.toString(); i.f();>> } }", "valid"),
        ("module m { requires <<java.base>>; }", "unknown"),
        # code that cannot be read
        ("class A { void f( { <<anything()>>; } }", "unknown"),
        ("class A { void f() { <<anything(>>; } }", "unknown"),
    ],
)
def test_what_is_not_followed_to_its_end_is_left_open(file, verdict):
    assert brief(judge(f"package shop.front;\n{file}\n", "front/src/main/java/shop/front/A.java")) == verdict


def test_of_two_methods_that_are_inherited_side_by_side_either_may_be_meant():
    text = """package shop.front;
import shop.books.*;
interface Near<T> { T get(); }
interface Far { Author get(); }
interface Both extends Near<Object>, Far { }
class A { void f(Both b) { <<%s>>; } }
"""

    assert brief(judge(text % "b.get().hashCode()")) == "valid"
    assert brief(judge(text % "b.get().isAlive()")) == "unknown"
    assert brief(judge(text % "b.get().isDead()")) == "method isDead"


def test_a_cut_name_counts_as_a_whole():
    assert brief(judge(body("book.ti<<tle()>>;"))) == "valid"
    assert brief(judge(body("book.ti<<ger()>>;"))) == "method tiger"


def test_a_name_that_occurs_nowhere_is_refuted_where_everything_in_sight_is_indexed():
    statement = "List list = many; <<list.get(0).{}()>>;"

    invented, real = judge(body(statement.format("zebraCrossing"))), judge(body(statement.format("stars")))

    assert (brief(invented), invented.basis) == ("method zebraCrossing", "closed_world")
    assert real.verdict == "unknown"


def test_the_file_as_it_is_with_the_completion_counts_whatever_the_index_says():
    path = "core/src/main/java/shop/books/Item.java"
    text = "package shop.books;\nabstract class Item { void sell() { } void f(Book b) { <<b.sell()>>; b.name(); } }\n"

    assert brief(judge(text, path)) == "valid"
    assert brief(judge(text.replace("<<b.sell()>>; b.name()", "<<b.name()>>"), path)) == "method name"


def test_evidence_is_worded_like_the_compiler_and_names_real_candidates():
    verdict = judge(body("<<book.tittle()>>;"))

    assert verdict.evidence is not None
    assert verdict.evidence.message == "cannot find symbol: method tittle(), location: class Book"
    assert (verdict.evidence.line, verdict.evidence.column) == (17, 14)
    assert verdict.evidence.candidates[0] == "title"
    assert verdict.evidence.signatures[0] == "String title()"


def test_a_repository_of_several_languages_may_have_types_that_java_does_not_see():
    kotlin = ("core/src/main/kotlin/shop/books/Cover.kt", b"package shop.books\n\nclass Cover\n")
    index = build("shop", [*FILES.items(), kotlin])

    assert brief(judge(body("<<Cover>> cover = null;"), index=index)) == "unknown"
    assert brief(judge(body("<<Cover>> cover = null;"))) == "undefinedvariable Cover"


def test_a_package_from_which_others_import_what_is_not_here_is_not_complete():
    user = (
        "web/src/main/java/shop/web/User.java",
        b"package shop.web;\nimport shop.books.Elsewhere;\nclass User { }\n",
    )
    index = build("shop", [*FILES.items(), user])

    assert brief(judge(body("<<Cover>> cover = null;"), index=index)) == "unknown"


def test_types_of_two_repositories_are_seen_together():
    other = build(
        "other", [("src/org/tools/Hammer.java", b"package org.tools; public class Hammer { public void hit() { } }")]
    )
    text = "package shop.front;\nimport org.tools.Hammer;\nclass A { void f(Hammer h) { <<h.hit()>>; } }\n"

    assert brief(judge(text, "front/A.java", merge([INDEX, other]))) == "valid"
    assert brief(judge(text, "core/src/main/java/shop/books/Book.java", merge([INDEX, other]))) == "valid"


def test_two_definitions_of_one_class_leave_the_members_open_that_the_first_lacks():
    second = ("core/src/main/java9/shop/books/Author.java", b"package shop.books; class Author { void sign() { } }")
    index = build("shop", [*FILES.items(), second])

    assert brief(judge(body("<<Author.NOBODY.sign()>>;"), index=index)) == "unknown"
    assert brief(judge(body("<<Author.NOBODY.sign()>>;"))) == "method sign"


def test_bytes_that_are_no_text_are_no_reason_to_fail():
    case = Case("core/src/test/java/shop/books/BookTest.java", HEAD + "\ud800", "book.title()", ";" + TAIL)

    assert check(case, INDEX).verdict in ("unknown", "valid")
