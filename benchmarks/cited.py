"""Whether every triple that answers cite is in the store, and every cited sentence in its document, over a whole run.

usage: python benchmarks/cited.py STORE [--questions FILE.jsonl] [--encoder none] [--n 0]

Without --questions each fact of the graph is asked for both ways, by its names alone. Prints counts and what is wrong;
the exit code is 1 where something is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import kgtool
from kgtool.api import KnowledgeGraph
from kgtool.journal import Journal
from kgtool.model import Answer, Citation

FACTS = """
SELECT ?s ?p ?o { ?a ?r ?b . ?a rdfs:label ?s . ?r rdfs:label ?p
  OPTIONAL { ?b rdfs:label ?l } BIND(COALESCE(?l, STR(?b)) AS ?o) } ORDER BY ?s ?p ?o
"""


def asked(graph: KnowledgeGraph) -> Iterator[str]:
    """A question for the object and one for the subject of each fact."""
    for s, p, o in graph.query(FACTS).rows():
        yield f"What {s.value} {p.value}?"
        yield f"What {p.value} {o.value}?"


def texts(graph: KnowledgeGraph) -> dict[str, list[str]]:
    """The texts of the documents by their names."""
    found: dict[str, list[str]] = {}
    with Journal.open(graph.layout.journal) as journal:
        for source in journal.sources():
            document = journal.document(source)
            found.setdefault(document.name, []).append(document.text)
    return found


def wrong(graph: KnowledgeGraph, documents: dict[str, list[str]], cited: Citation, *, withheld: bool) -> Iterator[str]:
    """What is wrong with a citation."""
    if len(cited.terms) != 3 or any(t.startswith("_:") for t in cited.terms):
        yield "it names no triple"
        return
    s, p, o = cited.terms
    stated = f"GRAPH ?g {{ ?x rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o} }}" if withheld else f"{s} {p} {o}"
    if not graph.query(f"ASK {{ {stated} }}").boolean():
        yield "it is not in the store"
    if cited.quote and not any(t[cited.begin : cited.end] == cited.quote for t in documents.get(cited.document, ())):
        yield "its sentence is not in its document"
    if not cited.quote and not cited.justification:
        yield "it has neither sentence nor justification"


def faults(graph: KnowledgeGraph, answers: list[Answer]) -> Iterator[str]:
    """What is wrong with the citations of answers, one line each."""
    documents = texts(graph)
    for answer in answers:
        rows = [*((c, False) for c in answer.evidence), *((c, True) for c in answer.contested)]
        for cited, withheld in rows:
            for told in wrong(graph, documents, cited, withheld=withheld):
                yield f"{answer.question}\t{cited.subject} – {cited.predicate} – {cited.object}\t{told}"
        if not answer.abstained and not answer.evidence:
            yield f"{answer.question}\t\tthe answer cites nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--encoder", default="none")
    parser.add_argument("--n", type=int, default=0, help="most questions; 0: all")
    args = parser.parse_args()
    graph = kgtool.open(args.store, encoder=args.encoder)
    if args.questions:
        questions = [json.loads(line)["question"] for line in args.questions.read_text().splitlines() if line.strip()]
    else:
        questions = list(asked(graph))
    answers = [graph.reason(q) for q in questions[: args.n or None]]
    found = list(faults(graph, answers))
    cited = [c for a in answers for c in (*a.evidence, *a.contested)]
    answered = sum(not a.abstained for a in answers)
    quoted = sum(bool(c.quote) for c in cited)
    print(f"{len(answers)} questions, {answered} answered, {len(cited)} citations, {quoted} with a sentence")
    print("\n".join([*found, f"{len(found)} faults"]))
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
