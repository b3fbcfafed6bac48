"""Files to documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.errors import KgtoolError, NotFoundError
from kgtool.model import Document
from kgtool.text.readers import Found, find, read
from kgtool.text.readers.plain import title_of


def write(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")


def names(folder: Path) -> list[str]:
    return [f.name for f in find(folder)]


def read_bytes(folder: Path, data: bytes, name: str = "a.txt") -> str:
    (folder / name).write_bytes(data)
    (document,) = read(find(folder / name)[0])
    assert isinstance(document, Document)
    return document.text


def test_texts_of_all_folders_are_found_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a.TXT", "sub/c.text", "sub/deep/d.markdown")
    assert names(tmp_path) == ["a.TXT", "b.md", "sub/c.text", "sub/deep/d.markdown"]
    assert {f.root for f in find(tmp_path)} == {str(tmp_path)}


def test_hidden_and_unknown_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".b.txt", ".git/c.txt", "d.png", "e", "f.txt~")
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_is_named_is_taken_whatever_its_kind(tmp_path: Path) -> None:
    write(tmp_path, "notes.log")
    assert find(tmp_path / "notes.log") == [Found(str(tmp_path / "notes.log"), "notes.log", tmp_path / "notes.log")]


def test_ignored_names_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.txt", "drafts/c.txt", "x/drafts/d.txt", "x/e.md", "x/f.txt")
    (tmp_path / ".kgtoolignore").write_text("# no drafts\ndrafts/\n\nx/*.md\nb.*\n")
    assert names(tmp_path) == ["a.txt", "x/f.txt"]


def test_a_path_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="gone"):
        find(tmp_path / "gone")


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path, "sub/a.txt")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert names(tmp_path) == ["sub/a.txt"]


def test_a_folder_with_a_link_beside_it_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "sub/a.txt")
    (tmp_path / "twin").symlink_to(tmp_path / "sub")
    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc\nd", "\ufeffa", "a\u2028b\u2029c\x85d\x0be\x0cf", "👩‍👩‍👧 e\u0301 שלום \u202e", "", "\n\n"]
)
def test_the_text_is_that_of_the_file(text: str, tmp_path: Path) -> None:
    assert read_bytes(tmp_path, text.encode()) == text


@pytest.mark.parametrize(("data", "why"), [(b"a\0b", "binary"), (b"caf\xe9", "not valid UTF-8 at byte 3")])
def test_what_is_no_text_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match=why):
        read_bytes(tmp_path, data)


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 2**20)
    (found,) = find(tmp_path / "a.txt")
    (document,) = read(found, max_mb=1)
    assert isinstance(document, Document) and len(document.text) == 2**20
    with pytest.raises(KgtoolError, match=r"limit of 0\.5 MB"):
        list(read(found, max_mb=0.5))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Alan Turing\n\nHe was born.", "Alan Turing"),
        ("\ufeff## Alan Turing ##\r\ntext", "Alan Turing"),
        ("\n\n# Late\n", "Late"),
        ("# Last", "Last"),
        ("text\n\n# Not first\n", ""),
        ("#hashtag\n", ""),
        ("# C#\n\ntext", "C#"),
    ],
)
def test_the_title_of_markdown_is_its_first_heading(text: str, title: str) -> None:
    assert title_of(text, markdown=True) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Alan Turing\n\nHe was born.", "Alan Turing"),
        ("Alan Turing  \r\n\r\nHe was born.", "Alan Turing"),
        ("\ufeffAlan Turing\n \nHe", "Alan Turing"),
        ("Alan Turing was born.\n\nHe", ""),
        ("Alan Turing\nHe was born.\n\n", ""),
        ("Alan Turing", ""),
        ("x" * 101 + "\n\ntext", ""),
        ("", ""),
    ],
)
def test_the_title_of_a_plain_text_is_a_first_line_that_stands_alone(text: str, title: str) -> None:
    assert title_of(text, markdown=False) == title
