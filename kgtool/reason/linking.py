"""Mentions of a question to nodes of the graph: longest match over labels, aliases and literals, then fuzzy match."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kgtool.iri import last_part
from kgtool.ports import Store
from kgtool.reason.network import Network
from kgtool.reason.question import Question, tokens
from kgtool.store.vocabulary import ALIASES, LABELS
from kgtool.words import STOP_WORDS, words

KINDS = (*LABELS, *ALIASES)
"""What names an entity, the best first."""
NAMED = f"""
SELECT ?entity ?kind ?name WHERE {{
  VALUES ?kind {{ {" ".join(f"<{kind}>" for kind in KINDS)} }}
  ?entity ?kind ?name
}}
"""
MAX_WORDS = 15
"""Longest name looked for, in words; longer literals are no names."""
MAX_MENTIONS = 6
MAX_HOMONYMS = 5
"""Most entities tried of one name, the best connected first."""
SAMPLE, NAMING = 200, 0.8
"""Facts of a relation that are looked at, and the share of them that tells that the relation leads to names."""
DISTINCT = 0.5
"""Least share of different ones among those names."""
LABELLED = 0.2
"""Share of nodes with labels from which on one without has no name."""
PARTIAL = 0.85
"""The score of a part of a name."""
TITLE = re.compile(r"\b[A-Z][a-z]{0,3}\.$")
"""What ends with a full stop and begins a name: 'Mr.', 'St.'."""
IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
"""Plurals that no ending tells."""
FUZZY = 88
"""Least similarity (rapidfuzz ratio, 0 to 100) of a misspelt name."""
MAX_FUZZY = 24
"""Most parts of a question that are looked for as misspelt names."""


@dataclass(frozen=True, order=True)
class Mention:
    """A part of the question (word positions) and a node that it may name.

    ``score`` is 1 for the name as it is, less for a misspelt one; ``exact`` says whether capitals agree too; ``weak``
    marks a lone word without a capital beside names that are more than that; ``partial`` a part of a longer name.
    """

    begin: int
    end: int
    node: int
    name: str
    score: float = 1.0
    exact: bool = True
    weak: bool = False
    partial: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """Where it is."""
        return self.begin, self.end


class Names:
    """Names of a graph's nodes, folded: the index that mentions are looked up in."""

    def __init__(self, network: Network, rows: Iterable[tuple[Any, str, str]]) -> None:
        self.network = network
        self.nodes: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.labels: dict[int, str] = {}
        self.aliases: set[int] = set()
        """Literals that only name other nodes."""
        for term, _, name in sorted(rows, key=lambda row: (row[1], row[2])):
            node = network.numbers.get(term)
            if node is not None:
                self.labels.setdefault(node, name)
                self._add(node, name)
        for node in range(len(network.terms)):
            if node not in self.labels:
                self._add(node, self.label(node))

    @classmethod
    def of(cls, store: Store, network: Network) -> Names:
        """The index of a store: labels and aliases; the ends of IRIs without either; literals."""
        rows = ((e, str(KINDS.index(k.value)), n.value) for e, k, n in store.query(NAMED).rows())
        return cls(network, rows)

    def naming(self) -> list[int]:
        """The relations that lead to names: to literals that are a part of the label of what they are said of.

        Numbers, and what many things have alike, are no names.
        """
        found = []
        for relation in range(len(self.network.relations)):
            facts = self.network.facts_of(relation, SAMPLE)
            told = sum(
                not is_iri(self.network.terms[o])
                and any(c.isalpha() for c in self.label(o))
                and self.label(o).casefold() in self.labels.get(s, "").casefold()
                for s, o in facts
            )
            if told >= NAMING * len(facts) and len({o for _, o in facts}) >= DISTINCT * len(facts):
                found.append(relation)
        return found

    def nameless(self, node: int) -> bool:
        """Whether a node has no name of its own: blank, without a label where others have one, or with a label that
        is put together from what is said of it ('3 kg')."""
        term = self.network.terms[node]
        if type(term).__name__ == "BlankNode":
            return True
        if not is_iri(term):
            return False
        if node not in self.labels:
            return len(self.labels) >= LABELLED * len(self.network.terms)
        said = pieces(self.labels[node])
        around = self.network.targets[self.network.begin[node] : self.network.begin[node + 1]].tolist()
        parts = [said & pieces(self.label(n)) for n in around[:MAX_WORDS]]
        return frozenset().union(*parts) == said and said not in parts

    def over(self, network: Network, relations: Sequence[int]) -> Names:
        """These names, with what some relations lead to as further names, over a network without those."""
        for relation in relations:
            for subject, other in self.network.facts_of(relation, len(self.network.steps)):
                self._add(subject, self.label(other))
                self.aliases.add(other)
        self.network = network
        return self

    def keep(self, nodes: Collection[int]) -> None:
        """Link to these nodes only; the others keep their labels."""
        kept = {key: [(n, name) for n, name in found if n in nodes] for key, found in self.nodes.items()}
        self.nodes = defaultdict(list, {key: found for key, found in kept.items() if found})

    def _add(self, node: int, name: str) -> None:
        found = words(name)
        if 0 < len(found) <= MAX_WORDS:
            self.nodes[" ".join(found)].append((node, name))

    def label(self, node: int) -> str:
        """A node's name: its first label, else the end of its IRI; a literal's text."""
        term = self.network.terms[node]
        return self.labels.get(node) or (local_name(term.value) if is_iri(term) else str(term.value))

    def link(self, question: Question) -> list[Mention]:
        """The mentions of a question in the order of its words; none lies within another one."""
        found = self.exact(question)
        found += self.partial(question, found)
        whole = [m.place for m in found if m.partial]
        found = [m for m in found if m.partial or not any(b <= m.begin and m.end <= e for b, e in whole)]
        if not any(m.exact and is_name(m.name) for m in found):
            found += self.fuzzy(question, found)
        strong = any(not lone(question, m) for m in found)
        marked = [m if not (strong and lone(question, m)) else weakened(m) for m in found]
        places = sorted({m.place for m in marked}, key=lambda p: (all(m.weak for m in marked if m.place == p), p))
        kept = set(places[:MAX_MENTIONS])
        return sorted(m for m in marked if m.place in kept)

    def exact(self, question: Question) -> list[Mention]:
        """Every longest run of words that is a name, with the nodes that have it."""
        spans: list[tuple[int, int]] = []
        keys: dict[tuple[int, int], str] = {}
        for begin in range(len(question.words)):
            for end in range(min(len(question.words), begin + MAX_WORDS), begin, -1):
                key = self.key(question, begin, end)
                if key and not any(b <= begin and end <= e for b, e in spans):
                    keys[begin, end] = key
                    if end - begin == 1 or key == " ".join(question.words[begin:end]):
                        spans.append((begin, end))  # several of a kind may be named by words of it
        return [m for span, key in keys.items() for m in self.mentions(question, span, key, 1.0)]

    def key(self, question: Question, begin: int, end: int) -> str:
        """The name that is in a place of the question, also in the plural; empty where none is."""
        part = question.words[begin:end]
        plain = not any(w[:1].isupper() for w in question.raw[max(begin, 1) : end])
        if plain and all(w in STOP_WORDS for w in part):
            return ""
        key = " ".join(part)
        if key in self.nodes:
            return key
        return next((s for s in singulars(key) if s in self.nodes), "")

    def mentions(self, question: Question, span: tuple[int, int], key: str, score: float) -> list[Mention]:
        """The nodes of a name as mentions; what the graph uses as relations is no such node."""
        raw = question.raw[span[0] : span[1]]
        best: dict[int, Mention] = {}
        for node, name in self.nodes[key]:
            if node in self.aliases or node in self.relations:
                continue
            made = Mention(*span, node, name, score, tuple(tokens(name)) == raw)
            best[node] = max(made, best.get(node, made), key=lambda m: m.exact)
        ranked = sorted(best.values(), key=lambda m: (not m.exact, -self.edges(m.node), m))
        return ranked[:MAX_HOMONYMS]

    def edges(self, node: int) -> int:
        """How many edges a node has."""
        return int(self.network.begin[node + 1] - self.network.begin[node])

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """The names of more than one word that can be misspelt, by each of their words."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in self.spelt:
            said = key.split()
            known = len(said) > 1 and any(n in self.labels for n, _ in self.nodes[key])
            for word in said if known else []:
                found[word].append(key)
        return found

    def partial(self, question: Question, exact: Sequence[Mention]) -> list[Mention]:
        """Runs of words with capitals or digits that are a part of few names: 'Ms. Field' of Ann Field."""
        found: list[Mention] = []
        named = {i for m in exact for i in range(m.begin, m.end)}
        for begin, end in runs(question):
            if all(i in named or question.words[i] in STOP_WORDS for i in range(begin, end)):
                continue  # 'The Glades' where there are Glades
            for first in range(begin, end):
                said = question.words[first:end]
                if any(m.begin <= first and end <= m.end for m in exact):
                    break
                keys = [k for k in self.parts.get(said[0], ()) if set(said) <= set(k.split())]
                nodes = {node for k in keys for node, _ in self.nodes[k]}
                if 0 < len(nodes) <= MAX_HOMONYMS:
                    found += [
                        replace(m, partial=True)
                        for k in keys
                        for m in self.mentions(question, (first, end), k, PARTIAL)
                    ]
                    break
        return found

    @cached_property
    def relations(self) -> frozenset[int]:
        """The nodes that are relations, described in the graph."""
        used = set(self.network.relations)
        return frozenset(n for n, t in enumerate(self.network.terms) if str(t.value) in used)

    @cached_property
    def spelt(self) -> dict[str, str]:
        """The names with a capital or digit and at least five letters: what can be misspelt."""
        return {k: k for k in sorted(self.nodes) if len(k) > 4 and any(is_name(n) for _, n in self.nodes[k])}

    def fuzzy(self, question: Question, exact: Sequence[Mention]) -> list[Mention]:
        """Runs of words that nearly are a name, outside the names that were found."""
        from rapidfuzz import fuzz, process

        found: list[Mention] = []
        for begin, end in parts(question, {i for m in exact for i in range(m.begin, m.end)}):
            text = " ".join(question.words[begin:end])
            best = process.extractOne(text, self.spelt, scorer=fuzz.ratio, score_cutoff=FUZZY)
            if best and not any(m.begin < end and begin < m.end for m in found):
                found += self.mentions(question, (begin, end), best[2], best[1] / 100 - 0.01)
        return found

    def nearest(self, question: Question, n: int = 3) -> list[str]:
        """The names most like the question's words, for a hint."""
        from rapidfuzz import fuzz, process

        said = " ".join(w for w in question.words[:MAX_FUZZY] if w not in STOP_WORDS)
        best = process.extract(said, self.spelt, scorer=fuzz.token_set_ratio, limit=n, score_cutoff=50)
        return [self.nodes[key][0][1] for _, _, key in best]


