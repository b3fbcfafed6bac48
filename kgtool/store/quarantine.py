"""Shapes as a gate: statements that break them go to ``<base>graph/quarantine``, with the reason.

A statement is quarantined when a violation (``sh:Violation``, no warning) names it: its node, path and value. Names and
classes of nodes stay where they are, and so does everything where it cannot be told which statement is wrong (too few
or too many values, nodes that break a shape as a whole, paths of several steps): these are told and recorded.
What is left is validated again until nothing goes any more, so that the order of things does not matter. An entity or
relation of which nothing but names and classes is left goes with its last statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kgtool.model import NO_GATE, Gate
from kgtool.store import rdf
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.shacl import Checker, Fact, Violation
from kgtool.store.shapes import Shapes
from kgtool.store.vocabulary import RDF, SHACL, Namespaces

FILE = "gate.json"
"""Beside the database: what the shapes did to it."""
ROUNDS = 20
"""As often is what is left validated again at most."""
DESCRIBING = (rdf.TYPE, rdf.LABEL, rdf.ALT_LABEL)
"""Predicates of what is no statement of its own."""
NODE = """
SELECT ?node ?status ?reason WHERE {
  GRAPH g:provenance {
    ?node rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; a kg:Statement ; kg:status ?status
    OPTIONAL { ?node kg:reason ?reason }
  }
}
"""
REPORTED = "{} violation{} with no statement that could be taken out; kgtool validate shows them"


def gate(store: OxigraphStore, shapes: Shapes) -> Gate:
    """Move the statements of a graph that break shapes into quarantine.

    Raises:
        UsageError: when the shapes cannot be used.
    """
    checker = Checker(store.facts(), shapes, store.space)
    gone: dict[tuple[str, str, str], set[Violation]] = {}
    left: list[Violation] = []
    for _ in range(ROUNDS):
        violations = broken(checker)
        found = by_fact(violations)
        left = [v for v in violations if not movable(v)]
        if not found:
            break
        for key in found:
            checker.remove(parsed(key))
        gone |= found
    made = Gate(statements=len(gone))
    facts = {key: parsed(key) for key in sorted(gone)}
    for key, fact in facts.items():
        made = move(store, fact, sorted(gone[key]), made)
    made = sweep(store, facts.values(), made, checker)
    if left and (made.entities or made.relations):  # what has gone with its class may have lacked something
        left = [v for v in broken(checker) if not movable(v)]
    store.change(add=(q for v in left for q in violation_quads(v, None, store.space)), remove=())
    return replace(made, reported=len(left))


def broken(checker: Checker) -> list[Violation]:
    """The violations that count."""
    return [v for v in checker.check().results if v.severity not in {"Warning", "Info"}]


def by_fact(violations: Iterable[Violation]) -> dict[tuple[str, str, str], set[Violation]]:
    """The violations of each statement that can go."""
    found: dict[tuple[str, str, str], set[Violation]] = {}
    for violation in violations:
        for fact in movable(violation):
            found.setdefault(fact, set()).add(violation)
    return found


def movable(violation: Violation) -> list[tuple[str, str, str]]:
    """The statements of a violation but names and classes."""
    kept = {str(term) for term in DESCRIBING}
    return [fact for fact in violation.facts if fact[1] not in kept]


def parsed(fact: tuple[str, str, str]) -> Fact:
    """A statement from its terms in N-Triples."""
    quad = next(iter(ox.parse(f"{' '.join(fact)} .".encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)))
    return quad.subject, quad.predicate, quad.object


def move(store: OxigraphStore, fact: Fact, violations: Iterable[Violation], so_far: Gate) -> Gate:
    """Move one statement, and say so where its evidence is; the figures with it."""
    graph, evidence = ox.NamedNode(store.space.quarantine), ox.NamedNode(store.space.provenance)
    violations = list(violations)
    why = "; ".join(dict.fromkeys(reason(v, store.space) for v in violations))
    add = [ox.Quad(*fact, graph)]
    add += [quad for v in violations for quad in violation_quads(v, fact, store.space)]
    remove = [ox.Quad(*fact)]
    for node, status, before in list(store.query(NODE % fact).rows()):
        if status.value not in rdf.PUBLISHED:
            continue
        inferred = status.value == "inferred"
        remove.append(ox.Quad(node, rdf.kg("status"), status, evidence))
        add.append(ox.Quad(node, rdf.kg("status"), ox.Literal("quarantined"), evidence))
        if before is not None:
            remove.append(ox.Quad(node, rdf.kg("reason"), before, evidence))
        said = f"{why} (it was inferred: {before.value})" if inferred and before is not None else why
        add.append(ox.Quad(node, rdf.kg("reason"), ox.Literal(said), evidence))
        so_far = replace(so_far, triples=so_far.triples + 1, inferred=so_far.inferred + inferred)
    store.change(add=add, remove=remove)
    return so_far


def reason(violation: Violation, space: Namespaces) -> str:
    """Why a statement is quarantined, in words: at which node of which shape, and what is wrong."""
    other = space.short(violation.value)
    shape = f" ({space.short(f'<{violation.shape}>')})" if "://" in violation.shape else ""
    return f"{other} {violation.message}{shape}"


def violation_quads(violation: Violation, fact: Fact | None, space: Namespaces) -> Iterator[ox.Quad]:
    """A violation as SHACL reports it, with the statement that it put into quarantine."""
    graph = ox.NamedNode(space.quarantine)
    key = [*(str(term) for term in fact or ()), *(str(v) for v in asdict(replace(violation, facts=())).values())]
    node = ox.NamedNode(space.node("violation", rdf.content(*key)))
    yield ox.Quad(node, rdf.TYPE, ox.NamedNode(f"{SHACL}ValidationResult"), graph)
    for name, term in result(violation):
        yield ox.Quad(node, ox.NamedNode(SHACL + name), term, graph)
    if "://" in violation.shape:
        yield ox.Quad(node, rdf.kg("shape"), ox.NamedNode(violation.shape), graph)
    if fact:
        yield from rdf.reified(node, fact, graph)  # type: ignore[arg-type]


def result(violation: Violation) -> Iterator[tuple[str, Any]]:
    """The properties of a result, by the names that SHACL has for them; without what needs blank nodes."""
    yield "resultMessage", ox.Literal(violation.message)
    yield (
        "resultSeverity",
        ox.NamedNode(violation.severity if "://" in violation.severity else SHACL + violation.severity),
    )
    constraint = violation.constraint
    upper = "SPARQL" if constraint == "sparql" else constraint[:1].upper() + constraint[1:]
    known = f"<{SHACL}{upper}ConstraintComponent>"
    terms = {"focusNode": violation.focus, "value": violation.value, "resultPath": violation.route}
    terms["sourceShape"] = violation.source
    terms["sourceConstraintComponent"] = constraint if constraint.startswith("<") else known
    for name, text in terms.items():
        if text and not text.startswith("_:"):
            yield name, parsed(("<x:s>", "<x:p>", text))[2]


def sweep(store: OxigraphStore, facts: Iterable[Fact], so_far: Gate, checker: Checker) -> Gate:
    """Move names and classes of what has no statement any more, out of what is checked too; the figures with it."""
    ends = {term for fact in facts for term in fact if isinstance(term, ox.NamedNode)}
    graph = ox.NamedNode(store.space.quarantine)
    entities = relations = 0
    for node in sorted(ends, key=str):
        own = list(store.raw.quads_for_pattern(node, None, None, ox.DefaultGraph()))
        if not own or not is_described_only(store, node, own):
            continue
        store.change(add=(ox.Quad(q.subject, q.predicate, q.object, graph) for q in own), remove=own)
        for quad in own:
            checker.remove((node, quad.predicate, quad.object))
        related = any(q.object == ox.NamedNode(f"{RDF}Property") for q in own)
        relations, entities = relations + related, entities + (not related)
    return replace(so_far, entities=entities, relations=relations)


def is_described_only(store: OxigraphStore, node: ox.NamedNode, own: Iterable[ox.Quad]) -> bool:
    """Whether the graph says of a node of the store what it is and what it is called, and nothing else."""
    is_relation = any(quad.object == ox.NamedNode(f"{RDF}Property") for quad in own)
    if not is_relation and not node.value.startswith(store.space.entity("")):
        return False
    used = (
        store.raw.quads_for_pattern(None, node, None, ox.DefaultGraph()),
        store.raw.quads_for_pattern(None, None, node, ox.DefaultGraph()),
    )
    return all(quad.predicate in DESCRIBING for quad in own) and all(next(found, None) is None for found in used)


def told(gate: Gate) -> list[str]:
    """What is to be said about the gate."""
    return [REPORTED.format(gate.reported, "s" if gate.reported > 1 else "")] if gate.reported else []


def write(path: Path, gate: Gate) -> None:
    """Keep the figures beside a database."""
    (path / FILE).write_text(json.dumps(asdict(gate), sort_keys=True) + "\n", encoding="utf-8")


def read(path: Path) -> Gate:
    """The figures beside a database; nothing where it has no shapes."""
    try:
        found: Mapping[str, int] = json.loads((path / FILE).read_text(encoding="utf-8"))
        return Gate(**found)
    except (OSError, ValueError, TypeError):
        return NO_GATE
