"""The facts of a graph as arrays, kept beside its revision: what whole-graph figures and neighbourhoods are made of.

Nodes are what a fact has at its ends: subjects, and objects that are no literals. Names, classes, and what is said of
relations are no facts.
"""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zipfile import BadZipFile

from kgtool.store.textindex import NAMES, TYPE, nodes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from kgtool.store.oxigraph import OxigraphStore

    Numbers = NDArray[np.int32]

FILE = "edges.npz"
"""The file in the revision's directory."""
VERSION = 2
"""Of its content; one of another version is made anew."""
COLUMNS = ("head", "relation", "tail", "owner", "said")


@dataclass(frozen=True)
class Edges:
    """Facts between nodes, as numbers.

    Args:
        nodes: IRIs, or ``_:`` and the name of a blank node, in order; ``head`` and ``tail`` are numbers of these.
        relations: IRIs in order; ``relation`` are numbers of these.
        head: the subject of each fact; facts are in the order of relation, head and tail.
        relation: its relation.
        tail: its object.
        owner: the subject of each fact that has a literal, in the order of relation and subject.
        said: its relation.
    """

    nodes: tuple[str, ...]
    relations: tuple[str, ...]
    head: Numbers
    relation: Numbers
    tail: Numbers
    owner: Numbers
    said: Numbers

    @classmethod
    def open(cls, folder: Path, store: OxigraphStore) -> Self:
        """The edges of a revision, made and kept there when they are absent.

        Args:
            folder: of the revision; nothing is kept where it cannot be written.
            store: the revision's graph.
        """
        with suppress(OSError, EOFError, ValueError, KeyError, BadZipFile):
            return cls.load(folder / FILE)
        made = cls.of(store)
        partial = folder / f"{FILE}.{os.getpid()}.partial"
        with suppress(OSError):
            made.save(partial)
            partial.replace(folder / FILE)
        return made

    @classmethod
    def of(cls, store: OxigraphStore) -> Self:
        """The edges of a graph."""
        import numpy as np

        relations = sorted(nodes(store, "SELECT DISTINCT ?x WHERE { ?s ?x ?o }") - NAMES.keys() - {TYPE})
        properties = nodes(store, "SELECT ?x WHERE { ?x a rdf:Property }") | set(relations)
        numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
        columns = {name: array("i") for name in COLUMNS}
        for number, relation in enumerate(relations):
            for subject, other in facts(store, relation):
                if subject in properties:
                    continue
                if other is None:
                    columns["owner"].append(numbers[subject])
                    columns["said"].append(number)
                else:
                    columns["head"].append(numbers[subject])
                    columns["relation"].append(number)
                    columns["tail"].append(numbers[other])
        names = sorted(numbers)
        place = np.empty(len(names), dtype=np.int32)  # the number that each node gets for the one that it had
        place[[numbers[name] for name in names]] = np.arange(len(names), dtype=np.int32)
        made = {key: np.array(column, dtype=np.int32) for key, column in columns.items()}
        made |= {key: place[made[key]] for key in ("head", "tail", "owner")}
        order = np.lexsort((made["tail"], made["head"], made["relation"]))
        made |= {key: made[key][order] for key in ("head", "relation", "tail")}
        order = np.lexsort((made["owner"], made["said"]))
        made |= {key: made[key][order] for key in ("owner", "said")}
        return cls(tuple(names), tuple(relations), **made)

    @classmethod
    def load(cls, file: Path) -> Self:
        """What :meth:`save` wrote.

        Raises:
            OSError, EOFError, ValueError, KeyError, BadZipFile: when it is absent, damaged, or of another version.
        """
        import numpy as np

        with file.open("rb") as source, np.load(source) as kept:
            if int(kept["version"]) != VERSION:
                raise ValueError(f"version {kept['version']}")
            columns = {key: kept[key] for key in COLUMNS}
            return cls(texts(kept["nodes"]), texts(kept["relations"]), **columns)

    def save(self, file: Path) -> None:
        """Write to a file."""
        import numpy as np

        kept: dict[str, Any] = {key: getattr(self, key) for key in COLUMNS} | {"version": np.array(VERSION)}
        for key in ("nodes", "relations"):
            kept[key] = np.frombuffer("\n".join(getattr(self, key)).encode(), dtype=np.uint8)
        with file.open("wb") as target:
            np.savez(target, **kept)
            target.flush()
            os.fsync(target.fileno())

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each node."""
        return {name: i for i, name in enumerate(self.nodes)}

    @cached_property
    def adjacency(self) -> csr_array:
        """The graph without directions, loops and parallels; a matrix of ones, shape ``(nodes, nodes)``."""
        import numpy as np
        from scipy.sparse import csr_array

        apart = self.head != self.tail
        ends = (
            np.concatenate([self.head[apart], self.tail[apart]]),
            np.concatenate([self.tail[apart], self.head[apart]]),
        )
        found = csr_array((np.ones(len(ends[0])), ends), shape=(len(self.nodes), len(self.nodes)))
        found.data[:] = 1.0
        return found


def texts(kept: NDArray[Any]) -> tuple[str, ...]:
    """IRIs that were kept as one text."""
    joined = kept.tobytes().decode()
    return tuple(joined.split("\n")) if joined else ()


def facts(store: OxigraphStore, relation: str) -> Iterator[tuple[str, str | None]]:
    """Subject and object of each fact of a relation; None for a literal."""
    import pyoxigraph as ox

    for subject, other in store.query(f"SELECT ?s ?o WHERE {{ ?s <{relation}> ?o }}").rows():
        yield name_of(subject), name_of(other) if isinstance(other, (ox.NamedNode, ox.BlankNode)) else None


def name_of(term: Any) -> str:
    """An IRI, or a blank node's name as N-Triples write it."""
    import pyoxigraph as ox

    return str(term) if isinstance(term, ox.BlankNode) else str(term.value)
