"""How many facts of data/expected.json a store holds, and which statements it holds that it must not.

usage: python benchmarks/expected.py STORE [--show]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import kgtool
from kgtool.api import KnowledgeGraph

EXPECTED = Path(__file__).resolve().parent.parent / "data" / "expected.json"
DETERMINERS = ("the ", "a ", "an ")
FACTS = """
SELECT ?s ?p ?o WHERE { ?s ?p ?o . ?p a rdf:Property }
"""
NAMES = "SELECT ?node ?name WHERE { ?node rdfs:label|skos:altLabel ?name }"
SAID = """
SELECT ?s ?p ?o ?st ?pt ?ot WHERE { GRAPH g:provenance {
  ?e rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:status "asserted" ;
     kg:subjectText ?st ; kg:predicateText ?pt ; kg:objectText ?ot
} }
"""


def fold(text: str) -> str:
    """Case and space folded, without a leading article."""
    folded = " ".join(text.casefold().split())
    for article in DETERMINERS:
        folded = folded.removeprefix(article)
    return folded


def statements(graph: KnowledgeGraph) -> Iterator[tuple[set[str], set[str], set[str]]]:
    """The names of the three terms of each published fact: labels, aliases, and of literals their value and text."""
    names: dict[str, set[str]] = defaultdict(set)
    for node, name in graph.query(NAMES).rows():
        names[str(node)].add(fold(name.value))
    texts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for s, p, o, _, _, text in graph.query(SAID).rows():
        if not str(o).startswith("<"):
            texts[str(s), str(p), str(o)].add(fold(text.value))
    for s, p, o in graph.query(FACTS).rows():
        key = (str(s), str(p), str(o))
        other = names[str(o)] if str(o).startswith("<") else {fold(o.value)} | texts[key]
        yield names[str(s)], names[str(p)], other


def holds(wanted: dict[str, list[str]], facts: list[tuple[set[str], set[str], set[str]]]) -> bool:
    """Whether some fact has an accepted form in each place."""
    forms = [{fold(f) for f in wanted[key]} for key in ("subject", "predicate", "object")]
    return any(all(a & b for a, b in zip(forms, fact, strict=True)) for fact in facts)


def main() -> int:
    """Print the figures; 1 when a fact is asserted that must not be, or fewer than 80 % are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    facts = list(statements(kgtool.open(given.store)))
    missing = [f for f in expected["facts"] if not holds(f, facts)]
    wrong = [f for f in expected["must_not"] if holds(f, facts)]
    if given.show:
        for f in missing:
            print("missing:", f["subject"][0], "|", f["predicate"][0], "|", f["object"][0], "<-", f["sentence"])
        for f in wrong:
            print("WRONG:", f["subject"][0], "|", f["predicate"][0], "|", f["object"][0], "<-", f["sentence"])
    found = len(expected["facts"]) - len(missing)
    share = found / len(expected["facts"])
    print(f"{found} of {len(expected['facts'])} facts found ({share:.1%})")
    print(f"{len(wrong)} of {len(expected['must_not'])} asserted that must not be")
    return int(share < 0.8 or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
