"""Go: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from support.verdicts import brief
from unit.verifier.go.shop import FILES, HEAD, INDEX, body, judge


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        # members of types that are declared here, through parameters, results, fields and containers
        ("<<s.Find>>(`a`)", "valid"),
        ("<<s.Fetch>>(`a`)", "method Fetch"),
        ("part, err := s.Find(`a`); _ = err; <<part.Size>>", "valid"),
        ("part, err := s.Find(`a`); _ = err; <<part.Weight>>", "undefinedvariable Weight"),
        ("part, err := s.Find(`a`); _ = part; <<err.Error()>>", "valid"),
        ("part, err := s.Find(`a`); _ = part; <<err.Message()>>", "method Message"),
        ("for name, part := range s.All() { _ = name; <<part.Owner.Keep(part)>> }", "valid"),
        ("for name, part := range s.All() { _ = name; <<part.Owner.Hold(part)>> }", "method Hold"),
        ("for i, part := range s.Each() { _ = i; <<part.Sise>> }", "undefinedvariable Sise"),
        ("for i := range 3 { <<i.Next()>> }", "method Next"),
        ("m := map[string][]*store.Part{}; <<m[`a`][0].Size>>", "valid"),
        ("m := map[string][]*store.Part{}; <<m[`a`][0].Sizes>>", "undefinedvariable Sizes"),
        ("c := make(chan *store.Part); <<(<-c).Sizes>>", "undefinedvariable Sizes"),
        ("select { case x := <-make(chan store.Part): <<x.Sizes>> }", "undefinedvariable Sizes"),
        ("x := new(store.Part); <<x.Sizes>>", "undefinedvariable Sizes"),
        ("x := &store.Part{}; <<x.Sizes>>", "undefinedvariable Sizes"),
        ("var x interface{} = s; <<x.(*store.Store).Find(``)>>", "valid"),
        ("var x interface{} = s; <<x.(*store.Store).Finds(``)>>", "method Finds"),
        ("x, ok := any(s).(*store.Store); _ = ok; <<x.Finds(``)>>", "method Finds"),
        ("switch x := any(s).(type) { case *store.Part: <<x.Find>> }", "undefinedvariable Find"),
        ("switch x := any(s).(type) { case *store.Part, *store.Store: <<x.Find>> }", "unknown"),
        ("xs := append([]*store.Part(nil), p); <<xs[1:][0].Sizes>>", "undefinedvariable Sizes"),
        ("f := func() *store.Part { return p }; <<f().Sizes>>", "undefinedvariable Sizes"),
        ("x := struct{ width int }{1}; <<x.width>>", "valid"),
        ("x := struct{ width int }{1}; <<x.height>>", "undefinedvariable height"),
        ("<<store.Default.Finds(``)>>", "method Finds"),
        ("var a store.Alias; <<a.Finds(``)>>", "method Finds"),
        ("x := (*store.Store).Find; _ = x; <<(*store.Store).Find>>", "valid"),
        # embedded structs and interfaces
        ("var i store.Item[int]; <<i.Touch(time.Now())>>", "valid"),
        ("var i store.Item[int]; <<i.Lock()>>", "valid"),
        ("var i store.Item[int]; <<i.ID.Short()>>", "valid"),
        ("var i store.Item[int]; <<i.ID.Long()>>", "method Long"),
        ("var i store.Item[int]; <<i.Rename(``).Base.Poke()>>", "method Poke"),
        ("<<k.Close()>>", "valid"),
        ("<<k.Open()>>", "method Open"),
        ("var i store.Item[int]; x, err := i.OnSale(3); _ = err; <<x.Sizes>>", "undefinedvariable Sizes"),
        # what is unexported is not there for others
        ("var i store.Item[int]; <<i.secret()>>", "method secret"),
        ("<<store.limit>>", "undefinedvariable limit"),
        # packages
        ("<<store.New(`a`)>>", "valid"),
        ("<<store.Make(`a`)>>", "method Make"),
        ("<<strings.ToUpper(`a`)>>", "valid"),
        ("<<strings.Uppercase(`a`)>>", "method Uppercase"),
        ("<<http.StatusTeapot>>", "valid"),
        ("<<http.StatusTeacup>>", "undefinedvariable StatusTeacup"),
        ("r, err := http.NewRequest(`GET`, ``, nil); _ = err; <<r.Header.Set(``, ``)>>", "valid"),
        ("r, err := http.NewRequest(`GET`, ``, nil); _ = err; <<r.Header.Put(``, ``)>>", "method Put"),
        ("d := 2 * time.Second; <<d.Seconds()>>", "valid"),
        ("d := 2 * time.Second; <<d.Fortnights()>>", "method Fortnights"),
        # names
        ("<<p>>", "valid"),
        ("<<q>>", "undefinedvariable q"),
        ("<<q.Find>>", "undefinedvariable q"),
        ("{ inner := 1; _ = inner }; <<inner>>", "undefinedvariable inner"),
        ("if v := 1; v > 0 { <<v>> }", "valid"),
        ("x := <<x>>", "undefinedvariable x"),
        ("<<recycle(p)>>", "undefinedvariable recycle"),
        ("<<len(`a`)>>", "valid"),
        ("var x <<store.Parts>>", "undefinedvariable Parts"),
        ("var x <<Part>>", "undefinedvariable Part"),
        ("type local struct{ a int }; <<local{a: 1}>>", "valid"),
        ("loop: for { break <<loop>> }", "valid"),
        ("loop: for { break <<lop>> }", "undefinedvariable lop"),
        # names that only the completion declares, and names that it cuts
        ("<<fresh := 1; _ = fresh>>", "valid"),
        ("s.Fi<<nd(``)>>", "valid"),
        ("s.Fi<<sh(``)>>", "method Fish"),
        # struct literals
        ("<<store.Part{Size: [2]int{}}>>", "valid"),
        ("<<store.Part{Weight: 1}>>", "parameter Weight"),
        ("<<[]*store.Part{{Size: x}}>>", "undefinedvariable x"),
        ("<<[]*store.Part{{Weight: 1}}>>", "parameter Weight"),
        ("<<map[string]store.Part{`a`: {Weight: 1}}>>", "parameter Weight"),
        ("<<map[string]int{key: 1}>>", "undefinedvariable key"),
        ("<<http.Client{Timeout: time.Second}>>", "valid"),
        ("<<http.Client{Deadline: time.Second}>>", "parameter Deadline"),
        ("<<money.Cash{Cents: 1}>>", "unknown"),
        # numbers of arguments
        ("<<store.New()>>", "parameter New"),
        ("<<store.New(`a`, `b`)>>", "parameter New"),
        ("<<k.Keep(p)>>", "valid"),
        ("<<k.Keep(p, `a`, `b`)>>", "valid"),
        ("<<k.Keep()>>", "parameter Keep"),
        ("<<k.Keep(both())>>", "undefinedvariable both"),
        ("pair := func() (int, int) { return 1, 2 }; add := func(a, b int) {}; <<add(pair())>>", "valid"),
        # what comes from elsewhere is open
        ("<<any1.Cents()>>", "unknown"),
        ("<<money.Parse(`1`)>>", "unknown"),
        ("<<store.Paid().Cents()>>", "unknown"),
        ("var i store.Item[int]; <<i.Price.Cents()>>", "unknown"),
        ("xs := store.Map([]int{}, fmt.Sprint); <<xs[0].Anything()>>", "unknown"),
        # build variants: any of them defines
        ("<<store.Sync(1)>>", "valid"),
        ("<<store.Sync(1, 2)>>", "valid"),
        ("var d store.Disk; <<d.Inode>>", "valid"),
        ("var d store.Disk; <<d.Handle>>", "valid"),
        ("var d store.Disk; <<d.Sector>>", "undefinedvariable Sector"),
        ("<<store.Red.String()>>", "valid"),
        ("<<store.Green.Name()>>", "method Name"),
        # not names
        ("// <<s.Fetch>>", "unknown"),
        ("x := `<<s.Fetch>>`", "unknown"),
        ("<<return>>", "valid"),
        ("<<s.Find((>>", "unknown"),
    ],
)  # fmt: skip
def test_what_stands_in_a_function_is_judged(statement, verdict):
    assert brief(judge(body(statement))) == verdict


@pytest.mark.parametrize(
    ("declaration", "verdict"),
    [
        ("func (m *Mine) Get() int { return <<m.count>> }\ntype Mine struct{ count int }", "valid"),
        ("func (m *Mine) Get() int { return <<m.total>> }\ntype Mine struct{ count int }", "undefinedvariable total"),
        ("type Mine struct{ store.Part; foreign money.Amount }\nvar m Mine\nvar n = <<m.Size>>", "valid"),
        ("type Mine struct{ money.Amount }\nvar m Mine\nvar n = <<m.Size>>", "unknown"),
        ("type Mine struct{ <<store.Parts>> }", "undefinedvariable Parts"),
        ("func of[T store.Keeper](t T) { <<t.Keep>> }", "unknown"),
        ("func of[T any](t T) (u <<T>>) { return t }", "valid"),
        ("func of[T any](t T) (u <<U>>) { return t }", "undefinedvariable U"),
        ("type List[T any] struct{ head T }\nfunc (l *List[E]) First() <<E>> { return l.head }", "valid"),
        ("func named() (count int, err error) { <<count = 1; return>> }", "valid"),
        ("func named() (count int, err error) { <<total = 1; return>> }", "undefinedvariable total"),
        ("var first = second\nvar second = <<first>>", "valid"),
        ("<<type Mine struct{ one int }\n\nfunc (m Mine) One() int { return m.one }>>", "valid"),
        ("type Shout string\nfunc f(x Shout) { <<x.Loud()>> }", "method Loud"),
        ("type Inner interface{ Do() }\ntype Outer interface{ Inner }\nfunc f(x Outer) { <<x.Do()>> }", "valid"),
        ("type Loop struct{ *Loop }\nfunc f(x Loop) { <<x.None()>> }", "method None"),
        ("type List[T any] struct{ head <<T>> }", "valid"),
        ("type List[T any] struct{ head <<U>> }", "undefinedvariable U"),
        ("type Named[T any] = map[string]<<T>>", "valid"),
        (
            "type T struct{}\ntype A = T\ntype P = *A\nfunc (a A) On() {}\nfunc f(t T, p P) { <<t.On(); p.On()>> }",
            "valid",
        ),
        ("type T struct{}\ntype A = T\nfunc (a A) On() {}\nfunc f(t T) { <<t.Off()>> }", "method Off"),
        ("type A B\ntype B A\nfunc f(x A) { <<x.None()>> }", "unknown"),
        ("var a = b\nvar b = a\nfunc f() { <<a.None()>> }", "unknown"),
    ],
)
def test_what_stands_at_the_top_of_a_file_is_judged(declaration, verdict):
    assert brief(judge(HEAD % "checkout" + declaration)) == verdict


@pytest.mark.parametrize(
    ("imported", "verdict"),
    [
        ('"strings"', "valid"),
        ('"string"', "import string"),
        ('"encoding/jsonx"', "import encoding/jsonx"),
        ('"example.com/shop/store"', "valid"),
        ('"example.com/shop/stores"', "import example.com/shop/stores"),
        ('"github.com/acme/paint"', "valid"),
        ('"github.com/acme/money/cash"', "unknown"),
        ('"github.com/nobody/nothing"', "unknown"),
        ('"C"', "unknown"),
        ('keep "example.com/shop/store"', "valid"),
    ],
)
def test_imports_mean_the_standard_library_the_module_or_what_is_vendored(imported, verdict):
    assert brief(judge(f"package checkout\n\nimport <<{imported}>>\n")) == verdict


def test_evidence_is_worded_as_the_compiler_does_and_names_the_nearest():
    verdict = judge(body("<<s.Fin(`a`)>>"))

    assert verdict.basis == "resolved"
    assert verdict.evidence.message == "s.Fin undefined (type *store.Store has no field or method Fin)"
    assert verdict.evidence.candidates[0] == "Find"
    assert verdict.evidence.signatures[0] == "(name string) (*Part, error)"
    assert (verdict.evidence.line, verdict.evidence.column) == (14, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (body("<<thing>>"), "undefined: thing"),
        (body("<<strings.Upper(`a`)>>"), "undefined: strings.Upper"),
        (body("<<store.Part{Weight: 1}>>"), "unknown field Weight in struct literal of type store.Part"),
        (body("<<store.New()>>"), "not enough arguments in call to store.New, want (name string) *Store"),
        (body("for { break <<out>> }"), "break label not defined: out"),
        (body("goto <<out>>"), "label out not defined"),
        (
            'package p\n\nimport <<"example.com/shop/stores">>\n',
            "no required module provides package example.com/shop/stores",
        ),
        ('package p\n\nimport <<"encoding/jsonx">>\n', "package encoding/jsonx is not in std"),
    ],
)
def test_every_kind_of_absence_has_its_message(text, message):
    assert judge(text).evidence.message == message


def test_a_package_is_all_files_of_a_folder_and_tests_see_more():
    within = HEAD % "store" + "func own() { %s }"

    assert brief(judge(within % "<<New(``).items[0].Size>>", "store/more.go")) == "valid"
    assert brief(judge(within % "<<limit>>", "store/more.go")) == "valid"
    assert brief(judge(within % "<<Limit>>", "store/more.go")) == "undefinedvariable Limit"
    assert brief(judge(within % "<<Limit>>", "store/more_test.go")) == "valid"
    outside = HEAD % "store_test" + "func own() { %s }"
    assert brief(judge(outside % "<<store.Limit>>", "store/more_test.go")) == "valid"
    assert brief(judge(outside % "<<store.limit>>", "store/more_test.go")) == "undefinedvariable limit"
    assert brief(judge(outside % "<<New(``)>>", "store/more_test.go")) == "undefinedvariable New"


def test_the_file_counts_as_it_is_and_not_as_it_was_indexed():
    changed = "package ids\n\ntype ID string\n\nfunc (id ID) Long() string { return <<id.Short()>> }\n"

    assert brief(judge(changed, "ids/ids.go")) == "method Short"
    assert brief(judge(changed.replace("Short", "Long"), "ids/ids.go")) == "valid"


def test_a_package_that_is_not_seen_in_full_refutes_nothing():
    text = 'package p\n\nimport (\n\t"example.com/shop/broken"\n\t"example.com/shop/stale"\n)\n\nfunc f() { %s }\n'

    assert brief(judge(text % "<<broken.Whole()>>")) == "valid"
    assert brief(judge(text % "<<broken.Other()>>")) == "unknown"
    assert brief(judge(text % "<<stale.NewMockThing()>>")) == "unknown"


def test_another_module_of_the_repository_may_be_built_with_another_version():
    text = 'package old\n\nimport "example.com/shop/store"\n\nfunc f() { %s }\n'

    assert brief(judge(text % "<<store.New(``)>>", "examples/old/new.go")) == "valid"
    assert brief(judge(text % "<<store.Gone(``)>>", "examples/old/new.go")) == "unknown"
    assert brief(judge(text % "<<store.New(``).Gone()>>", "examples/old/new.go")) == "unknown"
    replaced = dict(FILES)
    replaced["examples/old/go.mod"] += b"replace example.com/shop => ../..\n"
    here = build("shop", replaced.items())
    assert brief(judge(text % "<<store.Gone(``)>>", "examples/old/new.go", here)) == "method Gone"


def test_dot_imports_bring_names_that_are_known_or_leave_all_open():
    text = "package p\n\nimport . %s\n\nfunc f() { %s }\n"

    assert brief(judge(text % ('"strings"', "<<ToUpper(``)>>"))) == "valid"
    assert brief(judge(text % ('"strings"', "<<Uppercase(``)>>"))) == "undefinedvariable Uppercase"
    assert brief(judge(text % ('"github.com/onsi/gomega"', "<<Expect(1)>>"))) == "unknown"


def test_a_qualifier_may_be_a_package_whose_own_name_is_not_known():
    text = 'package p\n\nimport (\n\t"gopkg.in/yaml.v3"\n\t"example.com/shop/dialect"\n)\n\nfunc f() { %s }\n'

    assert brief(judge(text % "<<yaml.Marshal(1)>>")) == "unknown"
    assert brief(judge(text % "<<toml.Marshal(1)>>")) == "unknown"
    assert brief(judge(text % "yaml.Marshal(2); <<toml.Marshal(1)>>")) == "undefinedvariable toml"
    assert brief(judge(text % "<<sql.Open()>>")) == "valid"


def test_a_name_that_occurs_nowhere_is_refuted_where_all_that_is_imported_is_known():
    closed = "package p\n\nfunc apply[T any](x T) {\n\t<<x.%s()>>\n}\n"
    open_ = closed.replace("package p\n", 'package p\n\nimport _ "github.com/acme/money"\n')

    verdict = judge(closed % "Frobnicate")
    assert (brief(verdict), verdict.basis) == ("method Frobnicate", "closed_world")
    assert brief(judge(closed % "Find")) == "unknown"
    assert brief(judge(closed % "Close")) == "unknown"
    assert brief(judge(open_ % "Frobnicate")) == "unknown"


def test_code_that_does_not_parse_around_the_hole_is_unknown():
    assert brief(judge(body("if { ; <<q>>"))) == "unknown"
    assert brief(judge(body("<<q>>") + "\nfunc ( {\n")) == "unknown"


def test_a_file_of_no_repository_knows_only_itself():
    text = "package p\n\nfunc f() int { var x int; return <<%s>> }\n"
    nowhere = merge([])

    assert brief(judge(text % "x", index=nowhere)) == "valid"
    assert brief(judge(text % "y", index=nowhere)) == "unknown"
    assert brief(judge(text % "x.y", index=nowhere)) == "undefinedvariable y"


def test_a_dependency_counts_in_the_version_that_go_mod_requires():
    money = b"package money\n\ntype Amount struct{ Cents int }\n\nfunc Parse(text string) Amount { return Amount{} }\n"
    shop = build("shop", {**FILES, "checkout/checkout.go": b"package checkout\n"}.items())
    right = build("github.com/acme/money@v1.2.0", [("money.go", money)])
    wrong = build("github.com/acme/money@v1.3.0", [("money.go", money)])

    assert brief(judge(body("<<any1.Cents>>"), index=merge([shop, right]))) == "valid"
    assert brief(judge(body("<<any1.Euros>>"), index=merge([shop, right]))) == "undefinedvariable Euros"
    assert brief(judge(body("<<money.Format(1)>>"), index=merge([shop, right]))) == "method Format"
    assert brief(judge(body("<<money.Format(1)>>"), index=merge([shop, wrong]))) == "unknown"


def test_a_new_file_in_a_new_folder_is_a_package_of_its_own():
    assert brief(judge("package fresh\n\nfunc a() { <<b()>> }\n\nfunc b() {}\n", "fresh/fresh.go")) == "valid"
    assert brief(judge("package fresh\n\nfunc a() { <<c()>> }\n", "fresh/fresh.go")) == "undefinedvariable c"


def test_bytes_that_are_no_text_are_judged_like_any():
    case = Case("p/p.go", "package p\n\nfunc f() { ", "\udc80 x()", " }\n")

    assert check(case, INDEX).verdict in ("unknown", "hallucinated")


def test_a_package_that_a_program_may_make_is_not_missed():
    text = 'package p\n\nimport <<"example.com/shop/%s">>\n'
    ignoring = {**FILES, ".gitignore": b"/store/clients/\n*_gen.go\n", "schema/x/x.proto": b""}
    index = build("shop", ignoring.items())

    assert brief(judge(text % "store/clients")) == "import example.com/shop/store/clients"
    assert brief(judge(text % "store/clients", index=index)) == "unknown"
    for made in ("mocks", "storepb", "userv1/gen", "mock_user", "api"):
        assert brief(judge(text % f"store/{made}")) == "unknown"
    assert brief(judge(text % "schema/x", index=index)) == "unknown"
    assert brief(judge(text % "nowhere/at/all")) == "unknown"
    assert brief(judge(body("<<store.Gone()>>"), index=index)) == "method Gone"
    assert brief(judge("package ids\n\nfunc f() { <<gone()>> }\n", "ids/more.go", index)) == "unknown"


def test_code_that_no_build_looks_at_may_be_wrong_on_purpose():
    assert brief(judge(body("<<s.Fetch()>>"), "checkout/testdata/a.go")) == "unknown"
    assert brief(judge(body("<<s.Find(``)>>"), "checkout/testdata/a.go")) == "valid"


def test_long_lists_of_parameters_are_all_seen():
    names = [f"p{number}" for number in range(14)]
    text = f"package p\n\nfunc f({', '.join(names)} uintptr) {{\n\t_ = <<p0 + p13>>\n}}\n"

    assert brief(judge(text)) == "valid"
    assert brief(judge(text.replace("<<p0 + p13>>", "p0").replace("p0, p1,", "<<p0>>, p1,"))) == "unknown"
