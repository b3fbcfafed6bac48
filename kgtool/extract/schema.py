"""Ontologies: the relations and classes that a user wants, from RDFS/OWL, SHACL shapes, or a small JSON or YAML file.

{"relations": [{"label": "director", "domain": "film", "range": "person", "aliases": ["directed by"]}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.iri import slug
from kgtool.model import Policy, canonical_json, digest

RDF_SUFFIXES = {
    ".ttl": "turtle", ".turtle": "turtle", ".nt": "nt", ".rdf": "xml", ".owl": "xml", ".xml": "xml",
    ".jsonld": "json-ld",
}  # fmt: skip
NOTHING = Policy()
"""What holds of a relation of which nothing is declared."""
PROPERTIES = (
    "Property", "ObjectProperty", "DatatypeProperty", "SymmetricProperty", "FunctionalProperty",
    "AsymmetricProperty",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class SchemaRelation:
    """A relation: identifier (an IRI, or a slug), label, other names, labels of domain and range, and its policy."""

    label: str
    id: str
    aliases: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    policy: Policy = NOTHING


@dataclass(frozen=True)
class Schema:
    """The relations, sorted by label; relations of one label are one, with the union of their domains and ranges."""

    relations: tuple[SchemaRelation, ...] = field(default=())

    @property
    def hash(self) -> str:
        """Of all that it says; part of a run's settings."""
        return digest(canonical_json([asdict(r) for r in self.relations]))

    @classmethod
    def load(cls, path: Path) -> Schema:
        """Read a schema by the ending of its file.

        Raises:
            NotFoundError: when there is no such file.
            UsageError: when it cannot be read, or has no relation.
        """
        if not path.is_file():
            raise NotFoundError(f"no such schema: {path}", "check --schema")
        suffix = path.suffix.lower()
        if suffix in RDF_SUFFIXES:
            relations = from_rdf(path, RDF_SUFFIXES[suffix])
        elif suffix in {".json", ".yaml", ".yml"}:
            relations = from_table(path, read_table(path))
        else:
            known = ", ".join([*RDF_SUFFIXES, ".json", ".yaml"])
            raise UsageError(f"unknown schema format {suffix!r}", f"one of: {known}")
        if not relations:
            raise UsageError(f"{path} has no relation", "declare properties, or a list 'relations' with labels")
        return cls(tuple(sorted(united(relations))))


def united(relations: Iterable[SchemaRelation]) -> list[SchemaRelation]:
    """Relations with one label become one."""
    found: dict[str, SchemaRelation] = {}
    for r in sorted(relations):
        label = " ".join(r.label.split())
        old = found.get(label.casefold())
        if old is None:
            found[label.casefold()] = replace(r, label=label)
            continue
        found[label.casefold()] = replace(
            old,
            aliases=tuple(sorted({*old.aliases, *r.aliases})),
            domain=tuple(sorted({*old.domain, *r.domain})),
            range=tuple(sorted({*old.range, *r.range})),
            policy=joined(old.policy, r.policy),
        )
    return list(found.values())


def joined(a: Policy, b: Policy) -> Policy:
    """What two declarations say together."""
    return Policy(
        a.functional or b.functional,
        a.symmetric or b.symmetric,
        a.asymmetric or b.asymmetric,
        a.inverse or b.inverse,
        tuple(sorted({*a.disjoint, *b.disjoint})),
    )


# JSON and YAML


def read_table(path: Path) -> Any:
    """The content of a JSON or YAML file.

    Raises:
        UsageError: naming file and place.
    """
    import json

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "a schema is text in UTF-8") from error
    if path.suffix.lower() == ".json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise UsageError(f"{path}: {error}", "correct the schema") from error
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: {' '.join(str(error).split())}", "correct the schema") from error


def from_table(path: Path, table: Any) -> list[SchemaRelation]:
    """Relations of a small schema.

    Raises:
        UsageError: for anything but an object with a list ``relations`` of objects with labels, for ``concepts`` that
            are no list, and for a characteristic that is neither true nor false.
    """
    rows = table.get("relations") if isinstance(table, Mapping) else None
    if not isinstance(rows, list):
        raise UsageError(f"{path} has no list 'relations'", "see docs/model.md for the format")
    concepts = table.get("concepts")
    if concepts is not None and not isinstance(concepts, list):
        raise UsageError(f"{path}: 'concepts' is no list", "see docs/model.md for the format")
    classes = [c for c in concepts or [] if isinstance(c, Mapping)]
    names = {text_of(c, "id", "qid"): text_of(c, "label") for c in classes if text_of(c, "label")}
    found = []
    for number, row in enumerate(rows, 1):
        where = f"{path}, relation {number}"
        if not isinstance(row, Mapping) or not text_of(row, "label").strip():
            raise UsageError(f"{where}: it has no label", "give every relation a label")
        label = text_of(row, "label")
        found.append(
            SchemaRelation(
                label,
                text_of(row, "id", "pid") or slug(label),
                many(row.get("aliases"), {}),
                many(row.get("domain"), names),
                many(row.get("range"), names),
                Policy(
                    holds(row, "functional", where),
                    holds(row, "symmetric", where),
                    holds(row, "asymmetric", where),
                    text_of(row, "inverse"),
                    many(row.get("disjoint"), {}),
                ),
            )
        )
    return found


def text_of(row: Mapping[str, Any], *keys: str) -> str:
    """What stands under the first of some keys that is there and not null, as text; else nothing."""
    return next((str(row[k]) for k in keys if row.get(k) is not None), "")


