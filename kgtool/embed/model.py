"""A trained model and its folder.

    MODEL/model.json            settings, figures, versions, digest of the data
    MODEL/names.json            entities, relations, their labels and texts
    MODEL/arrays.safetensors    the arrays of each part, the parts' weights, and the facts that were known

Loading executes nothing: JSON, and the format of https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from kgtool.embed import place
from kgtool.embed.dataset import Dataset
from kgtool.embed.known import Known
from kgtool.embed.place import FILES, OLD, PARTIAL
from kgtool.embed.vectors import Vectors
from kgtool.errors import NotFoundError, StoreError
from kgtool.model import canonical_json, digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

FORMAT = 1
FACTS = ("train", "valid", "test")
TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
BLOCK, BLOCKS = 16_384, 64
"""Bytes of a file of arrays that its fingerprint reads at a time, and how many times at least in a large one."""
MAX_HEADER = 100_000_000
"""Of a file of arrays, in bytes: the format's own limit."""


class Part(Protocol):
    """A scorer that can be kept in a file."""

    def __call__(self, entities: Ids, relations: Ids) -> Floats:
        """Scores; see :class:`kgtool.embed.ranking.Scores`."""
        ...

    def described(self) -> dict[str, Any]:
        """As ``model.json`` names it: ``kind``, ``interaction`` and what else is needed to read it."""
        ...

    def arrays(self, prefix: str) -> dict[str, Floats]:
        """Its arrays by name, each beginning with the prefix."""
        ...


@dataclass(frozen=True)
class Model:
    """One or more parts that score links, each with a weight a relation and side.

    Args:
        dataset: the names and facts that it was trained on.
        parts: the scorers by name: ``structure``, ``text``.
        weights: of each part, shape ``(parts, 2 * relations)``.
        row: what ``model.json`` holds besides: settings, figures, versions.
    """

    dataset: Dataset
    parts: Mapping[str, Part]
    weights: Floats
    row: Mapping[str, Any]

    def __call__(self, entities: Ids, relations: Ids) -> Floats:
        """Scores; see :class:`kgtool.embed.ranking.Scores`. Those of several parts are mixed as log-probabilities."""
        found = [part(entities, relations) for part in self.parts.values()]
        return found[0] if len(found) == 1 else mixed(found, self.weights[:, relations])

    @cached_property
    def known(self) -> Known:
        """The facts that it knows."""
        return self.dataset.known

    @property
    def digest(self) -> str:
        """The digest of settings, data, figures and arrays, of a model that was read."""
        return digest(canonical_json(dict(self.row)))

    @property
    def vectors(self) -> Vectors:
        """The arrays of the first part that is made of arrays.

        Raises:
            StoreError: when there is none.
        """
        for part in self.parts.values():
            if isinstance(part, Vectors):
                return part
        raise StoreError("the model has no vectors that can be compared", "train one with --interaction complex")

    def save(self, folder: Path) -> None:
        """Write the folder, or replace it: the old one is put aside until the new one stands in its place.

        Raises:
            UsageError: when something else stands there.
            StoreError: when it cannot be written.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        folder = place.free(folder)
        partial, old = (place.beside(folder, ending) for ending in (PARTIAL, OLD))
        arrays = {f"facts.{n}": getattr(self.dataset, n).astype("int32") for n in FACTS} | {"weights": self.weights}
        for name, part in self.parts.items():
            arrays |= part.arrays(name)
        names = {
            "entities": self.dataset.entities,
            "relations": self.dataset.relations,
            "texts": [self.dataset.text(e) for e in self.dataset.entities],
            "labels": [self.dataset.labels.get(e, "") for e in self.dataset.entities] if self.dataset.labels else [],
            "relation_texts": [self.dataset.relation_texts.get(r, "") for r in self.dataset.relations],
        }
        row = {**self.row, "format": FORMAT, "data_hash": self.dataset.hash}
        try:
            place.remove(partial)
            partial.mkdir(parents=True)
            save_file({n: contiguous(a) for n, a in sorted(arrays.items())}, str(partial / FILES[2]))
            row["arrays"] = fingerprint(partial / FILES[2])
            (partial / FILES[1]).write_text(json.dumps(names, ensure_ascii=False) + "\n", encoding="utf-8")
            text = json.dumps(row, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            (partial / FILES[0]).write_text(text, encoding="utf-8")
            shutil.copymode(partial / FILES[0], partial / FILES[2])  # that library writes for the user's eyes alone
            if folder.exists():
                place.remove(old)
                folder.rename(old)
            partial.rename(folder)
            place.remove(old)
        except (OSError, SafetensorError) as error:  # the latter for a full disk
            raise StoreError(f"cannot write the model: {error}", "check the directory and the space on disk") from error

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder; arrays stay on disk until they are used.

        Raises:
            NotFoundError: when there is none.
            StoreError: when it is damaged, or newer than this program.
        """
        folder = standing(folder)
        if not (folder / FILES[0]).is_file():
            raise NotFoundError(f"no model at {folder}", "train one with: kgtool embed train")
        try:
            row = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
            names = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
            if row["format"] > FORMAT:
                raise StoreError(f"{folder} was written by a newer kgtool", "update kgtool")
            if row.get("arrays") not in {None, fingerprint(folder / FILES[2])}:
                raise ValueError(f"{FILES[2]} is not the one that was written")
            arrays = mapped(folder / FILES[2])
            if wrong := [name for name, array in arrays.items() if not is_finite(array)]:
                raise ValueError(f"{wrong[0]} has what is not a number")
            facts = {n: arrays[f"facts.{n}"].astype("int64") for n in FACTS}
            dataset = Dataset(
                tuple(names["entities"]), tuple(names["relations"]), **facts,
                texts=told(names["entities"], names["texts"]),
                labels=told(names["entities"], names["labels"]) if names.get("labels") else {},
                relation_texts=told(names["relations"], names["relation_texts"]),
            )  # fmt: skip
            parts = {name: part(name, of, arrays) for name, of in row["parts"].items()}
            found = cls(dataset, parts, arrays["weights"], row)
            found.check()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"the model at {folder} is damaged: {error!r}", "remove it and train it again: kgtool embed train"
            ) from error
        return found

    def check(self) -> None:
        """Compare the arrays' shapes with the names.

        Raises:
            ValueError: when they do not fit.
        """
        n, m = len(self.dataset.entities), len(self.dataset.relations)
        if self.weights.shape != (len(self.parts), 2 * m):
            raise ValueError(f"weights of shape {self.weights.shape}")
        for name in FACTS:
            facts = getattr(self.dataset, name)
            if len(facts) and (facts.min() < 0 or facts[:, [0, 2]].max() >= n or facts[:, 1].max() >= m):
                raise ValueError(f"facts of {name} beyond the names")
        for part in self.parts.values():
            if isinstance(part, Vectors) and (len(part.entities) != n or len(part.relations) != 2 * m):
                raise ValueError(f"{len(part.entities)} entities and {len(part.relations)} relations")


