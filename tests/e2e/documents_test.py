"""The documents hold together: links lead somewhere, and every test and file that one names is there."""

from __future__ import annotations

import re
import unittest

from documents import PAGES, SOURCE, Page, read_page

# A file of the project, and maybe what stands in it.
NAMED = re.compile(r"((?:src|tests|packaging|tools)/[\w./-]+\.\w+)(?:::(\w+))?")
SECURITY = SOURCE / "docs/security.md"


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

    def test_each_of_the_ten_risks_names_a_test_that_shows_it(self) -> None:
        text = SECURITY.read_text(encoding="utf-8")
        for number in range(1, 11):
            section = re.search(rf"### API{number}: (.*?)\n##", text, re.DOTALL)
            assert section is not None, number
            self.assertRegex(section[1], r"`(src|tests)/[^`]*test", number)


if __name__ == "__main__":
    unittest.main()
