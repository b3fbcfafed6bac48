"""The program that reads a PDF for :mod:`kgtool.text.readers.pdf`: the file on stdin, JSON on stdout.

PDFium is C++ that reads what anybody has written, and it unpacks whatever a file says. In a process of its own neither
a crash nor the memory that it takes is the build's.

usage: python -m kgtool.text.readers.pdfium MEGABYTES
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any


def main() -> None:
    """Print the pages and the title, or what is wrong with the file."""
    most = int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        sys.stdout.write(json.dumps(read(sys.stdin.buffer.read())))
    except MemoryError:
        os.abort()  # as PDFium does where memory is short


def read(data: bytes) -> dict[str, Any]:
    """``pages``: the text of each page as the file has it, and ``title``; or ``encrypted``, or the ``error``."""
    import pypdfium2 as pdfium
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        with pdfium.PdfDocument(data) as document:
            pages = [page.get_textpage().get_text_range(errors="replace") for page in document]
            return {"pages": pages, "title": document.get_metadata_dict().get("Title", "")}
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD:
            return {"encrypted": True}
        return {"error": str(error)}


if __name__ == "__main__":
    main()
