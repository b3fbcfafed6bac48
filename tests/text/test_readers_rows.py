"""Tables, JSON and JSON Lines: one document a row, and what is broken is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text.readers import Fields, Part, Unread, find, read


def parts(folder: Path, name: str, data: str | bytes, *, max_mb: float = 16.0, **fields: str) -> list[Part]:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read(find(file)[0], fields=Fields(**fields), max_mb=max_mb))


def rows(found: list[Part]) -> list[tuple[str, str]]:
    return [(p.name, p.text) for p in found if isinstance(p, Document)]


def errors(found: list[Part]) -> list[str]:
    return [p.error for p in found if isinstance(p, Unread)]


# JSON Lines


def test_lines_are_documents(tmp_path: Path) -> None:
    found = parts(
        tmp_path, "x.jsonl", '\ufeff{"id": 1, "text": "a\\nb", "more": 0}\n\n{"id": "two", "text": "c\u2028d"}'
    )
    assert rows(found) == [("x.jsonl#1", "a\nb"), ("x.jsonl#two", "c\u2028d")] and not errors(found)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ('{"id": 2}', "no field 'text'"),
        ("[1]", "not an object"),
        ("{", "not valid JSON"),
        ('"text"', "not an object"),
        ('{"id": 2, "text": "\\ud800"}', "'text' is no text"),
        ('{"id": "\\ud800", "text": "x"}', "'id' is no text"),
        ('{"id": 2, "text": null}', "'text' is no text"),
        ('{"id": "", "text": "x"}', "'id' is empty"),
        ('{"id": 1, "text": "x"}', "'id' is '1', as in line 1"),
        ("[" * 100_000, "not valid JSON"),
        (b'{"id": 2, "text": "caf\xe9"}', "not valid UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad: str | bytes, why: str, tmp_path: Path) -> None:
    line = bad if isinstance(bad, bytes) else bad.encode()
    found = parts(tmp_path, "x.jsonl", b'{"id": 1, "text": "a"}\n' + line + b'\n{"id": 3, "text": "c"}\n')
    assert [name for name, _ in rows(found)] == ["x.jsonl#1", "x.jsonl#3"]
    (error,) = errors(found)
    assert error.startswith("line 2: ") and why in error


def test_the_limit_is_one_of_each_line(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "text": "x" * (3000 if i == 2 else 500)}) for i in range(1, 8)]
    found = parts(tmp_path, "x.jsonl", "\n".join(lines), max_mb=1000 / 2**20)
    assert [name[-1] for name, _ in rows(found)] == list("134567")
    assert errors(found)[0].startswith("line 2: ")


# JSON


@pytest.mark.parametrize(
    "value",
    [
        [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}],
        {"version": 3, "items": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]},
    ],
)
def test_objects_of_an_array_are_documents(value: object, tmp_path: Path) -> None:
    assert rows(parts(tmp_path, "x.json", json.dumps(value))) == [("x.json#1", "a"), ("x.json#2", "b")]


def test_one_object_is_one_document(tmp_path: Path) -> None:
    text = json.dumps({"key": "k", "body": "a", "tags": ["x"], "more": []})
    assert rows(parts(tmp_path, "x.json", text, id="key", text="body")) == [("x.json#k", "a")]


def test_a_bad_item_is_named(tmp_path: Path) -> None:
    found = parts(tmp_path, "x.json", '[{"id": 1, "text": "a"}, 7, {"id": 3, "text": "c"}]')
    assert len(rows(found)) == 2 and errors(found) == ["item 2: not an object"]


@pytest.mark.parametrize("text", ["{", "7", '{"a": [], "b": []}', '{"a": 1}', "[" * 100_000, '"x'])
def test_json_of_another_shape_fails(text: str, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError):
        parts(tmp_path, "x.json", text)


# tables


def test_a_text_column_gives_a_text_a_row(tmp_path: Path) -> None:
    table = '\ufeffid,text,year\r\na,"Zuse, Konrad\nbuilt ""it""",1941\r\nb,Two,\r\n'
    assert rows(parts(tmp_path, "x.csv", table)) == [("x.csv#a", 'Zuse, Konrad\nbuilt "it"'), ("x.csv#b", "Two")]


def test_columns_are_named(tmp_path: Path) -> None:
    found = parts(tmp_path, "x.tsv", "key\tbody\tn\nk\tA, b.\t1\n", id="key", text="body")
    assert rows(found) == [("x.tsv#k", "A, b.")]


def test_without_a_text_column_a_row_is_its_cells_and_its_line(tmp_path: Path) -> None:
    found = parts(tmp_path, "x.csv", 'name,what\nZ3,"a\nb"\nEDSAC,\n')
    assert rows(found) == [("x.csv#2", "Z3\n\na\nb"), ("x.csv#4", "EDSAC")]


def test_ragged_rows_are_named_by_line(tmp_path: Path) -> None:
    found = parts(tmp_path, "x.csv", "id,text\n1,a\n2\n\n3,c,d\n4,e\n")
    assert rows(found) == [("x.csv#1", "a"), ("x.csv#4", "e")]
    assert errors(found) == ["line 3: 1 cells instead of 2", "line 5: 3 cells instead of 2"]


def test_a_quote_that_is_never_closed_is_named(tmp_path: Path) -> None:
    found = parts(tmp_path, "x.csv", 'id,text\n1,a\n2,"b\n3,c\n')
    assert rows(found) == [("x.csv#1", "a")] and errors(found)[0].startswith("line ")


@pytest.mark.parametrize(("table", "why"), [("id;text\n1;a\n", "semicolons"), ("id,body\n1,a\n", "no column 'text'")])
def test_columns_that_are_not_there_are_an_error(table: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(KgtoolError, match=why):
        parts(tmp_path, "x.csv", table, text="text")


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    assert len(rows(parts(tmp_path, "x.csv", f"id,text\n1,{'x' * 200_000}\n"))[0][1]) == 200_000


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.jsonl"])
def test_nothing_in_it_is_no_document(name: str, tmp_path: Path) -> None:
    assert parts(tmp_path, name, "") == []


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(texts=st.lists(TEXT, max_size=5))
def test_texts_come_through_as_they_are(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rows")
    objects = [{"id": i, "text": text} for i, text in enumerate(texts)]
    lines = "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects)
    assert [text for _, text in rows(parts(folder, "x.jsonl", lines))] == texts
    assert [text for _, text in rows(parts(folder, "x.json", json.dumps(objects)))] == texts
    quoted = "".join(f'{i},"{text.replace(chr(34), chr(34) * 2)}"\n' for i, text in enumerate(texts))
    assert [text for _, text in rows(parts(folder, "x.csv", "id,text\n" + quoted))] == texts
