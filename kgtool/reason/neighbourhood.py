"""What lies around the names of a question, fetched from an endpoint into memory, where it is reasoned over as ever.

A question costs depth + 2 requests: one for the names in it, one for each hop, and one for what the answer needs (names
and sentences, and its whole set where that was not fetched). A sample of the graph is read once, for what tells
relations apart; where it is the whole graph, nothing but sentences is asked for any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kgtool.model import Answer, Citation, Step
from kgtool.ports import Store
from kgtool.reason.anchors import anchored
from kgtool.reason.compose import NOTHING, UNBOUND, Composer, Fact
from kgtool.reason.constraints import Constraints
from kgtool.reason.expand import Candidate, Path, can_grow, paths, walked
from kgtool.reason.hops import is_blank
from kgtool.reason.linking import KINDS, Mention, is_iri, singulars
from kgtool.reason.network import ANNOTATIONS, TYPE, Network, is_annotation
from kgtool.reason.queries import Queries
from kgtool.reason.question import Question
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import ALIASES, LABELS, XSD
from kgtool.words import STOP_WORDS, words

if TYPE_CHECKING:
    from kgtool.reason.network import Ids
    from kgtool.reason.paths import PathReasoner

SAMPLE = 5_000
"""Facts read once."""
NAMED_WORDS, SPAN = 24, 8
"""Words of a question, and of a name, that are looked up at an endpoint."""
LANGUAGES = ("", "en", "mul")
"""Language tags of names; an index finds whole literals only."""
DIGITS = ("gYear", "integer")
SEEDS = 30
"""Most nodes that a question is begun at."""
HOMONYMS = 5
GROUP = 200
"""Most facts of one node and relation that are fetched; of more one, and their number."""
NODES = 500
"""Most nodes that are walked on from."""
ROWS = 9_999
"""Most rows of an answer: servers sort, and give, 10,000 and no more (Virtuoso)."""
SPACES = 3
"""Beginnings of IRIs that names are tried with, where nodes have no labels."""


def listed(iris: Iterable[str]) -> str:
    """IRIs in a SPARQL list."""
    return ", ".join(f"<{iri}>" for iri in iris)


KEPT = f"""(!({" || ".join(f'STRSTARTS(STR(?p), "{a}")' for a in ANNOTATIONS)}) || ?p IN ({listed((TYPE, *KINDS))}))"""
"""Facts, and names of what they are about."""
NAMES = f"""
SELECT ?s ?p ?o WHERE {{
  {{ VALUES ?o {{ %s }} ?s ?p ?o FILTER(?p IN ({listed(KINDS)})) }} UNION
  {{ SELECT (MIN(?x) AS ?s) ?p ?o WHERE {{ VALUES ?o {{ %s }} ?x ?p ?o FILTER(!isBlank(?x) && {KEPT}) }}
     GROUP BY ?p ?o }}
}} LIMIT {ROWS}
"""
HOP = f"""
SELECT ?s ?p ?o ?count WHERE {{
  {{ {{ SELECT ?s ?p WHERE {{ VALUES ?s {{ %(nodes)s }} ?s ?p ?x FILTER({KEPT}) }}
       GROUP BY ?s ?p HAVING(COUNT(*) <= {GROUP}) }}
     {{ SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ %(nodes)s }} ?s ?p ?o }} }} }} UNION
  {{ SELECT ?s ?p (MIN(?x) AS ?o) (COUNT(*) AS ?count) WHERE {{
       VALUES ?s {{ %(nodes)s }} ?s ?p ?x FILTER({KEPT}) }} GROUP BY ?s ?p HAVING(COUNT(*) > {GROUP}) }} UNION
  {{ {{ SELECT ?p ?o WHERE {{ VALUES ?o {{ %(nodes)s }} ?x ?p ?o FILTER({KEPT}) }}
       GROUP BY ?p ?o HAVING(COUNT(*) <= {GROUP}) }}
     {{ SELECT ?s ?p ?o WHERE {{ VALUES ?o {{ %(nodes)s }} ?s ?p ?o }} }} }} UNION
  {{ SELECT (MIN(?x) AS ?s) ?p ?o (COUNT(*) AS ?count) WHERE {{
       VALUES ?o {{ %(nodes)s }} ?x ?p ?o FILTER({KEPT}) }} GROUP BY ?p ?o HAVING(COUNT(*) > {GROUP}) }} UNION
  {{ VALUES ?s {{ %(unnamed)s }} ?s ?p ?o FILTER(?p IN ({listed((*LABELS, *ALIASES))})) }}
}} ORDER BY ?s ?p ?o LIMIT {ROWS}
"""
"""The facts of nodes both ways, groups that are too large by one fact and their number; names of relations and classes
that were met before. The inner SELECTs keep an engine from joining a group with all facts of the graph."""
LAST = """
SELECT ?s ?p ?o ?answer ?name ?begin ?end ?quote ?extractor ?confidence ?anchor ?reason %s WHERE {
%s
}
"""
SENTENCES = """
{ GRAPH ?g {
  VALUES (?s ?p ?o) { %s }
  ?evidence rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; oa:exact ?quote ; kg:status "asserted" ;
    kg:confidence ?confidence ; nif:beginIndex ?begin ; nif:endIndex ?end ;
    prov:wasGeneratedBy/kg:extractor ?extractor ; prov:wasDerivedFrom ?chunk .
  ?chunk prov:wasDerivedFrom/dcterms:identifier ?name
  OPTIONAL { ?chunk kg:anchor ?anchor }
} }
"""
REASONS = """
{ GRAPH ?g {
  VALUES (?s ?p ?o) { %s }
  ?node a kg:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:status "inferred" ;
    kg:confidence ?confidence ; kg:reason ?reason
} }
"""
CALLED = f"{{ VALUES ?answer {{ %s }} ?answer ?label ?name FILTER(?label IN ({listed(LABELS)})) }}"
WHOLE = f"{{ %s OPTIONAL {{ ?answer ?label ?name FILTER(?label IN ({listed(LABELS)})) }} }}"
LETTERS = "abcdef"
"""Of the paths of a candidate, in their variables; as :meth:`Composer.wanted` has them."""


@dataclass
class Fetched:
    """Facts in memory, and how far they are all that there are.

    ``walked`` are the nodes whose facts were asked for, ``cut`` the steps of such a node of which only one fact was
    fetched, with their number.
    """

    quads: list[Any]
    walked: set[Any] = field(default_factory=set)
    cut: dict[tuple[Any, Step], int] = field(default_factory=dict)
    named: set[Any] = field(default_factory=set)
    """Relations and classes whose names were asked for."""
    complete: bool = False

    def unnamed(self) -> set[Any]:
        """Relations and classes whose names were not asked for yet."""
        relations = {q.predicate for q in self.quads if not is_annotation(q.predicate.value)}
        classes = {q.object for q in self.quads if q.predicate.value == TYPE and is_iri(q.object)}
        return (relations | classes) - self.named

    def has(self, network: Network, candidate: Candidate) -> bool:
        """Whether a candidate's set is whole."""
        return self.complete or all(
            network.terms[n] in self.walked and (network.terms[n], network.step(step)) not in self.cut
            for path in candidate.paths
            for nodes, step in zip(walked(network, path), path.steps, strict=False)
            for n in nodes.tolist()
        )


