"""The ports of kgtool: what each station asks of the next one, and nothing more.

Implementations are chosen by name (:mod:`kgtool.registry`); each passes the contract suite of its port
(``tests/contracts``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kgtool.model import Answer, Chunk, Fusion, Triple, canonical_json, digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Extraction:
    """What an extractor found in one chunk. ``error`` says why there is nothing, where that is a failure."""

    chunk: Chunk
    triples: tuple[Triple, ...] = ()
    error: str = ""
    remote: bool = False
    """Whether the error is an endpoint's: where every chunk fails so, the run failed (exit code 4)."""


@runtime_checkable
class Extractor(Protocol):
    """Chunks to triples, each with a sentence of its chunk as evidence."""

    def settings(self) -> Mapping[str, str]:
        """All that decides the result besides the chunk: extractor, version, model, prompt. Its hash names the run."""
        ...

    def extract(self, chunks: Iterable[Chunk]) -> Iterator[Extraction]:
        """One :class:`Extraction` per chunk, in the order given; lazily, so that memory stays flat."""
        ...


@runtime_checkable
class AskingExtractor(Extractor, Protocol):
    """An extractor that asks a language model, and can say beforehand what."""

    def request(self, chunk: Chunk) -> ModelRequest:
        """What is asked first about a chunk."""
        ...


@dataclass(frozen=True)
class ModelRequest:
    """What a language model is asked: messages (``role``, ``content``), the JSON schema of the answer, parameters.

    ``about`` is the key of the chunk that the answer will be about; it decides nothing of it.
    """

    messages: tuple[Mapping[str, str], ...]
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """All that decides the answer besides the model."""
        row = dict(vars(self)) | {"messages": [dict(m) for m in self.messages], "schema": dict(self.schema)}
        del row["about"]
        return row

    def key(self, settings: Mapping[str, str]) -> str:
        """Hash of the request and of the model's settings: the name under which its answer is kept."""
        return digest(canonical_json(dict(settings)), canonical_json(self.to_json()))


@dataclass(frozen=True)
class ModelAnswer:
    """What a language model said. ``data`` is None when no JSON of the schema's shape could be read from the text."""

    text: str
    data: Any = None
    finish: str = "stop"
    """``stop``, ``length`` (cut at ``max_tokens``), ``loop`` (cut because it repeated itself) or ``refusal``."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    rung: str = ""
    """How the answer was had: ``json_schema``, ``tools``, ``json_object``, ``text``; with ``+repair``, ``+retry``."""
    error: str = ""
    """Why ``data`` is None."""
    cached: bool = False
    """Whether it was kept or recorded, and cost nothing now."""

    @property
    def complete(self) -> bool:
        """Whether it is worth keeping: it has its shape and was not cut."""
        return self.data is not None and self.finish == "stop"

    @property
    def problem(self) -> str:
        """Why it is not complete."""
        cut = {"length": "the answer was cut at its longest", "loop": "the model repeats itself"}
        return cut.get(self.finish) or self.error

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the journal and in cassettes."""
        return {k: v for k, v in vars(self).items() if k != "cached"}


@runtime_checkable
class LanguageModel(Protocol):
    """Messages to an answer of a given shape. Safe to call from several threads."""

    def settings(self) -> Mapping[str, str]:
        """``model``: the name that stands in the evidence; and whatever else decides an answer besides the request."""
        ...

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer; an answer without ``data`` is the model's failure, an exception the endpoint's.

        Raises:
            EndpointError: when no request can succeed (endpoint down, wrong key, no such model).
            RemoteError: when this one failed, after the retries that make sense.
            BudgetError: when it would go over the budget; nothing was sent.
        """
        ...


@runtime_checkable
class Fuser(Protocol):
    """Triples to one graph. The result depends on the multiset of triples, not on their order."""

    def settings(self) -> Mapping[str, str]:
        """All that decides the result besides the triples."""
        ...

    def fuse(self, triples: Sequence[Triple]) -> Fusion:
        """Fuse; every input triple appears in the ``sources`` of some statement."""
        ...


@runtime_checkable
class LinkScorer(Protocol):
    """How likely a statement is, by what was learnt from a graph as a whole."""

    def settings(self) -> Mapping[str, str]:
        """All that decides the scores besides the statement."""
        ...

    def score(self, subject: str, relation: str, object: str) -> float:
        """The probability, from 0 to 1, of a statement of two entities; all three by their identifiers in the graph."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Texts to vectors."""

    def settings(self) -> Mapping[str, str]:
        """Name and version of the model: vectors are cached under it."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape ``(len(texts), dimension)``; each row depends on its own text alone."""
        ...


@runtime_checkable
class Results(Protocol):
    """The answer to a SPARQL query, read once."""

    kind: str
    """``select``, ``ask`` or ``graph``."""

    variables: tuple[str, ...]
    """The columns of a ``select``."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Terms (or None) of a ``select`` in the order of ``variables``; triples of a ``graph``."""
        ...

    def boolean(self) -> bool:
        """The answer of an ``ask``."""
        ...


@runtime_checkable
class Store(Protocol):
    """An RDF dataset that answers SPARQL. Terms are those of pyoxigraph."""

    def query(
        self, sparql: str, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
    ) -> Results:
        """Run a query with the store's prefixes; ``parameters`` are bound as terms, never as text.

        Raises:
            QueryError: when it does not parse, or is an update.
        """
        ...

    def quads(self) -> Iterator[Any]:
        """Every quad of the dataset, in no particular order."""
        ...

    def load(self, quads: Iterable[Any]) -> None:
        """Add quads, all or none."""
        ...


Trace = Callable[[str, Mapping[str, Any]], None]
"""Takes the name of an event and what belongs to it, as it happens; :mod:`kgtool.reason.trace` lists the events."""


def silent(event: str, told: Mapping[str, Any]) -> None:
    """The trace of whoever does not look."""


@runtime_checkable
class Reasoner(Protocol):
    """Question and graph to a cited answer, or to an abstention with its reason."""

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Answer; never raises for a question that cannot be answered.

        Args:
            question: in words.
            entities: IRIs of what it is about, where the asker says so; see :mod:`kgtool.reason.anchors`.
            trace: is told what happens, from the thread that calls.

        Raises:
            NotFoundError: when an entity of the asker's is not in the graph.
        """
        ...
