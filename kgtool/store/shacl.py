"""Validation of the facts against shapes, by pyshacl on a copy of the facts in memory (decision 24).

Facts that no shape can look at are not copied. What is found is in a fixed order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import shapes as given
from kgtool.store.shapes import Shapes
from kgtool.store.vocabulary import RDF, RDFS, SHACL, XSD, Namespaces

if TYPE_CHECKING:
    from rdflib import Graph

Fact = tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode, Any]

SEVERITIES = ("Violation", "Warning", "Info")
"""Those of SHACL; any other of the user's counts as a violation."""
ALWAYS = (RDF + "type", RDFS + "subClassOf")
"""Predicates that targets and ``sh:class`` look at."""
WIDE = ("closed", "sparql", "select", "ask")
"""Terms by which a shape looks at predicates that it does not name."""
WORDS = {
    "class": "is no {}", "datatype": "is no {}", "nodeKind": "is no {}", "in": "is none of {}",
    "pattern": "does not match {}", "minCount": "fewer than {} values", "maxCount": "more than {} values",
    "hasValue": "lacks the value {}", "uniqueLang": "two values of one language",
    "minInclusive": "is less than {}", "maxInclusive": "is more than {}", "minExclusive": "is not more than {}",
    "maxExclusive": "is not less than {}", "minLength": "is shorter than {}", "maxLength": "is longer than {}",
    "closed": "the shape allows no such property",
}  # fmt: skip
"""What is said of a violation whose shape says nothing, by the parameter of its constraint."""
TOO_DEEP = UsageError("the shapes are nested too deep", "refer to fewer shapes by sh:node and sh:property")


@dataclass(frozen=True, order=True)
class Violation:
    """One result of a validation. Terms are in the syntax of Turtle, empty where there is none.

    ``path`` is written as in SPARQL, ``constraint`` is the parameter that was broken, ``shape`` the IRI of the shape
    or of the one around it, ``source`` the shape itself and ``route`` its path, as nodes of the shapes. ``facts`` are
    the statements that say what was found: none where one is missing, or where it cannot be told which of several is
    wrong.
    """

    focus: str
    path: str
    value: str
    constraint: str
    severity: str
    message: str
    shape: str
    source: str
    route: str
    facts: tuple[tuple[str, str, str], ...]

    def to_json(self) -> dict[str, str]:
        """One object."""
        keys = ("focus", "path", "value", "constraint", "severity", "message", "shape")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True)