class Neighbourhood:
    """Makes reasoners over what lies around the names of questions.

    Args:
        base: the reasoner whose store is behind an endpoint.
    """

    def __init__(self, base: PathReasoner) -> None:
        self.base = base
        self.store = base.store

    @cached_property
    def sample(self) -> Fetched:
        """Facts of the graph as the endpoint gives them, with the names of their relations; all, where they are few."""
        rows = list(self.store.query(f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o }} LIMIT {SAMPLE + 1}").rows())
        found = Fetched([ox_quad(*row) for row in rows[:SAMPLE]], complete=len(rows) <= SAMPLE)
        if not found.complete:
            self.fetch(found, set())
        return found

    @cached_property
    def small(self) -> PathReasoner:
        """The reasoner over a graph that the sample is all of."""
        return self.over(self.sample)

    def over(self, found: Fetched, seeds: set[Any] | None = None) -> PathReasoner:
        """A reasoner over facts in memory, which takes nothing but ``seeds`` for named (None: anything)."""
        copy = OxigraphStore()
        copy.load(found.quads)
        made = self.base.over(copy)
        if seeds is not None:
            numbers = {made.network.numbers[t] for t in seeds if t in made.network.numbers}
            made.names.keep(numbers)
        made.composer = Answering(copy, made.network, made.names, made.card, self.store, found)
        return made

    def around(self, question: Question, depth: int, entities: Sequence[str] = ()) -> PathReasoner:
        """A reasoner over what lies up to ``depth`` hops around the names of a question.

        Args:
            question: the question.
            depth: most hops.
            entities: IRIs of what else it is about.

        Raises:
            RemoteError: when the endpoint fails.
            NotFoundError: when it knows nothing of an entity.
        """
        if self.sample.complete:
            return self.small
        found = Fetched(list(self.sample.quads), named=set(self.sample.named))
        seeds = self.seeds(question, found) | {named_node(iri) for iri in entities}
        self.fetch(found, seeds)
        made = self.over(found, seeds)
        mentions = anchored(made.names, question, made.names.link(question), entities)
        for hop in range(1, depth):
            more = self.frontier(made, question, [m for m in mentions if not m.weak], hop) - found.walked
            if not more:
                break
            terms = [made.network.terms[m.node] for m in mentions]
            self.fetch(found, more)
            made = self.over(found, seeds)
            numbers = made.network.numbers
            mentions = [replace(m, node=numbers[t]) for m, t in zip(mentions, terms, strict=True)]
        return made

    def seeds(self, question: Question, found: Fetched) -> set[Any]:
        """The nodes that the question may name; what names them is added to the facts."""
        spans = list(named_spans(question))
        texts = sorted({v for span in spans for v in span.variants})
        if not texts:
            return set()
        plain = [literal(t, tag) for t in texts for tag in LANGUAGES]
        typed = [f'"{t}"^^<{XSD}{kind}>' for t in texts if t.isascii() and t.isdigit() for kind in DIGITS]
        rows = list(self.store.query(NAMES % (" ".join(plain), " ".join([*plain, *typed]))).rows())
        found.quads += [ox_quad(*row) for row in rows if None not in row]
        guessed = {term for span in spans for text in span.variants for term in self.guesses(text)}
        return longest(spans, rows) | guessed

    def guesses(self, text: str) -> Iterator[Any]:
        """What may be the IRIs of a name in a graph whose nodes have no labels."""
        import pyoxigraph as ox

        for space in self.spaces:
            yield ox.NamedNode(space + quote(text))
            yield ox.NamedNode(space + quote(text.replace(" ", "_")))

    @cached_property
    def spaces(self) -> list[str]:
        """How the IRIs of nodes begin that have no label in the sample; empty where most of them have one."""
        labelled = {q.subject for q in self.sample.quads if q.predicate.value in KINDS}
        nodes = {t for q in self.sample.quads if q.predicate.value not in KINDS for t in (q.subject, q.object)}
        bare = [t.value for t in nodes - labelled if is_iri(t)]
        if 2 * len(bare) < len(nodes):
            return []
        counts = Counter(iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in bare)
        return sorted(counts, key=lambda s: (-counts[s], s))[:SPACES]

    def fetch(self, found: Fetched, terms: set[Any]) -> None:
        """Add the facts of nodes, and the names of what was met before, in one request."""
        unnamed = found.unnamed()
        lists = {"nodes": terms, "unnamed": unnamed}
        query = HOP % {name: " ".join(sorted(map(str, each))) for name, each in lists.items()}
        rows = list(self.store.query(query).rows())
        for subject, predicate, other, count in rows:
            found.quads.append(ox_quad(subject, predicate, other))
            if count is not None:
                for term, forward in ((subject, True), (other, False)):
                    found.cut[term, Step(predicate.value, forward)] = int(count.value)
        if len(rows) < ROWS:  # else nobody knows what is missing: sets beyond are asked for by their paths
            found.walked |= terms
        found.named |= unnamed

    def frontier(self, made: PathReasoner, question: Question, mentions: Sequence[Mention], hop: int) -> set[Any]:
        """The ends of the paths of so many hops that are walked on: of those whose relations the question says first.

        A path whose end does not fit into what is left of ``NODES`` is left out, so that sets are never cut at random.
        """
        prefer = made.preference(question)
        ends = [
            p
            for m in mentions
            for p in paths(made.network, m, depth=hop, width=made.width, prefer=prefer, likely=lambda p: 0.0)
            if len(p.steps) == hop and can_grow(made.network, p)
        ]
        ends.sort(key=lambda p: (-prefer(p.steps), len(p.nodes), p.steps, p.mention))
        found: set[Any] = set()
        for path in ends:
            terms = {t for n in path.nodes.tolist() if not is_blank(t := made.network.terms[n])}
            if len(found | terms) <= NODES:
                found |= terms
        return found


