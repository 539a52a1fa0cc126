"""Reads the project's Markdown: its links, its headings, and the blocks of commands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).parents[2]
PAGES = sorted([*SOURCE.glob("*.md"), *(SOURCE / "docs").rglob("*.md")])

LINK = re.compile(r"\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"#+ (.+)")
FENCE = re.compile(r"```(\w*)\s*")


@dataclass(frozen=True)
class Block:
    """What stands between two fences."""

    page: str
    line: int  # of the opening fence, from 1
    language: str
    text: str

    @property
    def place(self) -> str:
        """For a message."""
        return f"{self.page}:{self.line}"


@dataclass
class Page:
    """One Markdown file."""

    path: Path
    prose: str = ""  # without the blocks
    blocks: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        """From the top of the project."""
        return self.path.relative_to(SOURCE).as_posix()

    def links(self) -> list[str]:
        """Where its links lead, without the code in which some only look like links."""
        return LINK.findall(CODE.sub("code", self.prose))

    def code(self) -> list[str]:
        """What stands in backticks."""
        return CODE.findall(self.prose)

    def anchors(self) -> set[str]:
        """The names of its headings, as GitHub makes them."""
        titles = [HEADING.fullmatch(line) for line in self.prose.splitlines()]
        return {re.sub(r"[^\w\- ]", "", title[1].lower()).replace(" ", "-") for title in titles if title}


def read_page(path: Path) -> Page:
    """One page, with its blocks apart."""
    page = Page(path)
    prose: list[str] = []
    opened: re.Match[str] | None = None
    inside: list[str] = []
    began = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.fullmatch(line)
        if opened is None and fence:
            opened, inside, began = fence, [], number
        elif opened is not None and fence and not fence[1]:
            page.blocks.append(Block(page.name, began, opened[1], "\n".join(inside)))
            opened = None
            prose.append("")
        else:
            (prose if opened is None else inside).append(line)
    if opened is not None:
        raise ValueError(f"{page.name}:{began}: the fence is not closed")
    page.prose = "\n".join(prose)
    return page
