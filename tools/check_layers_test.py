#!/usr/bin/env python3
"""What check_layers.py finds and what it leaves alone, on small made-up trees."""

import tempfile
import unittest
from pathlib import Path

import check_layers

LAYERS = """\
base:
model: base
store: base model
store/memory: base store
api: base store
test api: store/memory
library sqlite3.h: store
library boost/asio boost/beast: api
library fmt/: *
library gtest/: tests
owner std::(jthread|thread)\\b | base | base::Thread
owner (?<!\\()\\bnew [A-Za-z]|\\bdelete\\b(?!;|,) | none | std::make_unique
"""


def findings_of(files: dict[str, str], layers: str = LAYERS) -> list[str]:
    """Lays out `files` under a temporary root, names them in CMake, and returns "path:line: rule" of each finding."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, text in {"src/layers.txt": layers, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        if "src/CMakeLists.txt" not in files:
            names = " ".join(path.removeprefix("src/") for path in files)
            (root / "src/CMakeLists.txt").write_text(f"sources({names})\n", encoding="utf-8")
        return [":".join(str(finding).split(":")[:3]) for finding in check_layers.check_tree(root)]


class IncludeTest(unittest.TestCase):
    # A file, a line in it, and the rule that line breaks, if any.
    ROWS = [
        ("src/model/a.cc", '#include "model/b.h"', None),
        ("src/model/a.cc", '#include "base/b.h"', None),
        ("src/model/a.cc", '  #  include "store/b.h"', "layer"),
        ("src/model/a.cc", '#include "b.h"', "layer"),
        ("src/model/a.cc", '// #include "store/b.h"', None),
        ("src/model/a.cc", '/* #include "store/b.h" */', None),
        ("src/store/memory/a.cc", '#include "store/b.h"', None),
        ("src/store/memory/a.cc", '#include "model/b.h"', "layer"),
        ("src/store/a.cc", '#include "store/memory/b.h"', "layer"),
        ("src/api/a.cc", '#include "store/memory/b.h"', "layer"),
        ("src/api/a_test.cc", '#include "store/memory/b.h"', None),
        ("src/api/a_test.cc", '#include "store/testing/b.h"', None),
        ("src/api/testing/a.cc", '#include "store/testing/b.h"', None),
        ("src/api/a.cc", '#include "store/testing/b.h"', "layer"),
        ("src/model/a_test.cc", '#include "store/testing/b.h"', "layer"),
        ("src/model/a.cc", "#include <vector>", None),
        ("src/model/a.cc", "#include <fmt/format.h>", None),
        ("src/model/a.cc", "#include <sqlite3.h>", "library"),
        ("src/store/a.cc", "#include <sqlite3.h>", None),
        ("src/store/memory/a.cc", "#include <sqlite3.h>", "library"),
        ("src/api/a.cc", "#include <boost/beast/http.hpp>", None),
        ("src/api/a.cc", "#include <boost/json.hpp>", "library"),
        ("src/api/a.cc", "#include <gtest/gtest.h>", "library"),
        ("src/api/a_test.cc", "#include <gtest/gtest.h>", None),
    ]

    def test_each_include_against_the_table(self) -> None:
        for path, line, rule in self.ROWS:
            with self.subTest(path=path, line=line):
                want = [f"{path}:2: {rule}"] if rule else []
                self.assertEqual(findings_of({path: f"\n{line}\n"}), want)


class OwnerTest(unittest.TestCase):
    ROWS = [
        ("src/model/a.cc", "std::thread t;", True),
        ("src/base/a.cc", "std::thread t;", False),
        ("src/model/a.cc", "std::thread_local_thing t;", False),
        ("src/model/a.cc", "int n = 1'000; std::thread t;", True),
        ("src/model/a.cc", "char c = '\"'; std::thread t; char d = '\"';", True),
        ("src/model/a.cc", 'f("\\"std::thread");', False),
        ("src/model/a.cc", 'f("// no comment"); std::thread t;', True),
        ("src/model/a.cc", 'f(R"x(a " )" std::thread)x"); g();', False),
        ("src/model/a.cc", "// std::thread", False),
        ("src/base/a.cc", "auto* p = new Thing;", True),
        ("src/base/a.cc", "std::unique_ptr<A> p(new A());", False),
        ("src/base/a.cc", "A(const A&) = delete;", False),
        ("src/base/a.cc", "delete thing;", True),
    ]

    def test_each_call_against_its_owner(self) -> None:
        for path, line, found in self.ROWS:
            with self.subTest(path=path, line=line):
                want = [f"{path}:3: owner"] if found else []
                self.assertEqual(findings_of({path: f"/* one\n   two */\n{line}\n"}), want)


    def test_a_broken_line_is_read_as_one(self) -> None:
        files = {"src/base/a.cc": "  std::unique_ptr<A> p(\n\n      new A());\n  q =\n      new A();\n"}
        self.assertEqual(findings_of(files), ["src/base/a.cc:5: owner"])


class TreeTest(unittest.TestCase):
    def test_a_file_of_no_module(self) -> None:
        self.assertEqual(findings_of({"src/lost/a.cc": ""}), ["src/lost/a.cc:1: module"])

    def test_a_file_that_cmake_does_not_name(self) -> None:
        files = {"src/base/a.cc": "", "src/base/ba.cc": "", "src/CMakeLists.txt": "", "src/base/CMakeLists.txt": "ba.cc # a.cc"}
        self.assertEqual(findings_of(files), ["src/base/a.cc:1: module"])

    def test_headers_begin_with_pragma_once(self) -> None:
        files = {"src/base/a.h": "// About.\n#pragma once\n", "src/base/b.h": "#pragma once\n", "src/base/c.h": ""}
        self.assertEqual(findings_of(files), ["src/base/a.h:1: header", "src/base/c.h:1: header"])

    def test_markers_in_sources_and_tests(self) -> None:
        files = {
            "src/base/a.cc": "// TODO later\n// sids look like WTXXXX\n",
            "tests/e2e/a_test.cc": "TEST(A, DISABLED_b) {}\n#include <anything.h>\n",
        }
        self.assertEqual(findings_of(files), ["src/base/a.cc:1: marker", "tests/e2e/a_test.cc:1: marker"])

    def test_a_file_may_have_600_lines(self) -> None:
        self.assertEqual(findings_of({"src/base/a.cc": "\n" * 600}), [])
        self.assertEqual(findings_of({"src/base/a.cc": "\n" * 601}), ["src/base/a.cc:601: file size"])


class FunctionTest(unittest.TestCase):
    # What stands around a function, and its heading.
    FUNCTIONS = [
        ("", "int f() {", ""),
        ("", "TEST(A, b) {", ""),
        ("int a;\n\n", "template <class T>\nstd::vector<T> f(T t) {", ""),
        ("", "A::A(int a)\n    : a_(a), b_{2}, c_{B{1}} {", ""),
        ("", "std::array<int, 2> f(int a = g({1})) {", ""),
        ("namespace a::b {\nclass C final : public D {\n public:\n", "  void f() const override {", "};\n}\n"),
        ("namespace {\nenum class E { kOne };\nstruct S {\n  int a{1};\n", "  bool operator==(S) const {", "};\n}\n"),
    ]
    OTHERS = [
        "const int kTable[] = {",
        "namespace a {",
        "class A {",
        "enum class E : int {",
        "class ATTRIBUTE(name) A {",
        "template <class T>\nstruct B<T(int)> {",
    ]

    def test_functions_end_at_70_lines(self) -> None:
        for before, heading, after in self.FUNCTIONS:
            for body in (10, 70):
                with self.subTest(heading=heading, body=body):
                    first = before.count("\n") + 1
                    last = first + heading.count("\n") + body + 1
                    text = f"{before}{heading}\n" + "    a();\n" * body + f"}}\n{after}"
                    self.assertEqual(self.functions_of(text), [(first, last)])
                    self.assertEqual(len(findings_of({"src/base/a.cc": text})), int(last - first + 1 > 70))

    def test_what_is_no_function_may_be_longer(self) -> None:
        for heading in self.OTHERS:
            with self.subTest(heading=heading):
                self.assertEqual(self.functions_of(heading + "\n" + "  {1},\n" * 100 + "};\n"), [])

    def test_braces_in_literals_and_macros_do_not_count(self) -> None:
        text = "#define OPEN \\\n  {\nint f() {\n  char c = '{';\n  g(\"}\");\n}\n"
        self.assertEqual(self.functions_of(text), [(3, 6)])

    def functions_of(self, text: str) -> list[tuple[int, int]]:
        return list(check_layers.functions(check_layers.strip(text)))


class LayersFileTest(unittest.TestCase):
    ROWS = [
        ("a:\nb: a\n", []),
        ("a: b\nb:\n", [1]),
        ("a: a\n", [1]),
        ("a:\nlibrary x.h: a b\n", [2]),
        ("a:\nlibrary x.h y/: tests\nlibrary z.h: *\n", []),
        ("a:\ntest a: c\n", [2]),
        ("a:\nowner x | y | a | z\n", []),
        ("a:\nowner x(|a| z\n", [2]),
        ("a:\nowner x( | a | z\n", [2]),
        ("nonsense\n", [1]),
        ("a b:\n", [1]),
    ]

    def test_each_line(self) -> None:
        for text, want in self.ROWS:
            with self.subTest(text=text):
                _, findings = check_layers.parse_layers(text)
                self.assertEqual([finding.line for finding in findings], want)

    def test_our_own_file_reads(self) -> None:
        text = (Path(__file__).parent.parent / "src/layers.txt").read_text(encoding="utf-8")
        _, findings = check_layers.parse_layers(text)
        self.assertEqual(findings, [])


if __name__ == "__main__":
    unittest.main()