def standing(folder: Path) -> Path:
    """The folder; or that of the model before, where a program was killed at the moment of replacing it."""
    old = place.beside(folder, OLD)
    return old if old.is_dir() and not folder.exists() else folder


def told(names: list[str], texts: list[str]) -> dict[str, str]:
    """Texts by name, without the empty ones.

    Raises:
        ValueError: when there are not as many texts as names.
    """
    found = dict(zip(names, texts, strict=True))
    return found if all(texts) else {name: text for name, text in found.items() if text}


def part(name: str, of: Mapping[str, Any], arrays: Mapping[str, Any]) -> Part:
    """A part as ``model.json`` describes it: arrays, or a PyKEEN model where no arrays of ours can do its work."""
    if of["kind"] == "pykeen":
        from kgtool.embed.sampled import PykeenScores

        return PykeenScores.read(of, name, arrays)
    return Vectors.read(of["interaction"], name, arrays)


def mapped(file: Path) -> dict[str, Any]:
    """The arrays of a file, which stay on disk until they are read; read-only.

    Raises:
        ValueError, KeyError, TypeError: when it is damaged.
    """
    import numpy as np

    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        described = json.loads(opened.read(min(size, MAX_HEADER)))
    whole = np.memmap(file, np.uint8, "r", offset=8 + size)
    described.pop("__metadata__", None)
    found = {}
    for name, of in described.items():
        begin, end = of["data_offsets"]
        found[name] = np.asarray(whole[begin:end]).view(TYPES[of["dtype"]]).reshape(of["shape"])
    return found


def fingerprint(file: Path) -> str:
    """The digest of a file's size and of parts of it, all of a small one. A digest of all would take 0.1 s of every
    command for 100,000 entities."""
    size = file.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with file.open("rb") as opened:
        for begin in range(0, size, max(BLOCK, size // BLOCKS)):
            opened.seek(begin)
            found.update(opened.read(BLOCK))
    return found.hexdigest()


def is_finite(array: Any) -> bool:
    """Whether all are numbers; a sum of squares, which is soon computed, is one where they are and not too large."""
    import numpy as np

    flat = array.reshape(-1)
    with np.errstate(all="ignore"):
        return flat.dtype.kind != "f" or bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def mixed(parts: list[Floats], weights: Floats) -> Floats:
    """The weighted sum of the parts' log-probabilities; shapes ``(n, m)`` each, ``(parts, n)`` to ``(n, m)``."""
    total: Floats = sum(w[:, None] * log_softmax(s) for s, w in zip(parts, weights, strict=True))
    return total


def log_softmax(scores: Floats) -> Floats:
    """Scores as log-probabilities of the answers of each query."""
    import numpy as np

    shifted = scores - scores.max(axis=1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found


def contiguous(array: Any) -> Any:
    """The array as it can be written."""
    import numpy as np

    return np.ascontiguousarray(array)
