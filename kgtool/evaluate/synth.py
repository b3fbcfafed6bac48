"""Questions with gold answers made of a graph itself, so that reasoning can be tested on any graph.

A question walks away from a named thing over some relations, and says them by their labels and in their direction. Gold
is what its SPARQL query gives at the store. Names that several things have are not asked about, nor relations whose
label is also another one's, nor what comes by its own name again: the question would have other answers than its query.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Literal

from kgtool.errors import NotFoundError
from kgtool.evaluate.phrases import Phrase, question
from kgtool.ports import Store
from kgtool.reason.linking import Names, is_iri
from kgtool.reason.matching import content, roots
from kgtool.reason.network import Network
from kgtool.reason.schema_card import Card
from kgtool.words import STOP_WORDS, words

if TYPE_CHECKING:
    from kgtool.reason.network import Ids

Kind = Literal["path", "count", "ask", "two", "none"]
"""A path's end; how many there are; yes or no; what two things lead to; no answer."""
CYCLE: tuple[Kind, ...] = ("path", "path", "count", "path", "path", "ask", "path", "path", "two", "path")
"""The kinds in turn; where one has no more questions the others go on."""
MOST_ANSWERS = 50
"""Most nodes at any place of a walk."""
MOST_EDGES = 20_000
"""Most edges of those nodes that are walked on."""
MOST_WORDS = 10
"""Most words of a name that is asked about."""
TRIES = 20
"""Other things of the same kind that are looked at for a relation that a thing lacks."""

Walk = tuple[tuple[int, ...], "Ids"]
"""Steps, and the nodes that they lead to."""


@dataclass(frozen=True)
class Item:
    """A question with its gold: labels, IRIs, the query that gives them, and the triples (labels) that it rests on.

    ``topic`` holds the IRIs of what is named.
    """

    question: str
    answers: tuple[str, ...]
    iris: tuple[str, ...]
    sparql: str
    hops: int
    topic: tuple[str, ...]
    kind: Kind
    evidence: tuple[tuple[str, str, str], ...] = ()
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        """One line of the file."""
        row = asdict(self)
        return {"id": row.pop("id"), **row}


def make(store: Store, *, hops: Sequence[int], n: int, unanswerable: float = 0.0, seed: int = 0) -> list[Item]:
    """Questions about a store; fewer than ``n`` where there are no more.

    Args:
        store: a graph, here or at an endpoint.
        hops: lengths of the walks.
        n: how many questions.
        unanswerable: the share of them that has no answer.
        seed: of all choices.

    Raises:
        NotFoundError: when the graph has no facts, or no names that one thing alone has.
    """
    maker = Maker(store, tuple(sorted(set(hops))), seed)
    without = round(n * unanswerable)
    found = [*islice(maker.distinct(maker.mixed()), n - without), *islice(maker.distinct(maker.lacking()), without)]
    random.Random(seed).shuffle(found)  # noqa: S311  # an order, no secret
    return [replace(item, id=f"q{i:0{len(str(n))}}") for i, item in enumerate(found, 1)]


