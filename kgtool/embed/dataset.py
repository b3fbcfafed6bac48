"""A graph as numbers: entities, relations and facts, in parts for training, choosing and judging.

From a folder of ``train``, ``valid`` and ``test`` files (the form of the public benchmarks), or from facts of a store.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kgtool.embed.known import Known
from kgtool.errors import NotFoundError, UsageError
from kgtool.model import digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

Fact = tuple[str, str, str]
ENDINGS = (".txt", ".tsv", ".txt.gz", ".tsv.gz")
TEXT = "utf-8-sig"
"""A byte order mark is no part of the first name."""
TEXTS = ("text", "entity2text")
RELATION_TEXTS = ("relation2text",)
HELD_OUT = 0.1
"""Share of the facts for choosing, and as much for judging, at most."""
SAME_PAIRS = 0.8
"""Two relations with such a share of the smaller one's pairs in common are taken for one, or for inverses."""
MIN_PAIRS = 10
"""Fewer pairs say nothing about two relations."""


@dataclass(frozen=True)
class Dataset:
    """The numbers of a graph. Facts are rows (head, relation, tail) of indices, int64, shape ``(n, 3)``."""

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    train: Ids
    valid: Ids
    test: Ids
    texts: Mapping[str, str] = field(default_factory=dict)
    """What is said about entities, ``label: description``, by entity."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What entities are called, where that is known apart from their texts."""
    relation_texts: Mapping[str, str] = field(default_factory=dict)
    negatives: Mapping[str, Ids] = field(default_factory=dict)
    """False facts of the parts ``valid`` and ``test``, where the folder gives them."""

    @property
    def known(self) -> Known:
        """All facts, which count as no mistakes when ranks are told."""
        return Known.of(len(self.relations), self.train, self.valid, self.test)

    @cached_property
    def hash(self) -> str:
        """The digest of what is learnt from and judged with."""
        parts = (part.tobytes().hex() for part in (self.train, self.valid, self.test))
        return digest("\n".join(self.entities), "\n".join(self.relations), *parts)

    def text(self, entity: str) -> str:
        """What is said about an entity; empty where nothing is."""
        return self.texts.get(entity, "")

    def label(self, entity: str) -> str:
        """What an entity is called: its label, what stands before the first colon or comma of its text, or its
        identifier."""
        if entity in self.labels:
            return self.labels[entity]
        return self.text(entity).partition(": ")[0].partition(", ")[0] or entity


# files