def holds(row: Mapping[str, Any], key: str, where: str) -> bool:
    """Whether a characteristic is declared; null is as if it were absent.

    Raises:
        UsageError: when it is neither true nor false: a text such as "no" would count as true.
    """
    value = row.get(key)
    if value is not None and not isinstance(value, bool):
        raise UsageError(f"{where}: {key!r} is {value!r}", "write true or false, without quotation marks")
    return bool(value)


def many(value: Any, names: Mapping[str, str]) -> tuple[str, ...]:
    """One text or a list of texts, nulls left out; identifiers of classes become their labels."""
    values = value if isinstance(value, list) else [value]
    return tuple(sorted(names.get(str(v), str(v)) for v in values if v not in (None, "")))


# RDF


def from_rdf(path: Path, syntax: str) -> list[SchemaRelation]:
    """Properties of RDFS and OWL, and property shapes of SHACL.

    Raises:
        UsageError: when the file does not parse, or says what cannot be.
    """
    import logging

    from rdflib import Graph

    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # odd IRIs in other people's files are theirs
    graph = Graph()
    try:
        graph.parse(path, format=syntax)
    except Exception as error:  # every parser of rdflib has its own
        raise UsageError(f"{path}: {' '.join(str(error).split())[:200]}", "correct the schema") from error
    try:
        return [r for r in relations_of(graph) if r.label]
    except ValueError as error:
        raise UsageError(f"{path}: {error}", "correct the schema") from error


def relations_of(graph: Any) -> list[SchemaRelation]:
    """The relations that a graph declares.

    Raises:
        ValueError: saying what cannot be read.
    """
    from rdflib import OWL, RDF, RDFS, SH, BNode

    kinds = [RDF.Property, *(OWL[k] for k in PROPERTIES[1:])]
    nodes = {p for kind in kinds for p in graph.subjects(RDF.type, kind)}
    nodes |= set(graph.subjects(RDFS.domain, None)) | set(graph.subjects(RDFS.range, None))
    found = [from_property(graph, node) for node in nodes if not isinstance(node, BNode)]
    targets = set(graph.subject_objects(SH.targetClass))
    targets |= {(c, c) for kind in (RDFS.Class, OWL.Class) for c in graph.subjects(RDF.type, kind)}
    for shape, target in targets:  # a class with property shapes is its own target
        for constraint in graph.objects(shape, SH.property):
            found += from_shape(graph, target, constraint)
    return found


def from_property(graph: Any, node: Any) -> SchemaRelation:
    """One property with its domain, range and characteristics."""
    from rdflib import OWL, RDF, RDFS, SKOS

    types = set(graph.objects(node, RDF.type))
    inverses = named(graph, graph.objects(node, OWL.inverseOf))
    return SchemaRelation(
        name_of(graph, node),
        str(node),
        tuple(sorted(str(a) for a in graph.objects(node, SKOS.altLabel))),
        named(graph, graph.objects(node, RDFS.domain)),
        named(graph, graph.objects(node, RDFS.range)),
        Policy(
            OWL.FunctionalProperty in types,
            OWL.SymmetricProperty in types,
            OWL.AsymmetricProperty in types,
            inverses[0] if inverses else "",
            named(graph, graph.objects(node, OWL.propertyDisjointWith)),
        ),
    )


def from_shape(graph: Any, target: Any, constraint: Any) -> list[SchemaRelation]:
    """The relation of a property shape; none for paths of more than one step.

    Raises:
        ValueError: when ``sh:maxCount`` is no number.
    """
    from rdflib import SH, URIRef

    path = graph.value(constraint, SH.path)
    if not isinstance(path, URIRef):
        return []
    kind = graph.value(constraint, SH["class"]) or graph.value(constraint, SH.datatype)
    label = str(graph.value(constraint, SH.name) or name_of(graph, path))
    most = graph.value(constraint, SH.maxCount)
    if most is not None and not str(most).isdecimal():
        raise ValueError(f"sh:maxCount of {label!r} is {str(most)!r}, no number")
    return [
        SchemaRelation(
            label, str(path), (), named(graph, [target]), named(graph, [kind] if kind else []),
            policy=Policy(functional=most is not None and int(most) == 1),
        )
    ]  # fmt: skip


def named(graph: Any, nodes: Iterable[Any]) -> tuple[str, ...]:
    """The names of nodes, sorted; of a union (``owl:unionOf``) those of its members.

    Other blank nodes are left out: they have no name, and their identifiers are other ones in every process.

    Raises:
        ValueError: for a list without an end.
    """
    from rdflib import OWL, BNode

    found = set()
    for node in nodes:
        lists = graph.objects(node, OWL.unionOf) if isinstance(node, BNode) else []
        members = [m for first in lists for m in graph.items(first)]
        found |= {name_of(graph, m) for m in [node, *members] if not isinstance(m, BNode)}
    return tuple(sorted(found))


def name_of(graph: Any, node: Any) -> str:
    """A node's label, or the last part of its IRI in words."""
    import re

    from rdflib import RDFS, SKOS

    for property in (RDFS.label, SKOS.prefLabel):
        labels = sorted(str(v) for v in graph.objects(node, property) if getattr(v, "language", None) in {None, "en"})
        if labels:
            return labels[0]
    local = re.split(r"[/#]", str(node).rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", local).lower()
