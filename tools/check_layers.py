#!/usr/bin/env python3
"""Holds the C++ files against src/layers.txt and against the few rules of STYLE.md that a machine can judge.

    tools/check_layers.py [root]

Prints one line for each finding, "path:line: rule: what to do instead", and exits with 1 if there is any. The
format of layers.txt is described in that file. What is checked, for files below src/:

    module      the file belongs to a listed module and stands in that module's CMakeLists.txt
    layer       an include of ours names the same module or one that layers.txt grants
    library     an outside header is included only by the modules that own it
    owner       a call that has a house owner is made only there

and below src/ and tests/ alike:

    header      the first line of a header is #pragma once
    marker      nothing is parked: no reminders to oneself, no disabled or skipped tests
    file size   no file over 600 lines
    function    no function over 70 lines

Function lengths come from matching braces in text without comments and literals. A block is a function when it
stands directly in a namespace or a type and its heading has a parenthesis; lambdas count as lines of the function
they stand in. That is a heuristic, and it is exact for code that clang-format has laid out.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, NamedTuple

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
EVERYBODY = "*"
TESTS = "tests"

MARKERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|\bDISABLED_|\bGTEST_SKIP\b")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.remedy}"


class Library(NamedTuple):
    prefixes: list[str]
    modules: list[str]


class Owner(NamedTuple):
    pattern: re.Pattern[str]
    modules: list[str]
    instead: str


@dataclass
class Layers:
    """What layers.txt says. Modules keep the order of the file."""

    modules: dict[str, list[str]] = field(default_factory=dict)
    test_extras: dict[str, list[str]] = field(default_factory=dict)
    libraries: list[Library] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)

    def module_of(self, path: str) -> str | None:
        """The longest listed folder that holds `path`, which is relative to src/."""
        holders = [m for m in self.modules if path.startswith(m + "/")]
        return max(holders, key=len, default=None)


# ---- reading layers.txt


def parse_layers(text: str, path: str = "src/layers.txt") -> tuple[Layers, list[Finding]]:
    layers = Layers()
    findings: list[Finding] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        complaint = parse_line(layers, line)
        if complaint:
            findings.append(Finding(path, number, "layers.txt", complaint))
    return layers, findings


def parse_line(layers: Layers, line: str) -> str | None:
    """Adds what `line` says; a sentence if it cannot."""
    word, _, rest = line.partition(" ")
    if word == "owner":
        return parse_owner(layers, rest)
    if word not in ("library", "test"):
        rest = line
    left, colon, right = rest.partition(":")
    names, modules = left.split(), right.split()
    if not colon or not names:
        return "write 'module: modules', 'test module: modules', 'library headers: modules' or 'owner …'"
    if word == "library":
        layers.libraries.append(Library(names, modules))
        return unlisted(layers, modules, [EVERYBODY, TESTS])
    if len(names) != 1:
        return "name one module before the colon"
    if word == "test":
        layers.test_extras[names[0]] = modules
        return unlisted(layers, names + modules, [])
    complaint = unlisted(layers, modules, [])
    layers.modules[names[0]] = modules
    return complaint


def parse_owner(layers: Layers, rest: str) -> str | None:
    # The pattern may itself hold a bar, so the two last ones separate.
    parts = [part.strip() for part in rest.rsplit(" | ", 2)]
    if len(parts) != 3:
        return "write 'owner pattern | modules | what to use instead'"
    try:
        pattern = re.compile(parts[0])
    except re.error as error:
        return f"mend the regular expression: {error}"
    modules = [] if parts[1] == "none" else parts[1].split()
    layers.owners.append(Owner(pattern, modules, parts[2]))
    return unlisted(layers, modules, [])


def unlisted(layers: Layers, modules: list[str], also: list[str]) -> str | None:
    for module in modules:
        if module not in layers.modules and module not in also:
            return f"'{module}' does not stand above this line; a module names only what is below it in the house"
    return None


# ---- reading C++

# A quote after a digit or letter opens no literal: it separates thousands, as in 1'000.
NOT_CODE = re.compile(
    r"""//[^\n]*
      | /\*.*?(?:\*/|\Z)
      | (?<!\w)(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<!\w)'(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)


def blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def strip(text: str) -> str:
    """`text` with comments and literals blanked out; every line and column stays where it was."""
    return NOT_CODE.sub(blank, text)


class Include(NamedTuple):
    line: int
    outside: bool
    header: str


def includes(text: str, code: str) -> Iterator[Include]:
    for number, (line, bare) in enumerate(zip(text.splitlines(), code.splitlines()), 1):
        match = INCLUDE.match(line) if bare.lstrip().startswith("#") else None
        if match:
            yield Include(number, match.group(1) == "<", match.group(2))


class Block(NamedTuple):
    """What one pair of braces holds, and where its heading begins."""

    is_function: bool
    is_scope: bool  # a namespace or a type: what stands in it may be a function
    is_value: bool  # an initialiser such as a_{1}: the heading goes on behind it
    heading_start: int


def functions(code: str) -> Iterator[tuple[int, int]]:
    """The first and last line of every function in stripped `code`."""
    code = NOISE.sub(blank, code)
    stack: list[Block] = []
    heading_start = 0
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        heading_end = at + 1
        if match.group() == "{":
            in_scope = not stack or stack[-1].is_scope
            stack.append(classify(code, heading_start, at, in_scope))
        elif match.group() == "}" and stack:
            block = stack.pop()
            if block.is_function:
                yield line_of(code, block.heading_start), line_of(code, at)
            if block.is_value:
                heading_end = block.heading_start
        heading_start = heading_end


# Preprocessor lines with those that continue them, whose braces need not balance; and access specifiers, which would
# pass for the beginning of what follows.
NOISE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*|^\s*(?:public|private|protected):", re.MULTILINE)


TYPE = re.compile(
    r"(?:(?:inline|typedef|static)\s+)*"
    r"(?P<word>namespace|class|struct|union|enum|extern)\b"
)


def classify(code: str, start: int, end: int, in_scope: bool) -> Block:
    """The block that opens at `end` below the heading that begins at `start`."""
    heading = code[start:end]
    start += len(heading) - len(heading.lstrip())
    # clang-format puts a blank in front of a body, and none in front of a value.
    if not heading or not heading[-1].isspace():
        return Block(False, False, True, start)
    bare = without_template(heading.strip())
    kind = TYPE.match(bare)
    is_function = in_scope and kind is None and "(" in bare
    is_scope = in_scope and kind is not None and kind.group("word") != "enum"
    return Block(is_function, is_scope, False, start)


def without_template(heading: str) -> str:
    """Without the parameter lists in front, whose `class` names no class."""
    while heading.startswith("template"):
        depth = 0
        for at, char in enumerate(heading):
            depth += (char == "<") - (char == ">")
            if char == ">" and depth == 0:
                heading = heading[at + 1:].lstrip()
                break
        else:
            return heading
    return heading


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


# ---- the rules


class Source(NamedTuple):
    path: str  # relative to the root
    text: str
    code: str  # the text without comments and literals

    @property
    def is_test(self) -> bool:
        return self.path.endswith("_test.cc") or "/testing/" in self.path


def check_source(layers: Layers, source: Source, listed: set[str]) -> Iterator[Finding]:
    """Everything about one file. `listed`: the paths that the CMakeLists.txt files name."""
    yield from check_form(source)
    if not source.path.startswith("src/"):
        return
    module = layers.module_of(source.path.removeprefix("src/"))
    if module is None:
        yield Finding(source.path, 1, "module", "put the file into a module, or list its folder in src/layers.txt")
        return
    if source.path not in listed:
        yield Finding(source.path, 1, "module", f"name the file in src/{module}/CMakeLists.txt, or delete it")
    for include in includes(source.text, source.code):
        check = check_outside if include.outside else check_inside
        remedy = check(layers, source, module, include.header)
        if remedy:
            yield Finding(source.path, include.line, "library" if include.outside else "layer", remedy)
    yield from check_owners(layers, source, module)