def parts(question: Question, taken: set[int]) -> list[tuple[int, int]]:
    """The runs of words that may be a misspelt name, longest first."""
    size = min(len(question.words), MAX_FUZZY)
    found = [
        (begin, end)
        for begin in range(size)
        for end in range(begin + 1, min(size, begin + 5) + 1)
        if question.words[begin] not in STOP_WORDS
        and question.words[end - 1] not in STOP_WORDS
        and sum(map(len, question.words[begin:end])) >= 5
        and not taken & set(range(begin, end))
    ]
    return sorted(found, key=lambda p: (p[0] - p[1], p))[: 2 * MAX_FUZZY]


def runs(question: Question) -> list[tuple[int, int]]:
    """The runs of words with capitals or digits behind the first word, or of more than one."""
    found: list[tuple[int, int]] = []
    for i, word in enumerate(question.raw):
        before = question.plain[: question.spans[i][0]].rstrip()
        begins = i == 0 or (before[-1:] in ".?!" and not TITLE.search(before))
        alone = begins and not any(map(is_name, question.raw[i + 1 : i + 2]))
        if is_name(word) and any(map(str.isalpha, word)) and len(word) > 1 and not alone:
            found[-1:] = [(found[-1][0], i + 1)] if found and found[-1][1] == i else [*found[-1:], (i, i + 1)]
    return found