@dataclass(frozen=True)
class Answering(Composer):
    """Composes answers over facts in memory; what they need besides is asked of the endpoint at once."""

    remote: Store
    found: Fetched
    called: dict[Any, str] = field(default_factory=dict)
    """Names of answers."""
    evidence: dict[tuple[Any, str, Any], dict[str, Any]] = field(default_factory=dict)
    """What supports a triple, as the fields of a citation."""

    @cached_property
    def whole(self) -> Composer:
        """Composes at the endpoint what is ranked, filtered or summed up: what was fetched is only a part of that."""
        return Composer(self.remote, self.network, self.names, self.card)

    def answer(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """See :meth:`Composer.answer`."""
        if beside is not NOTHING and not self.found.complete:
            return self.whole.answer(question, kind, candidate, confidence, beside)
        nodes = candidate.nodes.tolist()
        self.prepare(candidate, self.facts(candidate, nodes, beside), nodes, self.wanted(kind, candidate))
        return super().answer(question, kind, candidate, confidence, beside)

    def count(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """See :meth:`Composer.count`."""
        if beside is not NOTHING and not self.found.complete:
            return self.whole.count(question, kind, candidate, confidence, beside)
        return super().count(question, kind, candidate, confidence, beside)

    def sum(self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints) -> Answer:
        """See :meth:`Composer.sum`."""
        if not self.found.complete:
            return self.whole.sum(question, kind, candidate, confidence, beside)
        return super().sum(question, kind, candidate, confidence, beside)

    def exists(
        self, question: str, kind: str, candidate: Candidate, confidence: float, beside: Constraints = NOTHING
    ) -> Answer:
        """See :meth:`Composer.exists`."""
        if not self.found.complete:
            return self.whole.exists(question, kind, candidate, confidence, beside)
        return super().exists(question, kind, candidate, confidence, beside)

    def ask(self, question: str, candidate: Candidate, others: Sequence[int], confidence: float) -> Answer:
        """See :meth:`Composer.ask`."""
        nodes = [n for n in others if n in candidate.nodes][:1] or candidate.nodes.tolist()
        self.prepare(candidate, self.facts(candidate, nodes), nodes, self.wanted("", candidate))
        return super().ask(question, candidate, others, confidence)

    def connection(self, question: str, path: Path, other: int, confidence: float) -> Answer:
        """See :meth:`Composer.connection`."""
        self.prepare(None, self.way(path, walked(self.network, path), other), (), ())
        return super().connection(question, path, other, confidence)

    def facts(
        self,
        candidate: Candidate,
        answers: Sequence[int],
        beside: Constraints = NOTHING,
        bound: Mapping[tuple[int, int], Ids] = UNBOUND,
    ) -> list[Fact]:
        """See :meth:`Composer.facts`; always in the order of the nodes, whose names may not be known yet."""
        return super().facts(candidate, sorted(answers), beside, bound)

    @cached_property
    def queries(self) -> Queries:
        """What runs queries that a model proposes: at the endpoint."""
        return Queries(self.remote, self.card, self.names)

    def name(self, term: Any) -> str:
        """What a term is called."""
        return self.called.get(term) or super().name(term)

    def citation(self, fact: Fact) -> Citation:
        """A triple with what supports it."""
        return replace(super().citation(fact), **self.evidence.get(self.triple(fact), {}))

    def triple(self, fact: Fact) -> tuple[Any, str, Any]:
        """A hop as the terms of its triple."""
        begin, step, end = fact
        subject, other = (begin, end) if step.forward else (end, begin)
        return self.network.terms[subject], step.relation, self.network.terms[other]

    def prepare(
        self, candidate: Candidate | None, facts: Sequence[Fact], nodes: Sequence[int], patterns: Sequence[str]
    ) -> None:
        """Ask for the sentences of facts and the names of nodes; and for the whole set of a candidate that was cut."""
        triples = [t for t in map(self.triple, facts) if not (is_blank(t[0]) or is_blank(t[2]))]
        blocks: list[str] = []
        variables: list[str] = []
        whole = candidate is None or self.found.has(self.network, candidate)
        # What is too long to be listed is asked for by its path as well.
        partial = candidate if not whole or (not self.found.complete and len(nodes) > NODES) else None
        if triples:
            shown = " ".join(f"({s} <{p}> {o})" for s, p, o in triples)
            blocks += [SENTENCES % shown, REASONS % shown]
        if partial:
            ways = zip(LETTERS, partial.paths, strict=False)
            variables = [f"?{letter}{i}" for letter, path in ways for i in range(1, len(path.steps))]
            blocks.append(WHOLE % " ".join(patterns))
        elif not self.found.complete and (terms := [t for n in nodes if is_iri(t := self.network.terms[n])]):
            blocks.append(CALLED % " ".join(map(str, terms)))
        if blocks:
            query = LAST % (" ".join(variables), " UNION ".join(blocks))
            self.take(list(self.remote.query(query).rows()), partial, variables)

    def take(self, rows: Sequence[tuple[Any, ...]], partial: Candidate | None, variables: Sequence[str]) -> None:
        """Enter what the endpoint said, and the facts of a candidate that were not fetched before."""
        quads: list[Any] = []
        best: dict[tuple[Any, str, Any], tuple[Any, ...]] = {}
        for row in rows:
            subject, relation, other, answer, name, begin, end, quoted, extractor, sure, anchor, reason, *more = row
            if answer is not None:
                if name is not None:
                    self.called[answer] = min(name.value, self.called.get(answer, name.value))
                if partial:
                    quads += self.hops(partial, dict(zip(variables, more, strict=True)) | {"?answer": answer})
                continue
            triple = (subject, relation.value, other)
            order = (reason is not None, -float(sure.value), *((name.value, int(begin.value)) if quoted else ("", 0)))
            if triple in best and best[triple] <= order:
                continue
            best[triple] = order
            self.evidence[triple] = {"confidence": float(sure.value)} | (
                {"justification": reason.value}
                if quoted is None
                else {
                    "document": name.value, "begin": int(begin.value), "end": int(end.value), "quote": quoted.value,
                    "extractor": extractor.value, "anchor": anchor.value if anchor else "",
                }
            )  # fmt: skip
        self.store.load(quads)
        for term, name in self.called.items():
            if (node := self.network.numbers.get(term)) is not None:
                self.names.labels[node] = name

    def hops(self, candidate: Candidate, bound: dict[str, Any]) -> Iterator[Any]:
        """The triples of a candidate's paths with their variables bound."""
        for letter, path in zip(LETTERS, candidate.paths, strict=False):
            inner = [bound[f"?{letter}{i}"] for i in range(1, len(path.steps))]
            nodes = [self.network.terms[path.mention.node], *inner, bound["?answer"]]
            for begin, number, end in zip(nodes, path.steps, nodes[1:], strict=False):
                step = self.network.step(number)
                subject, other = (begin, end) if step.forward else (end, begin)
                yield ox_quad(subject, named_node(step.relation), other)


@dataclass(frozen=True)
class Span:
    """A part of a question that may be a name: where it is, and how it may be written in a graph."""

    begin: int
    end: int
    variants: tuple[str, ...]

    @property
    def keys(self) -> set[str]:
        """Its folded forms."""
        return {" ".join(words(v)) for v in self.variants}


def named_spans(question: Question) -> Iterator[Span]:
    """The parts of a question that may be names, the longest first."""
    places, at = [], 0
    for word in question.raw[:NAMED_WORDS]:
        found = question.text.find(word, at)
        if found < 0:  # in another Unicode form than written
            return
        places.append((found, found + len(word)))
        at = found + len(word)
    for size in range(min(SPAN, len(places)), 0, -1):
        for begin in range(len(places) - size + 1):
            part = question.words[begin : begin + size]
            capital = any(w[:1].isupper() for w in question.raw[max(begin, 1) : begin + size])
            if not all(w in STOP_WORDS for w in part) or capital:
                text = question.text[places[begin][0] : places[begin + size - 1][1]]
                yield Span(begin, begin + size, variants(text, question.text[places[begin + size - 1][1] :][:1]))


def variants(text: str, mark: str) -> tuple[str, ...]:
    """How a name may be written: in these capitals or others, with the mark behind it, in the singular."""
    low = text.lower()
    found = [text, low, text[:1].upper() + text[1:], low.title(), *(singulars(text) if text[-1:].islower() else ())]
    return tuple(dict.fromkeys(found + ([text + mark] if mark and mark in ".!?" else [])))


def longest(spans: Sequence[Span], rows: Sequence[tuple[Any, ...]]) -> set[Any]:
    """The nodes of the longest names that the endpoint knows, of homonyms the first ones."""
    known: dict[str, list[Any]] = {}
    for subject, predicate, name in rows:
        if None not in (subject, predicate, name):
            known.setdefault(" ".join(words(name.value)), []).append(subject if predicate.value in KINDS else name)
    taken: list[Span] = []
    found: list[Any] = []
    for span in spans:
        nodes = {t for key in span.keys for t in known.get(key, ()) if not is_blank(t)}
        if nodes and not any(t.begin <= span.begin and span.end <= t.end for t in taken):
            taken.append(span)
            found += sorted(nodes, key=str)[:HOMONYMS]
    return set(found[:SEEDS])


def literal(text: str, tag: str) -> str:
    """A literal in SPARQL."""
    import pyoxigraph as ox

    return str(ox.Literal(text, language=tag) if tag else ox.Literal(text))


def ox_quad(subject: Any, predicate: Any, object: Any) -> Any:
    """A quad of the default graph."""
    import pyoxigraph as ox

    return ox.Quad(subject, predicate, object)


def named_node(iri: str) -> Any:
    """An IRI as a term."""
    import pyoxigraph as ox

    return ox.NamedNode(iri)
