"""IRIs that the graph uses. Terms of kgtool's own are in ``kg:``; all others are well-known vocabularies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from kgtool.errors import ConfigError
from kgtool.iri import is_iri

RDF_VERSION = "1"
"""Of the mapping to RDF (:mod:`kgtool.store.rdf`); part of the state that a published graph stands for."""

KG = "https://kgtool.example/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PROV = "http://www.w3.org/ns/prov#"
OA = "http://www.w3.org/ns/oa#"
NIF = "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "https://schema.org/"
SHACL = "http://www.w3.org/ns/shacl#"
OWL = "http://www.w3.org/2002/07/owl#"
LABELS = (
    RDFS + "label", SKOS + "prefLabel", SCHEMA + "name", "http://schema.org/name", "http://xmlns.com/foaf/0.1/name",
)  # fmt: skip
"""What gives a node a label, here and in other people's graphs, the first best."""
ALIASES = (SKOS + "altLabel",)


IRI = re.compile(r"<([^<>\"{}|^`\\\x00-\x20]+)>")
LOCAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
"""Names that stand behind a prefix without being escaped."""
NUMBER = re.compile(r'"(-?[0-9]+)"\^\^xsd:integer')
ABSOLUTE = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^<>"{}|^`\\\x00-\x20]+""")


@dataclass(frozen=True)
class Namespaces:
    """The IRIs of one store, all below its base.

    Raises:
        ConfigError: when the base is no absolute IRI.
    """

    base: str

    def __post_init__(self) -> None:
        if not ABSOLUTE.fullmatch(self.base):
            raise ConfigError(f"base_iri is no IRI: {self.base!r}", "for example https://example.org/")

    @property
    def facts(self) -> str:
        """The graph of facts at an endpoint; in a store it is the default graph."""
        return f"{self.base}graph/facts"

    @property
    def provenance(self) -> str:
        """The graph of evidence."""
        return f"{self.base}graph/provenance"

    @property
    def decisions(self) -> str:
        """The graph of decisions."""
        return f"{self.base}graph/decisions"

    @property
    def quarantine(self) -> str:
        """The graph of statements that shapes reject."""
        return f"{self.base}graph/quarantine"

    @property
    def graphs(self) -> str:
        """How the IRIs of kgtool's own graphs begin."""
        return f"{self.base}graph/"

    def entity(self, identifier: str) -> str:
        """An entity's IRI."""
        return f"{self.base}entity/{identifier}"

    def relation(self, identifier: str) -> str:
        """A relation's IRI; a relation of the user's schema keeps the one that it has there."""
        return identifier if is_iri(identifier) else f"{self.base}relation/{identifier}"

    def node(self, kind: str, identifier: str) -> str:
        """The IRI of a document, chunk, run, statement, piece of evidence or decision."""
        return f"{self.base}{kind}/{identifier}"

    def prefixes(self) -> dict[str, str]:
        """Prefixes that every query has."""
        return {
            "": f"{self.base}entity/",
            "e": f"{self.base}entity/",
            "r": f"{self.base}relation/",
            "g": f"{self.base}graph/",
            "kg": KG,
            "rdf": RDF,
            "rdfs": RDFS,
            "skos": SKOS,
            "xsd": XSD,
            "prov": PROV,
            "oa": OA,
            "nif": NIF,
            "dcterms": DCTERMS,
            "schema": SCHEMA,
        }

    def short(self, text: str) -> str:
        """Text with IRIs in angle brackets, for people: with prefixes where there are some, and numbers as digits."""
        return NUMBER.sub(r"\1", IRI.sub(self._short, text))

    def _short(self, found: re.Match[str]) -> str:
        """An IRI with its prefix, the longest namespace first; in brackets as it is where none fits."""
        known = {**self.prefixes(), "sh": SHACL, "owl": OWL}
        for name, space in sorted(known.items(), key=lambda row: (-len(row[1]), -len(row[0]))):
            local = found[1].removeprefix(space)
            if local != found[1] and LOCAL.fullmatch(local):
                return f"{name}:{local}"
        return found[0]

    def used(self, sparql: str) -> dict[str, str]:
        """Those that a query may use: to read all of them takes the engine about as long as a point lookup."""
        return {name: iri for name, mark, iri in self._marks if mark in sparql}

    @cached_property
    def _marks(self) -> tuple[tuple[str, str, str], ...]:
        """Each prefix with how it is written and its IRI."""
        return tuple((name, f"{name}:", iri) for name, iri in self.prefixes().items())