class Maker:
    """Makes questions about one store."""

    def __init__(self, store: Store, hops: tuple[int, ...], seed: int) -> None:
        self.store = store
        self.hops = hops
        self.seed = seed
        network = Network.of(store)
        if not network.relations:
            raise NotFoundError("the graph has no facts to ask about", "fill it with kgtool build or kgtool import")
        names = Names.of(store, network)
        naming = names.naming()
        self.names = names.over(network.without(naming), naming)
        self.network = self.names.network
        self.card = Card(store, self.network)
        self.asked: set[str] = set()
        if not self.topics:
            raise NotFoundError("the graph has no names to ask by", "give its things labels (rdfs:label), each its own")

    @cached_property
    def topics(self) -> list[int]:
        """What can be asked about, in an order by chance: IRIs with a name that nothing else has."""
        terms = self.network.terms
        nodes = [node for node, term in enumerate(terms) if is_iri(term) and self.is_named(node)]
        nodes.sort(key=lambda node: terms[node].value)
        self.chance("topics").shuffle(nodes)
        return nodes

    def is_named(self, node: int) -> bool:
        """Whether a node has a name that can stand in a question and means nothing else; an IRI needs a label."""
        term, label = self.network.terms[node], self.names.label(node)
        if not is_speakable(label) or is_blank(term):
            return False
        labelled = node in self.names.labels or not self.names.labels or not is_iri(term)
        return labelled and {n for n, _ in self.names.nodes[" ".join(words(label))]} == {node}

    @cached_property
    def phrases(self) -> list[Phrase | None]:
        """Each relation in words; None for what is not asked for: types, and what is said like another one."""
        labels = self.card.labels
        verbs = 2 * sum("/relation/" in r for r in self.network.relations) > len(labels)
        read = [Phrase.read(label, verbs=verbs) if words(label) else None for label in labels]
        said = [phrase.stated("", "").casefold() if phrase else "" for phrase in read]
        often = Counter(said)
        return [
            None if r == self.network.type or often[text] > 1 else phrase
            for r, (phrase, text) in enumerate(zip(read, said, strict=True))
        ]

    def chance(self, *about: object) -> random.Random:
        """Chance that depends on the seed and on what it is about only, not on the order of a store's facts."""
        return random.Random(repr((self.seed, *about)))  # noqa: S311  # choices, no secret

    # what is asked

    def mixed(self) -> Iterator[Item]:
        """Questions of all kinds with answers, in turn."""
        paths = in_turn([self.each(self.paths, hops) for hops in self.hops])
        least = self.hops[0]
        sources: dict[Kind, Iterator[Item]] = {
            "path": paths,
            "count": self.each(self.counts, least),
            "ask": self.each(self.asks, 1),
            "two": self.each(self.twos, 1),
        }
        for turn in count():
            if not sources:
                return
            kind = CYCLE[turn % len(CYCLE)]
            if kind in sources:
                item = next(sources[kind], None)
                if item is None:
                    del sources[kind]
                else:
                    yield item

    def lacking(self) -> Iterator[Item]:
        """Questions without an answer."""
        return in_turn([self.each(self.nones, hops) for hops in self.hops])

    def distinct(self, items: Iterator[Item]) -> Iterator[Item]:
        """Those that were not asked yet."""
        for item in items:
            if item.question not in self.asked:
                self.asked.add(item.question)
                yield item

    def each(self, make: Callable[[int, int], Iterator[Item]], hops: int) -> Iterator[Item]:
        """One question about every topic, then a second one, and so on."""
        return in_turn(make(topic, hops) for topic in self.topics)

    def paths(self, topic: int, hops: int) -> Iterator[Item]:
        """What a walk leads to."""
        for steps, _ in self.walks(topic, hops):
            made = self.item("path", question(self.said(topic, steps)), self.patterns(topic, steps), hops, topic)
            if made.answers:
                yield made

    def counts(self, topic: int, hops: int) -> Iterator[Item]:
        """How many things a walk leads to, where there are several."""
        for steps, nodes in self.walks(topic, hops):
            if len(nodes) > 1:
                said, is_subject = self.said(topic, steps)
                text = f"How many things are there {'each of which' if is_subject else 'that'} {said}?"
                made = self.item("count", text, self.patterns(topic, steps), hops, topic)
                if made.answers:
                    query = select("(COUNT(DISTINCT ?answer) AS ?count)", self.patterns(topic, steps))
                    ((number,),) = self.store.query(query).rows()
                    yield replace(made, answers=(number.value,), iris=(), sparql=query)

    def asks(self, topic: int, hops: int) -> Iterator[Item]:
        """Whether a fact holds: one that does, or one that is made of the ends of two that do."""
        for (step,), nodes in self.walks(topic, hops):
            chance = self.chance("ask", self.key(topic), self.place(step))
            ends = [int(n) for n in self.network.sources(step ^ 1) if int(n) != topic]
            others = sorted(set(ends) - set(nodes.tolist()), key=self.key)
            node = chance.choice(others) if others and chance.random() < 0.5 else min(nodes.tolist(), key=self.key)
            phrase = self.phrases[step // 2]
            if phrase is None or not self.is_named(node):
                continue
            near, far = (topic, node) if step % 2 == 0 else (node, topic)
            text = f"Is it true that {phrase.stated(self.names.label(near), self.names.label(far))}?"
            (pattern,) = self.patterns(topic, (step,))
            query = f"ASK {{ {pattern.replace('?answer', str(self.network.terms[node]))} }}"
            true = self.store.query(query).boolean()
            fact = (self.names.label(near), self.card.labels[step // 2], self.names.label(far))
            iris = (self.key(topic), self.key(node)) if is_iri(self.network.terms[node]) else (self.key(topic),)
            yield Item(text, (str(true).lower(),), (), query, 1, iris, "ask", (fact,) if true else ())

    def twos(self, topic: int, hops: int) -> Iterator[Item]:
        """What two things lead to, each over one relation, where one of them alone leads to more."""
        import numpy as np

        for (step,), nodes in self.walks(topic, hops):
            for other, back in self.meeting(topic, step, nodes):
                shared = np.intersect1d(nodes, self.network.walk(np.array([other]), back))
                if len(shared) < len(nodes) and not {topic, other} & set(shared.tolist()):
                    text = question(self.said(topic, (step,)), self.said(other, (back,)))
                    patterns = [*self.patterns(topic, (step,)), *self.patterns(other, (back,))]
                    made = self.item("two", text, patterns, hops, topic, other)
                    if made.answers:
                        yield made
                        break

    def meeting(self, topic: int, step: int, nodes: Ids) -> Iterator[tuple[int, int]]:
        """Other things that lead to one of some nodes, and the step by which they do."""
        known = set(self.topics)
        node = min(nodes.tolist(), key=self.key)
        for (there,), reached in self.walks(node, 1):
            for other in sorted(reached.tolist(), key=self.key)[:TRIES]:
                if other in known and other != topic:
                    yield other, there ^ 1

    def nones(self, topic: int, hops: int) -> Iterator[Item]:
        """What the last thing of a walk lacks, and another thing that is like it has.

        A relation that shares a word with one that it has is left out: that may be the answer.
        """
        import numpy as np

        start: Iterator[Walk] = iter([((), np.array([topic]))]) if hops == 1 else self.walks(topic, hops - 1)
        for steps, nodes in start:
            have = [step for step, _ in self.network.around(nodes)]
            near = {root for step in have for word in self.card.content[step // 2] for root in roots(word)}
            likes = [like for step in sorted(have, key=self.place) for like in self.likes(step)]
            lacks = {step for like in likes for (step,), _ in self.walks(like, 1)} - set(have)
            for step in sorted(lacks, key=self.place):
                if any(root in near for word in content(self.card.labels[step // 2]) for root in roots(word)):
                    continue
                whole = (*steps, step)
                patterns = self.patterns(topic, whole)
                if not self.store.query(f"ASK {{ {' '.join(patterns)} }}").boolean():
                    text = question(self.said(topic, whole))
                    query = select("DISTINCT ?answer", patterns)
                    yield Item(text, (), (), query, hops, (self.key(topic),), "none")

    def likes(self, step: int) -> list[int]:
        """Some of the things that have a step, by chance."""
        nodes = sorted((int(n) for n in self.network.sources(step)), key=self.key)
        return self.chance("like", self.place(step)).sample(nodes, min(TRIES, len(nodes)))

    # walks

    def walks(self, topic: int, hops: int) -> Iterator[Walk]:
        """The walks of a length that can be asked for, in an order by chance."""
        import numpy as np

        chance = self.chance("walk", self.key(topic), hops)

        def go(steps: tuple[int, ...], nodes: Ids) -> Iterator[Walk]:
            if len(steps) == hops:
                yield steps, nodes
                return
            if self.network.degree(nodes) > MOST_EDGES:
                return
            around = sorted(self.network.around(nodes), key=lambda pair: self.place(pair[0]))
            chance.shuffle(around)
            for step, reached in around:
                back = bool(steps) and step == steps[-1] ^ 1
                if self.phrases[step // 2] and not back and len(reached) <= MOST_ANSWERS and topic not in reached:
                    yield from go((*steps, step), reached)

        return go((), np.array([topic]))

    def said(self, topic: int, steps: Sequence[int]) -> tuple[str, bool]:
        """A walk in words; see :meth:`kgtool.evaluate.phrases.Phrase.asked`."""
        known, said = " ".join(self.names.label(topic).split()), ("", True)
        for i, step in enumerate(steps):
            phrase = self.phrases[step // 2]
            assert phrase is not None  # noqa: S101  # walks() takes no others
            said = phrase.asked(known, forward=step % 2 == 0, named=i == 0)
            known = phrase.called(known, forward=step % 2 == 0, named=i == 0)
        return said

    def patterns(self, topic: int, steps: Sequence[int]) -> list[str]:
        """A walk as triple patterns, from its topic to ``?answer``."""
        nodes = [str(self.network.terms[topic]), *(f"?x{i}" for i in range(1, len(steps))), "?answer"]
        found = []
        for i, number in enumerate(steps):
            step = self.network.step(number)
            subject, other = (nodes[i], nodes[i + 1]) if step.forward else (nodes[i + 1], nodes[i])
            found.append(f"{subject} <{step.relation}> {other} .")
        return found

    def item(self, kind: Kind, text: str, patterns: Sequence[str], hops: int, *topics: int) -> Item:
        """A question with what its query gives; without answers where one of them has no name."""
        query = select("DISTINCT ?answer", patterns)
        terms = sorted((term for (term,) in self.store.query(query).rows()), key=str)
        names = [self.name(term) for term in terms]
        topic = tuple(map(self.key, topics))
        if not all(names):
            return Item(text, (), (), query, hops, topic, kind)
        iris = tuple(term.value for term in terms if is_iri(term))
        answers = tuple(dict.fromkeys(names))
        return Item(text, answers, iris, query, hops, topic, kind, self.facts(patterns))

    def facts(self, patterns: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
        """The triples that a query rests on, by their labels."""
        body = " ".join(patterns)
        relations = dict(zip(self.network.relations, self.card.labels, strict=True))
        triples = self.store.query(f"CONSTRUCT {{ {body} }} WHERE {{ {body} }}").rows()
        return tuple(sorted({(self.name(s), relations[p.value], self.name(o)) for s, p, o in triples}))

    def name(self, term: Any) -> str:
        """What a term is called; empty for a blank node."""
        node = self.network.numbers.get(term)
        return "" if node is None or is_blank(term) else self.names.label(node)

    def key(self, node: int) -> str:
        """A node by its term: an IRI, or a literal's text."""
        return str(self.network.terms[node].value)

    def place(self, step: int) -> tuple[str, int]:
        """A step by its relation's IRI and direction."""
        return self.network.relations[step // 2], step % 2


def select(shown: str, patterns: Sequence[str]) -> str:
    """A SELECT of some patterns."""
    return f"SELECT {shown} WHERE {{ {' '.join(patterns)} }}"


def in_turn(sources: Any) -> Iterator[Item]:
    """The first item of every source, then the second ones; a source is opened when its turn comes."""
    waiting: list[Iterator[Item]] = []
    for source in sources:
        item = next(source, None)
        if item is not None:
            yield item
            waiting.append(source)
    while waiting:
        again, waiting = waiting, []
        for source in again:
            item = next(source, None)
            if item is not None:
                yield item
                waiting.append(source)


def is_blank(term: Any) -> bool:
    """Whether a term is a blank node."""
    return type(term).__name__ == "BlankNode"


def is_speakable(name: str) -> bool:
    """Whether a name can stand in a question: some words, at least one of which says something."""
    found = words(name)
    return 0 < len(found) <= MOST_WORDS and any(w not in STOP_WORDS and any(map(str.isalpha, w)) for w in found)
