"""The documents hold together: links lead somewhere, every test and file that one names is there, prose is wrapped."""

from __future__ import annotations

import re
import unittest

from documents import PAGES, SOURCE, Page, read_page

# A file of the project, and maybe what stands in it.
NAMED = re.compile(r"((?:src|tests|packaging|tools)/[\w./-]+\.\w+)(?:::(\w+))?")
SECURITY = SOURCE / "docs/security.md"
COLUMNS_MAX = 120
WRAPPED = [*(SOURCE / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
           *sorted((SOURCE / "docs").glob("*.md"))]
# Tables and headings; and what has no blank to break at, such as a long link.
NOT_WRAPPED = re.compile(r"\s*(?:\||#|(?:[-*] )?\S+$|(?:[-*] )?\[[^\]]*\]\(\S+$)")


def long_lines(prose: str) -> list[str]:
    """Lines of prose that are too long for a page."""
    return [line for line in prose.splitlines() if len(line) > COLUMNS_MAX and not NOT_WRAPPED.match(line)]


class Documents(unittest.TestCase):
    """Every page of Markdown."""

    def pages(self) -> list[Page]:
        """All of them."""
        pages = [read_page(path) for path in PAGES]
        self.assertGreater(len(pages), 20)
        return pages

    def test_every_link_leads_somewhere(self) -> None:
        for page in self.pages():
            for link in page.links():
                if re.match(r"\w+:", link):
                    continue
                with self.subTest(page=page.name, link=link):
                    target, _, anchor = link.partition("#")
                    path = (page.path.parent / target).resolve() if target else page.path
                    self.assertTrue(path.exists())
                    self.assertTrue(path.is_relative_to(SOURCE))
                    if anchor and path.suffix == ".md":
                        self.assertIn(anchor, read_page(path).anchors())

    def test_what_is_named_is_there(self) -> None:
        for page in self.pages():
            for code in page.code():
                named = NAMED.fullmatch(code)
                if not named:
                    continue
                with self.subTest(page=page.name, named=code):
                    path = SOURCE / named[1]
                    self.assertTrue(path.is_file())
                    if named[2]:
                        self.assertRegex(path.read_text(encoding="utf-8"), rf"\b{named[2]}\b")

    def test_prose_is_wrapped(self) -> None:
        for path in WRAPPED:
            page = read_page(path)
            with self.subTest(page=page.name):
                self.assertEqual(long_lines(page.prose), [])

    def test_a_long_line_of_prose_is_noticed(self) -> None:
        words, url = "word " * 25, "https://example.org/" + "x" * COLUMNS_MAX
        for line, is_long in ((words, True), (f"- {words}", True), ("é " * 60, False), (f"| {words} |", False),
                              (f"## {words}", False), (url, False), (f"- [a link]({url}).", False),
                              (f"see {url}", True)):
            with self.subTest(line=line):
                self.assertEqual(long_lines(line) != [], is_long)

    def test_each_of_the_ten_risks_names_a_test_that_shows_it(self) -> None:
        text = SECURITY.read_text(encoding="utf-8")
        for number in range(1, 11):
            section = re.search(rf"### API{number}: (.*?)\n##", text, re.DOTALL)
            assert section is not None, number
            self.assertRegex(section[1], r"`(src|tests)/[^`]*test", number)


if __name__ == "__main__":
    unittest.main()
