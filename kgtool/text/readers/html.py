"""HTML: the main text, with the nearest preceding id of a block or heading as anchor."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text.readers.base import BOMS, Input, decoded

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DECLARED = re.compile(
    rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{1,100}?encoding=["']([\w.:-]+)""", re.I
)
HEAD = 4096
"""Bytes in which an encoding may be declared; the standard says 1024, pages in the wild say it later."""

LATIN = frozenset({"iso8859-1", "ascii"})
"""Python's names of encodings that, as in browsers, mean windows-1252."""

SKIPPED = frozenset(
    "head script style noscript template nav aside footer form button select textarea iframe object svg math canvas "
    "audio video dialog menu del rt rp".split()
)
SKIPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog", "alert"})
SKIPPED_CLASSES = re.compile(
    r"(?:^|\s)(?:nav\w*|menu|sidebar|breadcrumbs?|toc|footer|headerlink|mw-editsection|noprint|cookie\S*|sr-only)(?:\s|$)"
)
HEADINGS = {f"h{i}": i for i in range(1, 7)}
BLOCKS = frozenset(
    "address article blockquote body caption center dd details div dl dt fieldset figcaption figure header hr html li "
    "main ol p pre section summary table tbody tfoot thead tr ul".split()
) | set(HEADINGS)
CELLS = frozenset({"td", "th"})
LISTS = frozenset({"ul", "ol", "dl"})

MENU_LINKS = 4
MENU_SHARE = 0.9
"""A list of so many links, with so much of its characters in them, is no text."""

SPACE = re.compile(r"\s+")
INNER_SPACE = re.compile(r"[ \n]{2,}|\n")


def read_html(source: Input) -> Iterator[Document]:
    """The main text of a page; the encoding is that of its byte order mark, of its declaration, or UTF-8.

    Raises:
        KgtoolError: when its bytes are not in that encoding, or the parser had to give up.
    """
    from lxml import etree, html

    # The parser wants bytes whose encoding it is told: a declaration inside the text would be wrong by now.
    data = html_text(source.data()).encode("utf-8")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError):  # nothing in it
        yield Document(source.name, "")
        return
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise KgtoolError("elements nested too deeply to be read whole", "is it a page? leave it out")
    page = Page()
    page.read(main_part(root))
    yield Document(source.name, page.text, title_of(root, page.text), tuple(page.anchors))


def html_text(data: bytes) -> str:
    """The bytes of a page as text.

    Raises:
        KgtoolError: when the declared encoding is unknown or wrong.
    """
    declared = DECLARED.search(data[:HEAD])
    if declared is None or any(data.startswith(mark) for mark, _ in BOMS):
        return decoded(data).removeprefix("\ufeff")
    name = (declared[1] or declared[2]).decode("ascii", "replace")
    try:
        codec = codecs.lookup(name).name
        text = data.decode("cp1252" if codec in LATIN else codec)
    except (LookupError, UnicodeError) as error:
        raise KgtoolError(f"not valid {name}, which it declares", "correct its charset, or convert it") from error
    return text.replace("\0", "\ufffd")


def main_part(root: HtmlElement) -> HtmlElement:
    """The element that holds the main text: the only ``main`` or ``article``, else the body."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found: list[HtmlElement] = root.xpath(path)
        if len(found) == 1 and len(found[0].text_content().strip()) > 0:
            return found[0]
    body: HtmlElement | None = root.find("body")
    return root if body is None else body


def title_of(root: HtmlElement, text: str) -> str:
    """The first heading of the main text, else the title of the page."""
    heading = re.match(r"#{1,6} (.+)", text)
    title: str = root.findtext(".//title") or ""
    return heading[1] if heading else " ".join(title.split())


def is_skipped(element: HtmlElement) -> bool:
    """Whether an element is not part of the main text: code, navigation, or hidden."""
    tag, kinds = element.tag, element.get("class", "")
    return (
        tag in SKIPPED
        or element.get("role") in SKIPPED_ROLES
        or is_hidden(element)
        or SKIPPED_CLASSES.search(kinds) is not None
        or (tag == "sup" and "reference" in kinds)
        or (tag == "header" and element.getparent() is not None and element.getparent().tag == "body")
        or (tag in LISTS and is_menu(element))
    )


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element is not shown."""
    style = element.get("style", "").replace(" ", "")
    return element.get("hidden") is not None or element.get("aria-hidden") == "true" or "display:none" in style


def is_menu(element: HtmlElement) -> bool:
    """Whether a list is almost nothing but links: a menu or a table of contents."""
    links = [len("".join(a.text_content().split())) for a in element.iter("a")]
    return len(links) >= MENU_LINKS and sum(links) >= MENU_SHARE * len("".join(element.text_content().split()))


class Page:
    """The text of a page as it is read: finished paragraphs, and the pieces of the one at work."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self.length = 0
        self.anchors: list[tuple[int, str]] = []
        self.pieces: list[str] = []
        self.anchor = ""
        self.verbatim = False
        self.level = 0

    @property
    def text(self) -> str:
        """All that was read so far."""
        return "".join(self.paragraphs)

    def read(self, root: HtmlElement) -> None:
        """Read an element and all that is in it; without recursion, as pages may be nested deeply."""
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end"))
        skipped = None
        for event, element in walk:
            if event == "start":
                if is_skipped(element) and element is not root:
                    skipped = element
                    walk.skip_subtree()
                else:
                    self.start(element)
                continue
            if element is not skipped:
                self.end(element.tag)
            if element is not root:
                self.add(element.tail)
        self.flush()

    def start(self, element: HtmlElement) -> None:
        """An element begins."""
        tag = element.tag
        if tag in BLOCKS:
            self.flush()
            self.level = HEADINGS.get(tag, 0)
            self.verbatim = tag == "pre"
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in CELLS and any(p.strip() for p in self.pieces):
            self.pieces.append(" | ")
        name = element.get("id") or (element.get("name") if tag == "a" else None)
        if name and (tag in BLOCKS or tag == "a" or self.level):
            self.anchor = f"#{name}"
        self.add(element.text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in BLOCKS:
            self.flush()

    def add(self, text: str | None) -> None:
        """Text of the paragraph at work; white space counts only where it is verbatim."""
        if text:
            self.pieces.append(text if self.verbatim else SPACE.sub(" ", text))

    def flush(self) -> None:
        """End the paragraph at work."""
        text = "".join(self.pieces).replace("\xad", "")
        text = text.strip("\n") if self.verbatim else INNER_SPACE.sub(spaced, text).strip()
        self.pieces.clear()
        if text.strip():
            if self.anchor:
                self.anchors.append((self.length, self.anchor))
                self.anchor = ""
            self.put(f"{'#' * self.level} {SPACE.sub(' ', text)}" if self.level else text)
        self.level, self.verbatim = 0, False

    def put(self, paragraph: str) -> None:
        """A finished paragraph."""
        self.paragraphs.append(f"{paragraph}\n\n")
        self.length += len(paragraph) + 2


def spaced(space: re.Match[str]) -> str:
    """A run of white space as the line ends in it, at most two, or one space."""
    return "\n" * min(space[0].count("\n"), 2) or " "
