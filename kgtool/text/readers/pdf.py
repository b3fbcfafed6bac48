"""PDF: the text of its pages, each page a paragraph border, with "page N" as anchors."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Sequence

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.programs import started
from kgtool.text.readers.base import Input

MEMORY = 512
"""Megabytes that reading a file may take; a packed stream of 300 kB can unpack to gigabytes."""

SHORT = 0.6
"""A line that fills less of the page's width than this ends its paragraph: a heading, or a paragraph's last line."""

LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"})
HYPHEN = re.compile(r"(?P<begin>[^\W\d_]+)(?:[-\xad\u2010]\n|\ufffe\n?)(?P<end>[^\W\d_]+)")
"""A word that a line end cuts; PDFium writes U+FFFE where it has already joined the lines."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_pdf(source: Input) -> Iterator[Document]:
    """The text of a PDF.

    Raises:
        KgtoolError: when it is encrypted or damaged, or has no text.
    """
    pages, title = pages_of(source.data())
    if not any(page.strip() for page in pages):
        raise KgtoolError("no text: its pages are pictures", "run it through OCR, for example: ocrmypdf")
    text, anchors = "", []
    for number, page in enumerate(pages, 1):
        body = paragraphs(page)
        if body:
            anchors.append((len(text), f"page {number}"))
            text += body + "\n\n"
    yield Document(source.name, text, title, tuple(anchors))


def pages_of(data: bytes) -> tuple[list[str], str]:
    """The text of each page as the file has it, and the title.

    Raises:
        KgtoolError: when the file is encrypted or damaged, or takes too much memory, or PDFium fails.
    """
    with started("kgtool.text.readers.pdfium", str(MEMORY)) as process:
        try:
            answer, _ = process.communicate(data)
        except BaseException:
            process.kill()  # leaving the block waits for it
            raise
    if process.returncode == -signal.SIGABRT:
        hint = "is it a bomb of packed streams? leave it out, or split it"
        raise KgtoolError(f"unpacked, it takes more than {MEMORY} MB of memory", hint)
    if process.returncode:
        hint = "repair it, for example: qpdf IN OUT"
        raise KgtoolError(f"PDFium, which reads it, ended with exit code {process.returncode}", hint)
    found = json.loads(answer)
    if "encrypted" in found:
        raise KgtoolError("encrypted", "save it without a password, for example: qpdf --decrypt")
    if "error" in found:
        raise KgtoolError(f"damaged PDF: {found['error']}", "repair it, for example: qpdf IN OUT")
    return found["pages"], " ".join(CONTROL.sub("", found["title"]).split())


def paragraphs(page: str) -> str:
    """A page with blank lines between its paragraphs, words joined that a line end cut."""
    text = page.replace("\r\n", "\n").replace("\r", "\n").translate(LIGATURES)
    text = CONTROL.sub("", HYPHEN.sub(lambda cut: joined(cut, text), text))
    lines = [line.strip() for line in text.split("\n")]
    width = usual_width(lines)
    return "\n".join(f"{line}\n" if len(line) < SHORT * width else line for line in lines).strip()


def joined(cut: re.Match[str], text: str) -> str:
    """A cut word: with its hyphen when the page has it so elsewhere, or the second part is a name."""
    begin, end = cut["begin"], cut["end"]
    keep = f"{begin}-{end}" in text or not end[0].islower()
    return f"{begin}-{end}" if keep else begin + end


def usual_width(lines: Sequence[str]) -> int:
    """The length that nine of ten lines do not exceed."""
    lengths = sorted(len(line) for line in lines if line)
    return lengths[len(lengths) * 9 // 10] if lengths else 0
