"""HTML, PDF and DOCX: files that the tests make, and what is broken in them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import bomb, locked, lying_bomb, pdf, word

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text import chunking
from kgtool.text.readers import find, read


def document(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    (found,) = read(find(folder / name)[0])
    assert isinstance(found, Document)
    return found


def page(folder: Path, html: str) -> Document:
    return document(folder, "x.html", html.encode())


# text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_names_the_encoding(encoding: str, tmp_path: Path) -> None:
    text = "Göttingen 👍 שלום\n"
    assert document(tmp_path, "x.txt", text.encode(encoding)).text.removeprefix("\ufeff") == text


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\x00\x00a\x00\x00\x00", b"\xff\xfe\x00\xd8"])
def test_broken_utf_16_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError):
        document(tmp_path, "x.txt", data)


# HTML

PAGE = """<!DOCTYPE html><html><head><title>Site: Z3</title><style>p {color: red}</style>
<script>var a = "The script says no.";</script></head><body>
<header><a href="/">Home</a></header><nav>Menu</nav><div class="sidebar">Beside</div>
<div id="content"><h1 id="z3">The <i>Z3</i></h1>
<p>Zuse built the&nbsp;<b>Z3</b>
in Ber&shy;lin.<sup class="reference">[1]</sup></p>
<h2><span id="fate">Fate</span><a class="headerlink" href="#fate">¶</a></h2>
<p>It was <span hidden>not</span>destroyed.<br>Twice.</p><p style="display: none">Hidden.</p>
<ul><li>One is <a href="x">here</a>.</li><li>Two</li></ul>
<table><tr><th>Name</th><td>Z3</td></tr><tr><td>Year</td><td>1941</td></tr></table>
<pre>a
  b</pre><ul><li><a>one</a></li><li><a>two</a></li><li><a>three</a></li><li><a>four</a></li></ul>