def check_inside(layers: Layers, source: Source, module: str, header: str) -> str | None:
    other = layers.module_of(header)
    if other is None:
        return f'include "{header}" by its path below src/, and list its module'
    if "/testing/" in header and not source.is_test:
        return f'"{header}" is for tests; take what both need out of the testing folder'
    allowed = [module, *layers.modules[module]]
    if source.is_test:
        allowed += layers.test_extras.get(module, [])
    if other in allowed:
        return None
    return f"{module} may not know {other}; move what both need down, or hand it in from above (src/layers.txt)"


def check_outside(layers: Layers, source: Source, module: str, header: str) -> str | None:
    if "." not in header and "/" not in header:
        return None  # the standard library
    for library in layers.libraries:
        if not header.startswith(tuple(library.prefixes)):
            continue
        if EVERYBODY in library.modules or module in library.modules:
            return None
        if TESTS in library.modules and source.is_test:
            return None
        owners = ", ".join(library.modules) or "nobody"
        return f"<{header}> belongs to {owners}; use what they offer instead"
    return f"give <{header}> an owner in src/layers.txt, and say in docs/decisions/ what it is here for"


def check_owners(layers: Layers, source: Source, module: str) -> Iterator[Finding]:
    owners = [owner for owner in layers.owners if module not in owner.modules]
    before = ""
    for number, line in enumerate(source.code.splitlines(), 1):
        # A line that goes on from the one above is seen with the end of that one, as if it had not been broken.
        seen = before[-1:] + line.lstrip() if line.startswith(" ") else line
        for owner in owners:
            match = owner.pattern.search(seen)
            if match:
                yield Finding(source.path, number, "owner", f"instead of '{match.group().strip()}' use {owner.instead}")
        before = line.rstrip() or before


def check_form(source: Source) -> Iterator[Finding]:
    lines = source.text.splitlines()
    if source.path.endswith(".h") and (not lines or lines[0] != "#pragma once"):
        yield Finding(source.path, 1, "header", "begin the header with #pragma once")
    for number, line in enumerate(lines, 1):
        marker = MARKERS.search(line)
        if marker:
            yield Finding(source.path, number, "marker", f"do it, or open an issue, but leave no {marker.group()}")
    if len(lines) > FILE_LINES_MAX:
        remedy = f"split the file by subject; it has {len(lines)} lines of at most {FILE_LINES_MAX}"
        yield Finding(source.path, FILE_LINES_MAX + 1, "file size", remedy)
    for first, last in functions(source.code):
        count = last - first + 1
        if count > FUNCTION_LINES_MAX:
            remedy = f"decide here and compute in functions of its own; {count} lines of at most {FUNCTION_LINES_MAX}"
            yield Finding(source.path, first, "function", remedy)


# ---- the tree


def listed_files(root: Path, folder: str) -> set[str]:
    """The paths, relative to the root, that CMakeLists.txt files below `folder` name."""
    out: set[str] = set()
    for cmake in (root / folder).rglob("CMakeLists.txt"):
        text = re.sub(r"#.*", "", cmake.read_text(encoding="utf-8"))
        base = cmake.parent.relative_to(root).as_posix()
        out.update(f"{base}/{name}" for name in re.findall(r"[\w./-]+\.(?:cc|h)\b", text))
    return out


def sources(root: Path, folder: str) -> Iterator[Source]:
    for path in sorted((root / folder).rglob("*")):
        if path.suffix in (".cc", ".h") and path.is_file():
            text = path.read_text(encoding="utf-8")
            yield Source(path.relative_to(root).as_posix(), text, strip(text))


def check_tree(root: Path) -> list[Finding]:
    layers, findings = parse_layers((root / "src/layers.txt").read_text(encoding="utf-8"))
    listed = listed_files(root, "src")
    for folder in ("src", "tests", "bench"):
        for source in sources(root, folder):
            findings.extend(check_source(layers, source, listed))
    return findings


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    findings = check_tree(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
