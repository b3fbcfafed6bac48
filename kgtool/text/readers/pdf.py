"""PDF: the text of its pages, each page a paragraph border, with "page N" as anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text.readers.base import Input

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
        KgtoolError: when the file is encrypted or damaged.
    """
    import pypdfium2 as pdfium
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        with pdfium.PdfDocument(data) as document:
            pages = [page.get_textpage().get_text_range(errors="replace") for page in document]
            title = document.get_metadata_dict().get("Title", "")
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD:
            raise KgtoolError("encrypted", "save it without a password, for example: qpdf --decrypt") from error
        raise KgtoolError(f"damaged PDF: {error}", "repair it, for example: qpdf IN OUT") from error
    return pages, " ".join(CONTROL.sub("", title).split())


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
