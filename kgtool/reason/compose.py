"""From a path to an answer: one SPARQL query whose bindings are the answer set, and the sentences behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from kgtool.model import Answer, Citation, Step
from kgtool.ports import Store
from kgtool.reason.constraints import LETTERS, Constraints, composed
from kgtool.reason.contested import against
from kgtool.reason.expand import Candidate, Path, walked
from kgtool.reason.linking import Names, is_iri
from kgtool.reason.matching import content
from kgtool.reason.network import SUBCLASS, TYPE, Network
from kgtool.reason.question import DATES, KIND_WORDS, NUMBERS
from kgtool.reason.schema_card import Card
from kgtool.reason.wording import tell

if TYPE_CHECKING:
    from kgtool.reason.network import Ids
    from kgtool.reason.queries import Queries

NOTHING = Constraints()
UNBOUND: Mapping[tuple[int, int], Ids] = MappingProxyType({})
MAX_CITED = 20
"""Most triples cited; the query finds them all."""

EVIDENCE = """
SELECT ?name ?begin ?end ?quote ?extractor ?confidence ?anchor WHERE {
  GRAPH ?g {
    ?evidence rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; oa:exact ?quote ; kg:status "asserted" ;
      kg:confidence ?confidence ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasGeneratedBy/kg:extractor ?extractor ; prov:wasDerivedFrom ?chunk .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?name
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
} ORDER BY DESC(?confidence) ?name ?begin LIMIT 1
"""
INFERRED = """
SELECT ?confidence ?reason WHERE {
  GRAPH ?g {
    ?node a kg:Statement ; rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; kg:status ?status ;
      kg:confidence ?confidence ; kg:reason ?reason
    FILTER(?status IN ("inferred", "published"))
  }
}
"""
PROVENANCE = "ASK { GRAPH ?g { ?s rdf:subject ?o } }"

Fact = tuple[int, Step, int]
"""Where a hop begins, the hop, where it ends."""


@dataclass(frozen=True)
class Composer:
    """Makes answers of candidates."""

    store: Store
    network: Network
    names: Names
    card: Card

    def answer(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """The answer of a candidate: run its query, name the bindings, cite the triples of every hop."""
        patterns = self.wanted(kind, candidate, beside)
        query = select("DISTINCT ?answer", patterns)
        found = {row[-1] for row in self.store.query(query).rows()}
        ranked = sorted((self.name(t), str(t), t) for t in found)
        nodes = [self.network.numbers[t] for _, _, t in ranked if t in self.network.numbers]
        bound = self.bound(patterns, beside)
        made = self.cited(question, query, confidence, self.facts(candidate, nodes, beside, bound))
        iris = tuple(t.value for _, _, t in ranked if is_iri(t))
        return replace(made, answers=tuple(name for name, _, _ in ranked), iris=iris)

    def bound(self, patterns: Sequence[str], beside: Constraints) -> dict[tuple[int, int], Ids]:
        """The nodes at places on the way that are compared, those that the comparison leaves."""
        import numpy as np

        found = {}
        for place in {(u.place.path, u.place.steps): u.place for u in beside.uses if not u.place.last}.values():
            rows = self.store.query(select(f"DISTINCT {place.variable}", patterns)).rows()
            numbers = [self.network.numbers[row[0]] for row in rows if row[0] in self.network.numbers]
            found[place.path, place.steps] = np.array(sorted(numbers), dtype=np.int64)
        return found

    def sum(self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints) -> Answer:
        """A sum, an average, the highest or lowest value of an attribute of a candidate's answers."""
        inner = select("DISTINCT ?answer ?value", self.wanted(kind, candidate, beside)).replace("\n", "\n  ")
        query = f"SELECT ({beside.value}(?value) AS ?result) WHERE {{\n  {{ {inner} }}\n}}"
        values = [row[0] for row in self.store.query(query).rows() if row and row[0] is not None]
        made = self.cited(question, query, confidence, self.facts(candidate, candidate.nodes.tolist(), beside))
        return replace(made, answers=tuple(str(v.value) for v in values))

    def exists(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """Whether a candidate has an answer."""
        found = self.answer(question, kind, candidate, confidence, beside)
        query = "\n".join(["ASK {", *(f"  {p}" for p in self.wanted(kind, candidate, beside)), "}"])
        true = self.store.query(query).boolean()
        if not true:  # what is so instead
            found = self.cited(question, query, confidence, self.facts(candidate, candidate.nodes.tolist(), beside))
        return replace(found, answers=(str(true).lower(),), iris=(), sparql=query)

    def count(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """How many answers a candidate has; its answer where that is a number itself."""
        found = self.answer(question, kind, candidate, confidence, beside)
        if found.answers and all(a.replace(".", "").isdecimal() for a in found.answers):
            return found
        query = select("(COUNT(DISTINCT ?answer) AS ?count)", self.wanted(kind, candidate, beside))
        (row,) = self.store.query(query).rows()
        return replace(found, answers=(str(row[0].value),), iris=(), sparql=query)

    def ask(self, question: str, candidate: Candidate, others: Sequence[int], confidence: float) -> Answer:
        """Whether a candidate's path leads to one of some nodes; what it leads to is cited either way."""
        reached = [n for n in others if n in candidate.nodes]
        other = self.network.terms[reached[0] if reached else others[0]]
        patterns = [p.replace("?answer", str(other)) for p in self.wanted("", candidate)]
        query = "\n".join(["ASK {", *(f"  {p}" for p in patterns if not p.startswith("FILTER")), "}"])
        true = self.store.query(query).boolean()
        nodes = reached[:1] if true else candidate.nodes.tolist()
        made = self.cited(question, query, confidence, self.facts(candidate, nodes))
        return replace(made, answers=(str(true).lower(),))

    def connection(self, question: str, path: Path, other: int, confidence: float) -> Answer:
        """How a path leads from its name to a node: the nodes between them, or the relation where there are none."""
        facts = self.way(path, walked(self.network, path), other)
        nodes = [end for _, _, end in facts[:-1]]
        label = self.card.labels[path.steps[0] // 2]
        shown = [f"?a{i}" for i in range(1, len(path.steps))] or ["?relation"]
        patterns = [p.replace("?answer", str(self.network.terms[other])) for p in self.patterns(path, "a")]
        if not nodes:
            patterns.append(f"BIND(<{self.network.relations[path.steps[0] // 2]}> AS ?relation)")
        made = self.cited(question, select(f"DISTINCT {' '.join(shown)}", patterns), confidence, facts)
        terms = [self.network.terms[n] for n in nodes]
        names = tuple(self.names.label(n) for n in nodes) or (label,)
        return replace(made, answers=names, iris=tuple(t.value for t in terms if is_iri(t)))

    def cited(self, question: str, query: str, confidence: float, facts: Sequence[Fact]) -> Answer:
        """An answer with its query and citations, without the answers."""
        cited = tuple(self.citation(fact) for fact in facts)
        found = [c for known in cited if known.quote for c in against(self.store, known)]
        text = tell(cited, found)
        return Answer(question, confidence=confidence, sparql=query, evidence=cited, contested=tuple(found), text=text)

    def name(self, term: Any) -> str:
        """What a term is called."""
        node = self.network.numbers.get(term)
        return str(term.value) if node is None else self.names.label(node)

    def wanted(self, kind: str, candidate: Candidate, beside: Constraints = NOTHING) -> list[str]:
        """The patterns of a candidate's paths, which end in ``?answer``, the kind of answer, and constraints."""
        found = [p for i, path in enumerate(candidate.paths) for p in self.patterns(path, LETTERS[i])]
        constraint = self.constraint(kind, candidate)
        found += [constraint] if constraint else []
        for i, path in enumerate(beside.without):
            found.append(f"FILTER NOT EXISTS {{ {' '.join(self.patterns(path, f'n{LETTERS[i]}'))} }}")
        return composed(found, beside)

    def patterns(self, path: Path, letter: str) -> Iterator[str]:
        """A path as triple patterns, with filters where it could come by its name again."""
        anchor = str(self.network.terms[path.mention.node])
        if not path.steps:
            yield f"VALUES ?answer {{ {' '.join(str(self.network.terms[n]) for n in path.nodes)} }}"
            return
        nodes = [anchor, *(f"?{letter}{i}" for i in range(1, len(path.steps))), "?answer"]
        sets = walked(self.network, path)
        for i, number in enumerate(path.steps):
            step = self.network.step(number)
            subject, other = (nodes[i], nodes[i + 1]) if step.forward else (nodes[i + 1], nodes[i])
            kinds = number // 2 == self.network.type and path.mention.node in self.network.general
            relation = f"<{step.relation}>/<{SUBCLASS}>*" if kinds else f"<{step.relation}>"
            yield f"{subject} {relation} {other} ."
            last = i == len(path.steps) - 1
            if path.mention.node in self.network.walk(sets[i], number) and not (last and path.returns):
                yield f"FILTER({nodes[i + 1]} != {anchor})"

    def constraint(self, kind: str, candidate: Candidate) -> str:
        """The kind of answer as a pattern, where some answers are of it and some are not."""
        if kind in {"date", "number"}:
            wanted = DATES if kind == "date" else NUMBERS
            types = [getattr(self.network.terms[n], "datatype", None) for n in candidate.nodes]
            fit = [t is not None and t.value in wanted for t in types]
            shown = ", ".join(f"<{d}>" for d in wanted)
            return f"FILTER(DATATYPE(?answer) IN ({shown}))" if any(fit) and not all(fit) else ""
        for node in self.classes(candidate) if kind else []:
            if set(content(self.names.label(node))) & set(KIND_WORDS.get(kind, ())):
                return f"?answer a {self.network.terms[node]} ."
        return ""

    def classes(self, candidate: Candidate) -> list[int]:
        """The classes that some answers have and some have not."""
        import numpy as np

        if self.network.type < 0:
            return []
        nodes, step = candidate.nodes, 2 * self.network.type
        having = [(int(c), self.network.walk(np.array([c]), step + 1)) for c in self.network.walk(nodes, step)]
        return [c for c, members in having if len(np.intersect1d(nodes, members)) < len(nodes)]

    def facts(
        self,
        candidate: Candidate,
        answers: Sequence[int],
        beside: Constraints = NOTHING,
        bound: Mapping[tuple[int, int], Ids] = UNBOUND,
    ) -> list[Fact]:
        """The hops that lead to the answers, and what is compared, whole paths, until ``MAX_CITED`` are found.

        Args:
            candidate: the paths.
            answers: the nodes at their end.
            beside: what else is cited.
            bound: the nodes that are left at places on the way, by path and place.
        """
        found: dict[Fact, None] = {}
        sets = [walked(self.network, path) for path in candidate.paths]
        for (number, place), nodes in bound.items():
            sets[number][place] = nodes
        for answer in answers:
            for number, (path, reached) in enumerate(zip(candidate.paths, sets, strict=True)):
                way = self.way(path, reached, answer)
                found.update(dict.fromkeys(way))
                for use in beside.uses:
                    if use.place.path == number:
                        node = answer if use.place.last else way[use.place.steps - 1][2] if way else answer
                        for each in (node, *use.nodes):
                            found.update(dict.fromkeys(self.along(each, use.steps)))
            if len(found) >= MAX_CITED:
                break
        return list(found)[:MAX_CITED]

    def way(self, path: Path, sets: Sequence[Any], answer: int) -> list[Fact]:
        """One way along a path to an answer: at each place the first node that leads on."""
        import numpy as np

        found: list[Fact] = []
        node = answer
        for i in range(len(path.steps) - 1, -1, -1):
            before = np.intersect1d(self.network.walk(np.array([node]), path.steps[i] ^ 1), sets[i])
            if not len(before):
                return []
            found.append((int(before[0]), self.network.step(path.steps[i]), node))
            node = int(before[0])
        return found[::-1]

    def along(self, node: int, steps: Sequence[int]) -> Iterator[Fact]:
        """One way along some steps from a node."""
        import numpy as np

        for step in steps:
            ends = self.network.walk(np.array([node]), step)
            if not len(ends):
                return
            yield node, self.network.step(step), int(ends[0])
            node = int(ends[0])

    def citation(self, fact: Fact) -> Citation:
        """A triple with its best evidence, or with what it was inferred from."""
        begin, step, end = fact
        subject, other = (begin, end) if step.forward else (end, begin)
        if step.relation == TYPE:
            other = self.network.told.get((subject, other), other)  # the class that is asserted
        relation = self.card.labels[self.network.relations.index(step.relation)]
        direction: Literal["forward", "backward"] = "forward" if step.forward else "backward"
        names = (self.names.label(subject), relation, self.names.label(other))
        triple = (self.network.terms[subject], step.relation, self.network.terms[other])
        bare = Citation(*names, direction, terms=(str(triple[0]), f"<{step.relation}>", str(triple[2])))
        return supported(self.store, bare, *triple) if self.has_provenance else bare

    @cached_property
    def queries(self) -> Queries:
        """What runs queries that a model proposes."""
        from kgtool.reason.queries import Queries

        return Queries(self.store, self.card, self.names)

    @cached_property
    def has_provenance(self) -> bool:
        """Whether the graph keeps evidence at all."""
        return self.store.query(PROVENANCE).boolean()


def supported(store: Store, bare: Citation, subject: Any, relation: str, object: Any) -> Citation:
    """The citation of a triple with its best evidence, or with what it was inferred from; as it is without either."""
    terms = (subject, f"<{relation}>", object)
    if any(str(t).startswith("_:") for t in terms):
        return bare
    for name, first, last, quote, extractor, sure, anchor in store.query(EVIDENCE % terms).rows():
        return replace(
            bare, document=name.value, begin=int(first.value), end=int(last.value), quote=quote.value,
            extractor=extractor.value, confidence=float(sure.value), anchor=anchor.value if anchor else "",
        )  # fmt: skip
    for sure, reason in store.query(INFERRED % terms).rows():
        return replace(bare, confidence=float(sure.value), justification=reason.value)
    return bare


def select(shown: str, patterns: Sequence[str]) -> str:
    """A SELECT of some patterns."""
    return "\n".join([f"SELECT {shown} WHERE {{", *(f"  {p}" for p in patterns), "}"])
