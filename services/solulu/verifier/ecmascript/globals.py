"""Names that files use without saying where they come from, beside those of the standard table.

They are unknown, never absent: test runners, scripts of a page and build tools bring them.
"""

from __future__ import annotations

import re

from solulu.verifier.ecmascript.world import World
from solulu.verifier.words import may_contain

_TESTS = {
    "describe", "it", "test", "suite", "context", "specify", "before", "after", "beforeEach", "afterEach", "beforeAll",
    "afterAll", "setup", "teardown", "suiteSetup", "suiteTeardown", "xdescribe", "xit", "xtest", "xcontext",
    "xspecify", "fdescribe", "fit", "run",
}  # fmt: skip
"""What test runners bring; nothing is done with what these give."""
_INJECTED = _TESTS | {
    "expect", "vi", "jest", "vitest", "assert", "assertType", "expectTypeOf", "sinon", "chai", "should", "jasmine",
    "spyOn", "fail", "pending", "Mocha", "mocha", "QUnit", "cy", "Cypress", "browser", "page", "by", "element", "$",
    "$$", "jQuery", "JQuery", "JQueryStatic", "_", "angular", "React", "ReactDOM", "ReactNative", "JSX", "Vue", "Ember",
    "Backbone", "google", "chrome", "d3", "THREE", "L", "moment", "ng", "define", "requirejs", "Deno", "Bun", "wx",
    "uni", "android", "phantom", "casper", "arguments", "module", "exports", "require", "global", "self", "window",
    "globalThis", "console", "process", "Buffer", "__dirname", "__filename", "goog", "gapi", "FB", "ga", "gtag",
    "dataLayer", "Modernizr", "Promise", "importScripts", "ActiveXObject", "WScript", "Java", "load", "print",
    "readline", "quit", "opera", "netscape", "NodeJS", "Express", "WebdriverIO", "Chai", "Electron", "monaco",
    "MonacoEnvironment", "acquireVsCodeApi", "defineProps", "defineEmits", "defineExpose", "withDefaults",
    "defineSlots", "defineModel", "defineOptions", "__DEV__", "__VERSION__", "__webpack_require__",
    "__webpack_public_path__", "__webpack_hash__", "__non_webpack_require__", "PropsWithChildren", "GM", "unsafeWindow",
    "Stripe", "paypal", "Handlebars", "Mustache", "ko", "Prism", "hljs", "marked", "io", "axios", "rxjs", "Rx", "zone",
    "Zone", "BigNumber", "Chart", "Bluebird", "Immutable", "Meteor", "Ext", "dojo", "YAHOO", "MochaDone",
}  # fmt: skip
_AUTOMATIC = {"nuxt", "@nuxt/kit", "unplugin-auto-import", "wxt", "@umijs/max", "umi", "meteor"}
"""Dependencies that import names for their users."""
_SETTINGS = re.compile(
    r"(?:^|/)(?:\.?(?:eslint|jshint|jscs|babel|swc)\w*|[^/]*\.?config(?:\.[^/]*)?|karma|webpack|rollup|vite|vitest|jest"
    r"|gulpfile|gruntfile|Gruntfile|package|biome|deno|rspack|esbuild|build|tsup)[^/]*\.(?:[cm]?[jt]s|json)$"
)
"""Files that may say that there are more names."""


def may_be_injected(name: str, world: World) -> bool:
    """Whether something other than the files may bring a name."""
    if name in _INJECTED:
        return True
    own = world.repository(world.home.repo) if world.home.repo else None
    return own is not None and not own.needs(world.home.path).keys().isdisjoint(_AUTOMATIC)


def is_of_tests_only(names: frozenset[str]) -> bool:
    """Whether none of these words is a name that something brings whose members matter."""
    known = {"arguments", "module", "exports", "require", "global", "self", "window", "globalThis", "console",
             "process",
             "Buffer", "__dirname", "__filename", "Promise", "NodeJS", "run"}  # fmt: skip
    return names.isdisjoint(_INJECTED - _TESTS - known)


def is_in_settings(name: str, world: World) -> bool:
    """Whether a file that configures tools has the word: some of them define names."""
    repo = world.index.repositories.get(world.home.repo)
    return repo is not None and any(
        _SETTINGS.search(path) and may_contain(repo.words(path), name) for path in repo.files
    )
