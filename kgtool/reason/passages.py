"""Sentences of the texts that may answer a question where the graph does not: text evidence, never an answer.

The full-text index of quotes gives candidates (BM25 over the words of the question, cut to their stems); the
encoder, where there is one, ranks them too, and both ranks are fused (Cormack et al., "Reciprocal rank fusion", SIGIR
2009).
"""

from __future__ import annotations

from kgtool.model import Passage
from kgtool.ports import Encoder, Store
from kgtool.reason.question import Question
from kgtool.store.textindex import Hit, TextIndex
from kgtool.words import STOP_WORDS, stem, words

CANDIDATES, SHOWN = 24, 3
"""Sentences that are ranked, and that are given."""
HELD = 0.5
"""Least share of the question's words that a sentence holds."""
SHORTEST = 4
"""Least letters of a beginning."""
RANK = 60
"""What is added to a rank before ranks are fused; that of the source."""
PLACE = """
SELECT ?begin ?end WHERE { GRAPH ?g { $node nif:beginIndex ?begin ; nif:endIndex ?end } } ORDER BY ?begin LIMIT 1
"""


def passages(question: str, texts: TextIndex, store: Store, encoder: Encoder | None) -> tuple[Passage, ...]:
    """The sentences that are nearest to a question, the nearest first; none where none holds enough of its words."""
    read = Question.parse(question)
    said = zip(read.words, read.raw, strict=True)
    asked = list(dict.fromkeys(term(word, raw) for word, raw in said if word not in STOP_WORDS))
    if not asked:
        return ()
    hits = [h for h in texts.ranked(asked, CANDIDATES) if share(asked, h.text) >= HELD]
    order = {hit: 1 / (RANK + place) for place, hit in enumerate(hits)}
    if encoder is not None and len(hits) > 1:
        asking, *vectors = encoder.encode([question, *(h.text for h in hits)])
        near = sorted(zip(hits, vectors, strict=True), key=lambda pair: -float(pair[1] @ asking))
        for place, (hit, _) in enumerate(near):
            order[hit] += 1 / (RANK + place)
    best = sorted(hits, key=lambda h: -order[h])[:SHOWN]  # a stable sort
    return tuple(placed(hit, store) for hit in best)


def term(word: str, raw: str) -> str:
    """What a word of a question is looked for by: the beginning of its forms; a name, or a short one, as it is."""
    root = stem(word)
    return f"{root}*" if raw.islower() and len(root) >= SHORTEST else word


def share(asked: list[str], text: str) -> float:
    """How many of some words, or beginnings of words, a text has, as a share."""
    said = words(text)
    held = [any(w.startswith(t[:-1]) for w in said) if t.endswith("*") else t in said for t in asked]
    return sum(held) / len(asked)


def placed(hit: Hit, store: Store) -> Passage:
    """A quote with its place in its document."""
    import pyoxigraph as ox

    for begin, end in store.query(PLACE, parameters={"node": ox.NamedNode(hit.iri)}).rows():
        return Passage(hit.document, int(begin.value), int(end.value), hit.text)
    return Passage(hit.document, 0, 0, hit.text)
