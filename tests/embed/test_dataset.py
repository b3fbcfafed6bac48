"""Folders of facts, parts of a graph, and leaks between them."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest
from embed_support import facts, graph
from hypothesis import given
from hypothesis import strategies as st

from kgtool.embed import dataset
from kgtool.embed.dataset import Dataset, Fact
from kgtool.errors import NotFoundError, UsageError

NAMES = st.sampled_from("abcdefgh")
FACTS = st.lists(st.tuples(NAMES, st.sampled_from("xyz"), NAMES), min_size=1, max_size=60)


def written(folder: Path, **files: list[Fact]) -> Path:
    """A folder with these files."""
    for name, rows in files.items():
        (folder / f"{name}.txt").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def named(data: Dataset, part: str) -> set[Fact]:
    """The facts of a part in words."""
    return {(data.entities[h], data.relations[r], data.entities[t]) for h, r, t in getattr(data, part).tolist()}


# files


@pytest.mark.parametrize("ending", dataset.ENDINGS)
def test_every_ending_is_read(tmp_path: Path, ending: str) -> None:
    for name, row in (("train", "a\tx\tb\r\nb\tx\té\n\n"), ("valid", "a\tx\té\n"), ("test", "é\tx\ta")):
        text = row.encode()
        (tmp_path / f"{name}{ending}").write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    found = dataset.read(tmp_path)
    assert found.entities == ("a", "b", "é") and found.relations == ("x",)
    assert named(found, "train") == {("a", "x", "b"), ("b", "x", "é")}
    assert (named(found, "valid"), named(found, "test")) == ({("a", "x", "é")}, {("é", "x", "a")})


def test_texts_and_negatives_of_a_folder(tmp_path: Path) -> None:
    parts = {"train": [("a", "x", "b")], "valid": [("b", "x", "a")], "test": [("b", "x", "b")]}
    written(tmp_path, **parts, valid_negatives=[("a", "x", "a"), ("a", "x", "unknown")])
    (tmp_path / "entity2text.txt").write_text("a\tAda: a person\nno text\nb\t Bob, a builder \n", encoding="utf-8")
    (tmp_path / "relation2text.tsv").write_text("x\tknows\n", encoding="utf-8")
    found = dataset.read(tmp_path)
    assert (found.text("b"), found.label("a"), found.label("b")) == ("Bob, a builder", "Ada", "Bob")
    assert found.relation_texts == {"x": "knows"}
    assert found.negatives.keys() == {"valid"} and found.negatives["valid"].tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("line", ["a\tx", "a\tx\tb\tc", "a\t\tb", "a x b", "\t\t"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "train.tsv").write_text(f"a\tx\tb\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"train\.tsv, line 2") as caught:
        dataset.read(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["train.txt", "train.txt.gz"])
def test_what_is_no_text_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x1f\x8b\xff\xfe\x00")
    with pytest.raises(UsageError, match=name.replace(".", r"\.")):
        dataset.read(tmp_path)


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.txt.gz").write_bytes(gzip.compress(b"a\tx\tb\n" * 1000)[:-9])
    with pytest.raises(UsageError, match=r"train\.txt\.gz cannot be read"):
        dataset.read(tmp_path)


def test_without_facts_there_is_nothing_to_learn(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("\n\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no fact"):
        dataset.read(tmp_path)
    written(tmp_path, train=[], valid=[("a", "x", "b")])
    with pytest.raises(UsageError, match="no fact"):
        dataset.read(tmp_path)


def test_without_a_training_file_or_a_folder(tmp_path: Path) -> None:
    written(tmp_path, valid=[("a", "x", "b")])
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotFoundError):
            dataset.read(folder)


def test_train_alone_is_split(tmp_path: Path) -> None:
    found = dataset.read(written(tmp_path, train=facts()))
    assert found.hash == dataset.of_facts(facts(), {}).hash
    assert len(found.valid) and len(found.test)


# parts


@given(FACTS, st.integers(0, 3))
def test_a_split_leaves_every_name_in_train(rows: list[Fact], seed: int) -> None:
    found = dataset.of_facts(rows, {}, seed=seed)
    parts = [named(found, part) for part in ("train", "valid", "test")]
    assert sorted(f for part in parts for f in part) == sorted(set(rows))
    assert {e for h, _, t in parts[0] for e in (h, t)} == {e for h, _, t in rows for e in (h, t)}
    assert {r for _, r, _ in parts[0]} == {r for _, r, _ in rows}
    assert all(len(part) <= len(set(rows)) * dataset.HELD_OUT for part in parts[1:])
    pairs = [{frozenset((h, t)) for h, _, t in part} for part in parts]
    assert not (pairs[0] & pairs[1] or pairs[0] & pairs[2] or pairs[1] & pairs[2])


@given(FACTS, st.randoms(use_true_random=False))
def test_a_split_does_not_depend_on_the_order(rows: list[Fact], shuffler: random.Random) -> None:
    others = [*rows, rows[0]]
    shuffler.shuffle(others)
    assert dataset.of_facts(rows, {}).hash == dataset.of_facts(others, {}).hash


def test_seeds_give_other_splits_and_a_graph_that_grows_keeps_most() -> None:
    first, other = dataset.of_facts(facts(), {}), dataset.of_facts(facts(), {}, seed=1)
    assert first.hash != other.hash
    grown = dataset.of_facts([*facts(), ("person1", "lives in", "town9")], {})
    assert len(named(first, "test") & named(grown, "test")) > 0.8 * len(first.test)


@pytest.mark.parametrize("seed", range(3))
def test_entities_held_out_are_in_no_training_fact(seed: int) -> None:
    whole = graph()
    found = dataset.without_entities(whole, seed)
    parts = [found.train, found.valid, found.test]
    assert len(np.unique(np.concatenate(parts), axis=0)) == sum(map(len, parts)) == len(facts())
    seen = set(found.train[:, [0, 2]].ravel().tolist())
    out = set(range(len(whole.entities))) - seen
    assert 0 < len(out) <= 2 * int(len(whole.entities) * dataset.HELD_OUT)
    assert set(found.train[:, 1].tolist()) == set(range(len(whole.relations)))
    assert all({h, t} & out for part in parts[1:] for h, _, t in part.tolist())
    for part in parts[1:]:
        assert len(part)
    assert found.texts == whole.texts
    again = dataset.without_entities(whole, seed)
    assert again.hash == found.hash


@given(FACTS)
def test_entities_that_stay_keep_a_fact(rows: list[Fact]) -> None:
    whole = dataset.of_facts(rows, {})
    found = dataset.without_entities(whole, 0, share=0.4)
    seen = set(found.train[:, [0, 2]].ravel().tolist())
    out = set(range(len(whole.entities))) - seen
    assert len(out) <= 2 * int(0.4 * len(whole.entities))
    assert set(found.train[:, 1].tolist()) == set(range(len(whole.relations)))


# leakage


def doubled(share: float) -> list[Fact]:
    """Parents, and for a share of them the inverse and a second name of the relation."""
    found: list[Fact] = []
    for i in range(40):
        found.append((f"p{i}", "parent of", f"c{i}"))
        if i < 40 * share:
            found += [(f"c{i}", "child of", f"p{i}"), (f"p{i}", "has child", f"c{i}")]
    return found


def parts(held: list[Fact], share: float) -> Dataset:
    """The facts but for some that are held out."""
    train = [f for f in doubled(share) if f not in held]
    return dataset.numbered({"train": train, "valid": held, "test": []}, {}, {})


def test_inverse_and_twin_relations_leak() -> None:
    held: list[Fact] = [("p0", "parent of", "c0"), ("c1", "child of", "p1"), ("p39", "parent of", "c0")]
    assert dataset.leaks(parts(held[:2], 0.9)) == 1
    assert dataset.leaks(parts(held, 0.9)) == pytest.approx(2 / 3)


def test_a_relation_that_is_its_own_inverse_leaks() -> None:
    pairs = [(f"a{i}", "married to", f"b{i}") for i in range(20)]
    back = [(b, r, a) for a, r, b in pairs]
    found = dataset.numbered({"train": [*pairs, *back[2:]], "valid": back[:2], "test": []}, {}, {})
    assert dataset.leaks(found) == 1


def test_relations_of_few_or_other_pairs_do_not_leak() -> None:
    few = [("p0", "parent of", "c0")]
    assert dataset.leaks(parts(few, 0.2)) == 0  # eight pairs say nothing
    other = [(f"p{i}", "lives in", f"c{(i + 1) % 40}") for i in range(40)]
    found = dataset.numbered({"train": doubled(0)[1:] + other, "valid": few, "test": []}, {}, {})
    assert dataset.leaks(found) == 0


def test_our_own_split_does_not_leak() -> None:
    assert dataset.leaks(dataset.of_facts(doubled(1), {})) == 0
    assert dataset.leaks(dataset.of_facts([("a", "x", "b")], {})) == 0
