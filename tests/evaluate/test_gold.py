"""Gold files: what is read, and what is refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.errors import NotFoundError, UsageError
from kgtool.evaluate.gold import read_gold, read_predictions

GOOD = '{"id": "a", "text": "Zuse built the Z3.", "triples": [["Zuse", "built", "Z3"]]}'


def written(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "gold.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return path


def test_what_a_line_may_be(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        b"\xef\xbb\xbf" + GOOD.encode() + b"\r",
        "",
        '{"id": 7, "title": "T", "text": "x\u2028y", "triples": [{"subject": "A", "predicate": "p", "object": "B"}]}',
        '{"id": "c", "text": "x", "entities": [{"aliases": ["A", "AA"]}, {"text": "of another kind"}], '
        '"gold": [{"sub": "A", "rel": "p", "obj": "B", "obj_aliases": ["BB"]}]}',
        '{"id": "d", "text": "x", "gold": [{"arg1": "A", "rel": "p", "arg2": "B", "arg3+": []}]}',
        '{"id": "e", "text": "nothing is stated here", "triples": []}',
    )
    found = read_gold(path)
    assert [d.id for d in found] == ["a", "7", "c", "d", "e"]
    assert found[0].triples == (("Zuse", "built", "Z3"),) and found[1].title == "T"
    assert {d.triples for d in found[1:4]} == {(("A", "p", "B"),)}
    assert found[2].aliases == (("A", "AA"), ("B", "BB"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        (b'{"id": "\xff"}', "not valid UTF-8"),
        ("[1]", "not an object"),
        ('{"id": "\\ud800", "text": "x", "triples": []}', "lone surrogate"),
        ('{"text": "x", "triples": []}', "no text 'id'"),
        ('{"id": true, "text": "x", "triples": []}', "no text 'id'"),
        ('{"id": "b", "triples": []}', "no text 'text'"),
        ('{"id": "b", "text": " ", "triples": []}', "no text 'text'"),
        ('{"id": "b", "text": "x", "title": 1, "triples": []}', "'title' is no text"),
        ('{"id": "b", "text": "x"}', "no list 'triples'"),
        ('{"id": "b", "text": "x", "triples": [["A", "p"]]}', "triple 1 is not three texts"),
        ('{"id": "b", "text": "x", "triples": [["A", "p", ""]]}', "triple 1 is not three texts"),
        ('{"id": "b", "text": "x", "triples": [["A", "p", "B"], ["A", "p", 3]]}', "triple 2 is not three texts"),
        ('{"id": "b", "text": "x", "triples": [{"subject": "A", "predicate": "p"}]}', "triple 1: no text 'object'"),
        ('{"id": "b", "text": "x", "triples": [], "entities": [{"aliases": "A"}]}', "no list of texts"),
        ('{"id": "b", "text": "x", "triples": [], "entities": {}, "x": 1}', ""),
        ('{"id": "b", "text": "x", "triples": [], "entities": 3}', "'entities' is no list"),
        (GOOD, "'id' is 'a', as in a line before"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str | bytes, told: str) -> None:
    path = written(tmp_path, GOOD, line)
    if not told:
        assert len(read_gold(path)) == 2
        return
    with pytest.raises(UsageError) as caught:
        read_gold(path)
    assert caught.value.message.startswith(f"{path}, line 2: ") and told in caught.value.message


@pytest.mark.parametrize("lines", [[], ["", " "], ['{"id": "a", "text": "x", "triples": []}']])
def test_a_gold_without_triples_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(UsageError, match="has no triples"):
        read_gold(written(tmp_path, *lines))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_gold(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot be read"):
        read_gold(tmp_path)


def test_texts_are_needed_only_to_extract(tmp_path: Path) -> None:
    path = written(tmp_path, '{"id": "a", "triples": [["A", "p", "B"]]}')
    assert read_gold(path, texts=False)[0].text == ""


@pytest.mark.parametrize("key", ["document", "subject", "predicate", "object"])
def test_predictions_are_triples_with_their_document(tmp_path: Path, key: str) -> None:
    row = '{"document": "a", "subject": "A", "predicate": "p", "object": "B", "from a newer version": 1}'
    assert read_predictions(written(tmp_path, row))[0].evidence.document == "a"
    with pytest.raises(UsageError, match=f"line 2: no '{key}'"):
        read_predictions(written(tmp_path, row, row.replace(f'"{key}"', '"x"')))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('"begin": "x"', "'begin' is no offset: 'x'"),
        ('"end": -1', "'end' is no offset"),
        ('"confidence": "high"', "the confidence 'high' is not between 0 and 1"),
        ('"quote": 1', "'quote' is no text"),
        ('"status": "so"', "the status 'so' is none of"),
    ],
)
def test_predictions_have_fields_of_the_right_types(tmp_path: Path, field: str, said: str) -> None:
    row = f'{{"document": "a", "subject": "A", "predicate": "p", "object": "B", {field}}}'
    with pytest.raises(UsageError, match=f"line 1: {said}"):
        read_predictions(written(tmp_path, row))
