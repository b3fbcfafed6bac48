"""What a reasoner does, told as it happens: a callable that takes the name of an event and what belongs to it.

Events of :data:`kgtool.ports.Trace`, each with values that JSON has:

    link    the names found in the question: ``names``, rows of ``text`` and ``candidates`` (``iri``, ``label``,
            ``score``, ``facts``), and ``nearest`` where there is none
    expand  the paths from one name: ``name``, ``iri``, ``paths`` by their number of hops
    keep    a path that was scored: ``rank``, ``path``, ``score``, ``answers`` (how many), ``examples``
    drop    what was left out, and why: ``what``, ``reason``
    call    a question to a language model: ``purpose``, ``prompt_tokens``, ``completion_tokens``, ``ms``, ``cached``
    answer  the end: ``answers``, ``confidence``, ``abstained``, ``reason``, ``seconds``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kgtool.model import Answer
from kgtool.ports import Trace, silent
from kgtool.reason.linking import is_iri

if TYPE_CHECKING:
    from kgtool.reason.choice import Choice
    from kgtool.reason.expand import Candidate, Path
    from kgtool.reason.linking import Mention, Names
    from kgtool.reason.question import Question

SHOWN = 5
"""Paths, names and drops that are told one by one."""
EXAMPLES = 3
"""Nodes that a path is shown by."""


def tell_links(trace: Trace, question: Question, names: Names, mentions: Sequence[Mention]) -> None:
    """The names of a question, each with all that it may mean, as they are tried."""
    if trace is silent:
        return
    rows = []
    for place in sorted({m.place for m in mentions}):
        found = [
            {
                "iri": names.network.terms[m.node].value if is_iri(names.network.terms[m.node]) else "",
                "label": m.name,
                "score": round(m.score, 3),
                "facts": names.edges(m.node),
            }
            for m in mentions
            if m.place == place
        ]
        rows.append({"text": " ".join(question.raw[slice(*place)]), "candidates": found})
    nearest = [] if mentions else names.nearest(question, SHOWN)
    trace("link", {"names": rows} | ({"nearest": nearest} if nearest else {}))


def tell_paths(trace: Trace, names: Names, mention: Mention, found: Sequence[Path]) -> None:
    """How many paths lead away from a name."""
    if trace is silent:
        return
    hops = Counter(len(p.steps) for p in found)
    term = names.network.terms[mention.node]
    iri = term.value if is_iri(term) else ""
    trace("expand", {"name": mention.name, "iri": iri, "paths": {str(n): hops[n] for n in sorted(hops)}})


def tell_choice(trace: Trace, names: Names, choice: Choice, told: Callable[[Candidate], str]) -> None:
    """The candidates with the best scores; the one chosen is kept, the others are dropped."""
    scorer, scores, best = choice.scorer, choice.scores, choice.best
    order = sorted(range(len(scores)), key=lambda i: (-float(scores[i]), i))
    for rank, i in enumerate([best, *(i for i in order if i != best)][:SHOWN], 1):
        candidate = scorer.candidates[i]
        row = {"path": told(candidate), "score": round(float(scores[i]), 3), "answers": len(candidate.nodes)}
        examples = [names.label(n) for n in candidate.nodes[:EXAMPLES].tolist()]
        trace("keep", {"rank": rank, **row, "examples": examples})
        if i != best:
            behind = float(scores[best]) - float(scores[i])
            trace("drop", {"what": row["path"], "reason": f"scored {behind:.2f} below the best"})
    if len(order) > SHOWN:
        trace("drop", {"what": f"{len(order) - SHOWN} other paths", "reason": "scored lower"})


def tell_answer(trace: Trace, found: Answer) -> None:
    """The end."""
    keys = ("answers", "iris", "confidence", "abstained", "reason", "sparql", "calls", "tokens", "seconds", "reasoner")
    row = {key: getattr(found, key) for key in keys}
    trace("answer", {k: list(v) if isinstance(v, tuple) else v for k, v in row.items()})