def lone(question: Question, mention: Mention) -> bool:
    """Whether a mention is one word without a capital or digit."""
    return mention.end - mention.begin == 1 and not is_name(question.raw[mention.begin])


def weakened(mention: Mention) -> Mention:
    """The mention, marked as weak."""
    return replace(mention, weak=True)


def singulars(key: str) -> list[str]:
    """What a key whose last word is a plural may be in the singular."""
    head, _, last = key.rpartition(" ")
    if last in IRREGULAR:
        return [f"{head} {IRREGULAR[last]}".strip()]
    if not key.endswith("s") or key.endswith("ss"):
        return []
    return [key[:-1]] + ([key[:-2]] if key.endswith("es") else []) + ([f"{key[:-3]}y"] if key.endswith("ies") else [])


def is_name(text: str) -> bool:
    """Whether a text has a capital or digit: a name, not a description."""
    return any(c.isupper() or c.isdigit() for c in text)


def is_iri(term: Any) -> bool:
    """Whether a term is an IRI."""
    return type(term).__name__ == "NamedNode"


def local_name(iri: str) -> str:
    """The last part of an IRI in words, also where capitals begin them; without the hash of a cut name."""
    name = last_part(iri)
    spaced = "".join(f" {c.lower()}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name))
    return spaced.split("~")[0].strip()


def pieces(text: str) -> frozenset[str]:
    """The runs of letters and of digits of a text."""
    return frozenset(re.findall(r"[^\W\d_]+|\d+", text.casefold()))