def find(folder: Path, *names: str) -> Path | None:
    """The first file of a folder with one of these names and a known ending."""
    return next((f for n in names for e in ENDINGS if (f := folder / f"{n}{e}").is_file()), None)


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file, numbered from 1; ``.gz`` is unpacked.

    Raises:
        UsageError: when it is no text.
    """
    try:
        with gzip.open(file, "rt", encoding=TEXT) if file.suffix == ".gz" else file.open(encoding=TEXT) as text:
            for number, line in enumerate(text, 1):
                yield number, line.rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "it should be tab-separated UTF-8 text, or .gz") from error


def facts(file: Path) -> list[Fact]:
    """The facts of a tab-separated file: head, relation, tail.

    Raises:
        UsageError: for a line that is none.
    """
    found = []
    for number, line in lines(file):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != 3 or not all(cells):
            raise UsageError(f"{file}, line {number}: no fact", "a line is head, relation and tail, tab-separated")
        found.append((cells[0], cells[1], cells[2]))
    return found


def texts(file: Path | None) -> dict[str, str]:
    """What a file says about things: identifier, tab, text. Lines without a tab are left out."""
    if file is None:
        return {}
    pairs = (line.partition("\t") for _, line in lines(file))
    return {name: text.strip() for name, tab, text in pairs if tab}


def read(folder: Path, seed: int = 0) -> Dataset:
    """The dataset of a folder; one with ``train`` alone is split.

    Raises:
        NotFoundError: when there is no folder, or no ``train`` file in it.
        UsageError: when a file cannot be used.
    """
    train = find(folder, "train")
    if train is None:
        hint = "name a folder with train, valid and test as .txt, .tsv or .gz"
        raise NotFoundError(f"{folder} has no file of training facts", hint)
    parts = {name: facts(f) if (f := find(folder, name)) else [] for name in ("train", "valid", "test")}
    known = texts(find(folder, *TEXTS))
    relations = texts(find(folder, *RELATION_TEXTS))
    if not parts["valid"] and not parts["test"]:
        return of_facts(parts["train"], known, relations, seed)
    made = numbered(parts, known, relations)
    negatives = {n: facts(f) for n in ("valid", "test") if (f := find(folder, f"{n}_negatives"))}
    return replace(made, negatives={n: indices(made, rows) for n, rows in negatives.items()})


def indices(dataset: Dataset, rows: Iterable[Fact]) -> Ids:
    """Facts as indices; those with unknown names are left out."""
    entity = {e: i for i, e in enumerate(dataset.entities)}
    relation = {r: i for i, r in enumerate(dataset.relations)}
    return array(
        (entity[h], relation[r], entity[t]) for h, r, t in rows if h in entity and r in relation and t in entity
    )


def array(rows: Iterable[tuple[int, int, int]]) -> Ids:
    """Rows as an array, of shape ``(0, 3)`` when there are none."""
    import numpy as np

    return np.array(list(rows), dtype=np.int64).reshape(-1, 3)


def numbered(parts: Mapping[str, Sequence[Fact]], known: Mapping[str, str], relations: Mapping[str, str]) -> Dataset:
    """Named facts as numbers, by the sorted names of all that occurs in them.

    Raises:
        UsageError: when there is nothing to learn from.
    """
    if not parts["train"]:
        raise UsageError("there is no fact to learn from", "embeddings need facts between two entities")
    every = [f for rows in parts.values() for f in rows]
    none = array(())
    empty = Dataset(
        tuple(sorted({e for h, _, t in every for e in (h, t)})), tuple(sorted({r for _, r, _ in every})),
        none, none, none, dict(known), relation_texts=dict(relations),
    )  # fmt: skip
    train, valid, test = (indices(empty, sorted(set(parts[name]))) for name in ("train", "valid", "test"))
    return replace(empty, train=train, valid=valid, test=test)


def of_facts(
    rows: Iterable[Fact], known: Mapping[str, str], relations: Mapping[str, str] | None = None, seed: int = 0
) -> Dataset:
    """Facts of one graph, split."""
    return numbered(split(sorted(set(rows)), seed), known, relations or {})


# parts


def split(rows: Sequence[Fact], seed: int) -> dict[str, list[Fact]]:
    """Facts in three parts. A fact is held out only while its ends and its relation occur elsewhere in ``train``.

    Which ones depends on the facts' names and the seed, so that a graph that grows keeps most of its parts. All facts
    of a pair of entities go together: a relation's inverse would give the answer away.
    """
    ends, used = Counter[str](), Counter[str]()
    pairs: dict[tuple[str, str], list[Fact]] = {}
    for head, relation, tail in rows:
        ends.update((head, tail))
        used[relation] += 1
        pairs.setdefault((min(head, tail), max(head, tail)), []).append((head, relation, tail))
    limit = int(len(rows) * HELD_OUT)
    parts: dict[str, list[Fact]] = {"train": [], "valid": [], "test": []}
    for pair in sorted(pairs, key=lambda pair: digest(str(seed), *pair)):
        group = pairs[pair]
        lost = Counter(e for h, _, t in group for e in (h, t)), Counter(r for _, r, _ in group)
        part = next((n for n in ("valid", "test") if len(parts[n]) + len(group) <= limit), "train")
        if part != "train" and spared(ends, lost[0]) and spared(used, lost[1]):
            ends.subtract(lost[0])
            used.subtract(lost[1])
        else:
            part = "train"
        parts[part] += group
    return parts


def spared(have: Counter[str], lost: Counter[str]) -> bool:
    """Whether something is left of each."""
    return all(have[name] > n for name, n in lost.items())


def without_entities(dataset: Dataset, seed: int, share: float = HELD_OUT) -> Dataset:
    """The dataset split by entity: ``share`` of the entities are in no training fact, for each of the other parts.

    After Daza et al., "Inductive Entity Representations from Text via Link Prediction", WWW 2021 (BLP), section 4: an
    entity is drawn at random and taken out with its facts, unless another entity or a relation would be left without
    a fact in ``train``. A fact of a drawn entity belongs to the part of that entity; one that joins an entity of
    ``valid`` with one of ``test`` belongs to ``test``. Texts stay.
    """
    import numpy as np

    rows = np.concatenate([dataset.train, dataset.valid, dataset.test])
    ends = np.bincount(rows[:, [0, 2]].ravel(), minlength=len(dataset.entities))
    used = np.bincount(rows[:, 1], minlength=len(dataset.relations))
    order, at = by_end(rows, len(dataset.entities))
    gone = np.zeros(len(rows), dtype=np.int8)
    wanted = int(len(dataset.entities) * share)
    drawn = np.random.default_rng(seed).permutation(len(dataset.entities))
    taken = {1: 0, 2: 0}
    for entity in drawn:
        part = next((p for p in (2, 1) if taken[p] < wanted), 0)
        if not part:
            break
        own = np.unique(order[at[entity] : at[entity + 1]])
        left = own[gone[own] == 0]
        others = np.bincount(rows[left][:, [0, 2]].ravel(), minlength=len(ends))
        others[entity] = 0
        touched = np.flatnonzero(others)
        lost = np.bincount(rows[left, 1], minlength=len(used))
        if not len(left) or (ends[touched] <= others[touched]).any() or (used <= lost)[lost > 0].any():
            continue
        ends -= others
        used -= lost
        gone[own] = np.maximum(gone[own], part)
        taken[part] += 1
    return replace(dataset, train=rows[gone == 0], valid=rows[gone == 1], test=rows[gone == 2])


def by_end(rows: Ids, entities: int) -> tuple[Ids, Ids]:
    """The numbers of the facts of each entity: those of entity ``i`` are ``order[at[i]:at[i + 1]]``."""
    import numpy as np

    ends = np.concatenate([rows[:, 0], rows[:, 2]])
    order = np.argsort(ends, kind="stable")
    at = np.searchsorted(ends[order], np.arange(entities + 1))
    return order % len(rows), at


# leakage


def leaks(dataset: Dataset) -> float:
    """The share of held-out facts that the training part gives away: it has the same pair, or the pair turned round,
    in a relation that shares most of its pairs with the fact's (Toutanova and Chen, "Observed versus latent features
    for knowledge base and text inference", CVSC 2015)."""
    held = [(int(h), int(r), int(t)) for part in (dataset.valid, dataset.test) for h, r, t in part]
    if not held:
        return 0.0
    between: dict[tuple[int, int], set[int]] = {}
    for h, r, t in dataset.train.tolist():
        between.setdefault((h, t), set()).add(r)
    twins = same_pairs(between, len(dataset.relations))

    def is_given(h: int, r: int, t: int) -> bool:
        ways = zip(twins, ((h, t), (t, h)), strict=True)
        return any((r, other) in found for found, pair in ways for other in between.get(pair, ()))

    return sum(is_given(h, r, t) for h, r, t in held) / len(held)


def same_pairs(
    between: Mapping[tuple[int, int], Collection[int]], relations: int
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs of relations that mostly hold of the same pairs: straight, and turned round."""
    sizes = Counter(r for found in between.values() for r in found)
    common: tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]] = (Counter(), Counter())
    for (h, t), found in between.items():
        common[0].update((a, b) for a in found for b in found if a != b)
        common[1].update((a, b) for a in found for b in between.get((t, h), ()))
    straight, turned = (
        {(a, b) for (a, b), n in c.items() if n >= MIN_PAIRS and n >= SAME_PAIRS * min(sizes[a], sizes[b])}
        for c in common
    )
    return straight, turned