class Checked:
    """What a validation found: the results in order, the number of nodes looked at, and of shapes with targets."""

    results: tuple[Violation, ...]
    nodes: int
    shapes: int
    text: str
    """The shapes."""
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many results there are of each severity."""
        found = Counter(r.severity if r.severity in SEVERITIES else SEVERITIES[0] for r in self.results)
        return {name: found[name] for name in SEVERITIES}

    def to_json(self) -> dict[str, Any]:
        """One object, with all results."""
        violations, warnings, infos = self.counts.values()
        row: dict[str, Any] = {"conforms": not self.results, "violations": violations, "warnings": warnings}
        row |= {"infos": infos, "nodes": self.nodes, "shapes": self.shapes}
        return row | {"results": [r.to_json() for r in self.results]}


def check(facts: Iterable[ox.Quad], shapes: Shapes, space: Namespaces) -> Checked:
    """Validate facts; ``space`` has the prefixes that messages are written with.

    Raises:
        UsageError: when the shapes cannot be used.
    """
    return Checker(facts, shapes, space).check()


class Checker:
    """A copy of facts that is validated, again after some were taken out.

    Args:
        facts: quads, whose graphs do not matter. Statements about statements (RDF 1.2) are left out.
        shapes: to validate against.
        space: whose prefixes messages are written with.

    Raises:
        UsageError: when pyshacl is not installed.
    """

    def __init__(self, facts: Iterable[ox.Quad], shapes: Shapes, space: Namespaces) -> None:
        from rdflib import Graph

        self.given = shapes
        self.space = space
        self.shapes = given.graph_of(shapes.text)
        self.facts = Graph()
        convert = given.converter()
        for quad in looked_at(facts, self.shapes):
            triple = convert(quad.subject), convert(quad.predicate), convert(quad.object)
            if None not in triple:
                self.facts.add(triple)

    def remove(self, fact: Fact) -> None:
        """Take a fact out."""
        convert = given.converter()
        subject, predicate, other = map(convert, fact)
        self.facts.remove((subject, predicate, other))

    def check(self) -> Checked:
        """Validate what is there.

        Raises:
            UsageError: when the shapes cannot be used.
        """
        try:
            from pyshacl import Validator
            from pyshacl.graph_abstraction import DataGraph
        except ImportError as error:
            raise UsageError("shapes need the package pyshacl", given.INSTALL) from error
        nodes: set[Any] = set()
        found: set[Violation] = set()
        aimed = 0
        try:
            data = DataGraph.from_rdflib(self.facts)
            validator = Validator(data, shacl_graph=given.copied(self.shapes), options=options(self.shapes))
            executor = validator.make_executor()
            for shape in sorted(validator.shacl_graph.shapes, key=lambda s: str(s.node)):
                if focus := [] if shape.deactivated else sorted(shape.focus_nodes(data)):
                    aimed += 1
                    nodes.update(focus)
                    found.update(map(self._violation, shape.validate(executor, data, focus=focus)[1]))
        except RecursionError as error:
            raise TOO_DEEP from error
        except Exception as error:  # pyshacl's own, those of its query engine, and what Python makes of bad shapes
            raise UsageError(f"the shapes cannot be used: {given.worded(error)}", given.CORRECT) from error
        return Checked(tuple(sorted(found)), len(nodes), aimed, self.given.text, self.given.warnings)

    def _violation(self, report: tuple[Any, ...]) -> Violation:
        """A result of pyshacl: a description, a node, and the triples of the node."""
        rows: dict[str, list[Any]] = {}
        for _, predicate, other in report[2]:
            rows.setdefault(predicate.removeprefix(SHACL), []).append(other[1] if isinstance(other, tuple) else other)
        focus, path, value = (rows.get(key, [None])[0] for key in ("focusNode", "resultPath", "value"))
        shape = rows["sourceShape"][0]
        constraint = parameter(rows["sourceConstraintComponent"][0])
        return Violation(
            focus=written(focus),
            path=self._path(path),
            value=written(value),
            constraint=constraint,
            severity=str(rows["resultSeverity"][0]).removeprefix(SHACL),
            message=self._message(shape, constraint, rows),
            shape=given.owner(self.shapes, shape).strip("<>"),
            source=written(shape),
            route=written(path),
            facts=tuple(sorted(self._faults(focus, path, value))),
        )

    def _message(self, shape: Any, constraint: str, rows: dict[str, list[Any]]) -> str:
        """What the shape says about it; else which constraint was broken."""
        from rdflib import SH

        nodes = [shape, *rows.get("sourceConstraint", [])]
        said = any((node, SH.message, None) in self.shapes for node in nodes)
        if said or constraint not in SH:  # a constraint of the user's own says it itself
            texts = {(getattr(m, "language", None) or "", str(m)) for m in rows.get("resultMessage", [])}
            return "; ".join(" ".join(message.split()) for _, message in sorted(texts)) or f"breaks {constraint}"
        values = " ".join(sorted(self._shown(v) for v in self.shapes.objects(shape, SH[constraint])))
        return WORDS.get(constraint, f"breaks sh:{constraint} {{}}").format(values).strip()

    def _shown(self, node: Any) -> str:
        """A value of a parameter: a term, the members of a list, or an ellipsis for another shape."""
        from rdflib import BNode

        if not isinstance(node, BNode):
            return self.space.short(written(node))
        members = [self._shown(m) for m in self.shapes.items(node)]
        return f"({' '.join(members)})" if members else "[…]"

    def _path(self, path: Any) -> str:
        """A path as SPARQL writes it; empty without one."""
        if path is None:
            return ""
        from rdflib import URIRef

        if isinstance(path, URIRef):
            return written(path)
        from pyshacl.helper.path_helper import shacl_path_to_sparql_path
        from pyshacl.shapes_graph import ShapesGraph

        return str(shacl_path_to_sparql_path(ShapesGraph(given.copied(self.shapes)), path))

    def _faults(self, focus: Any, path: Any, value: Any) -> Iterator[tuple[str, str, str]]:
        """The statements by which a path of one step leads from a node to a value."""
        if value is None or path is None:
            return
        for predicate, forwards in steps(self.shapes, path):
            fact = (focus, predicate, value) if forwards else (value, predicate, focus)
            if fact in self.facts:
                yield written(fact[0]), written(fact[1]), written(fact[2])


def looked_at(facts: Iterable[ox.Quad], shapes: Graph) -> Iterator[ox.Quad]:
    """The facts that the shapes can look at: all of them, unless they only name predicates."""
    from rdflib import RDF as RDF_NS
    from rdflib import SH, URIRef

    if any((None, SH[term], None) in shapes for term in WIDE) or (None, RDF_NS.type, SH.ConstraintComponent) in shapes:
        yield from facts
        return
    named = {str(term) for triple in shapes for term in triple if isinstance(term, URIRef)} | set(ALWAYS)
    yield from (quad for quad in facts if quad.predicate.value in named)


def options(shapes: Graph) -> dict[str, Any]:
    """How pyshacl is to work: on the copy, as deep as the shapes go (they do not go in circles), and in silence."""
    import logging

    silent = logging.getLogger("kgtool.shacl")
    silent.disabled = True
    return {"inplace": True, "logger": silent, "max_validation_depth": len(shapes) + 1}


def parameter(component: Any) -> str:
    """The parameter that a constraint component is named after; the IRI of one of the user's own."""
    name = str(component)
    if not name.startswith(SHACL):
        return written(component)
    short = name.removeprefix(SHACL).removesuffix("ConstraintComponent")
    return "sparql" if short == "SPARQL" else short[:1].lower() + short[1:]


def steps(shapes: Graph, path: Any) -> list[tuple[Any, bool]]:
    """The predicates of which a path follows one, each with its direction; none for paths of several steps."""
    from rdflib import SH, URIRef

    if isinstance(path, URIRef):
        return [(path, True)]
    if isinstance(inverse := shapes.value(path, SH.inversePath), URIRef):
        return [(inverse, False)]
    choices = [steps(shapes, p) for p in shapes.items(shapes.value(path, SH.alternativePath))]
    return [step for choice in choices for step in choice]


def written(term: Any) -> str:
    """A term of rdflib in the syntax of N-Triples; empty for None."""
    return "" if term is None else str(as_oxigraph(term))


def as_oxigraph(term: Any) -> Any:
    """A term of rdflib as one of Oxigraph."""
    from rdflib import BNode, URIRef

    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype or f"{XSD}string")))