</div><footer>Copyright</footer><script>more()</script></body></html>"""


def test_the_main_text_of_a_page(tmp_path: Path) -> None:
    found = page(tmp_path, PAGE)
    assert found.text.split("\n\n") == [
        "# The Z3", "Zuse built the Z3 in Berlin.", "## Fate", "It was destroyed.\nTwice.", "One is here.", "Two",
        "Name | Z3", "Year | 1941", "a\n  b", "",
    ]  # fmt: skip
    assert found.title == "The Z3"


def test_anchors_are_the_nearest_ids_before(tmp_path: Path) -> None:
    found = page(tmp_path, PAGE)
    assert found.anchors == ((0, "#z3"), (found.text.index("## Fate"), "#fate"))
    assert found.anchor(found.text.index("Zuse")) == "#z3" and found.anchor(found.text.index("destroyed")) == "#fate"
    assert [c.anchor for c in chunking.chunks(found)][:2] == ["#z3", "#fate"]


def test_a_main_element_is_the_text(tmp_path: Path) -> None:
    found = page(tmp_path, "<title>T</title><div>Advert.</div><main><p>Text.</p></main><div>Advert.</div>")
    assert (found.text, found.title) == ("Text.\n\n", "T")


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>", "cp1252"),
        ('<?xml version="1.0" encoding="ISO-8859-2"?>', "iso-8859-2"),
        ('<meta charset="koi8-r">', "utf-8-sig"),
        ("", "utf-8"),
        ("", "utf-16"),
    ],
)
def test_the_encoding_of_a_page_is_the_one_it_names(head: str, encoding: str, tmp_path: Path) -> None:
    assert document(tmp_path, "x.htm", f"{head}<p>Göttingen</p>".encode(encoding)).text == "Göttingen\n\n"


@pytest.mark.parametrize("data", [b"<p>caf\xe9</p>", b"<meta charset=utf-8>caf\xe9", b"<meta charset=none-such>x"])
def test_a_page_in_another_encoding_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match="not valid"):
        document(tmp_path, "x.html", data)


@pytest.mark.parametrize("html", ["", "<!-- x -->", "<html></html>", "<script>x</script>", "&#0;", "<"])
def test_a_page_without_text_is_empty_or_text(html: str, tmp_path: Path) -> None:
    assert page(tmp_path, html).text.strip() in {"", "<", "\ufffd"}


def test_deep_nesting_and_unclosed_tags_are_read(tmp_path: Path) -> None:
    assert "deep" in page(tmp_path, "<div><b>" * 900 + "deep").text
    with pytest.raises(KgtoolError, match="nested"):
        page(tmp_path, "<div><b>" * 3000 + "lost")
    assert page(tmp_path, "<p>One<p>Two <td>three</b>").text.split("\n\n")[0] == "One"


PROSE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(PROSE, PROSE), min_size=1, max_size=6))
def test_offsets_are_those_of_the_text_given(sections: list[tuple[str, str]]) -> None:
    from html import escape

    from kgtool.text.readers.base import Input
    from kgtool.text.readers.html import read_html

    html = "".join(f'<h2 id="s{i}">{escape(a)}</h2><p>{escape(b)}</p>' for i, (a, b) in enumerate(sections))
    (found,) = read_html(Input("x.html", io.BytesIO(html.encode())))
    assert list(found.anchors) == sorted(found.anchors)
    assert all(found.text[offset:].startswith("## ") for offset, _ in found.anchors)
    for chunk in chunking.chunks(found):
        assert found.text[chunk.begin : chunk.end] == chunk.text and chunk.anchor == found.anchor(chunk.begin)


# PDF


LINES = ["The Z3", "Konrad Zuse built the Z3 in Berlin in 1941 and it was the first pro-", "grammable computer."]


def test_pages_are_paragraphs_with_anchors(tmp_path: Path) -> None:
    found = document(tmp_path, "x.pdf", pdf(LINES, [], ["It was destroyed in 1943."], title="Zuse"))
    assert found.title == "Zuse"
    assert found.text.split("\n\n")[0] == "The Z3"
    assert "the first programmable computer." in " ".join(found.text.split())
    assert found.anchors == ((0, "page 1"), (found.text.index("It was"), "page 3"))
    assert found.text[found.text.index("It was") - 2 :].startswith("\n\n")


def test_a_hyphen_that_the_page_has_elsewhere_stays(tmp_path: Path) -> None:
    lines = ["A well-known machine is one that many people know, and this is a well-", "known one."]
    assert "a well-known one" in " ".join(document(tmp_path, "x.pdf", pdf(lines)).text.split())


def test_a_scanned_pdf_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match="no text"):
        document(tmp_path, "x.pdf", pdf([]))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"no pdf at all", pdf(LINES)[:200]])
def test_a_damaged_pdf_is_named(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match="damaged"):
        document(tmp_path, "x.pdf", data)


def test_an_encrypted_pdf_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match="encrypted"):
        document(tmp_path, "x.pdf", locked(pdf(LINES)))


# DOCX


def test_paragraphs_headings_and_cells(tmp_path: Path) -> None:
    found = document(tmp_path, "x.docx", word())
    parts = ["# The Z3", "Konrad Zuse built the Z3.", "Name | Year", "Both", "It was destroyed.", ""]
    assert found.text.split("\n\n") == parts and found.title == "The Z3"


@pytest.mark.parametrize("data", [b"", b"no zip", word()[:2000], b"\xd0\xcf\x11\xe0 old"])
def test_a_damaged_or_old_word_file_is_named(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError):
        document(tmp_path, "x.docx", data)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match=r"word/more\.xml unpacks to \d+ times"):
        document(tmp_path, "x.docx", bomb(4 * 2**20))
    (tmp_path / "x.docx").write_bytes(bomb(9 * 2**20))
    with pytest.raises(KgtoolError, match="unpacks to more than 8 MB"):
        list(read(find(tmp_path / "x.docx")[0], max_mb=1))


def test_a_zip_bomb_that_declares_a_small_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_bytes(lying_bomb(50 * 2**20, 100))
    tracemalloc.start()
    with pytest.raises(KgtoolError, match="unpacks to more than 8 MB"):
        list(read(find(tmp_path / "x.docx")[0], max_mb=1))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * 2**20


def test_other_ways_to_pack_a_word_document_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match="packed with method 14"):
        document(tmp_path, "x.docx", bomb(100, zipfile.ZIP_LZMA))
