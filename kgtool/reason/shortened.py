"""Short names in texts: what a document calls by a last name alone, once it has named it in full.

Where fusion left the two apart, since others are called so too, a question by the full name finds little. A node that
is called by the last word of a name is tried in its place if a document has facts of both; so only graphs that know
their documents have such nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgtool.ports import Store
from kgtool.reason.linking import Mention, Names, is_iri, is_name
from kgtool.words import words

LIKELY = 0.9
"""What an answer by a short name counts beside one by the full name."""
TOGETHER = """
ASK {
  GRAPH ?g {
    ?one rdf:subject|rdf:object $one ; prov:wasDerivedFrom/prov:wasDerivedFrom ?document .
    ?other rdf:subject|rdf:object $other ; prov:wasDerivedFrom/prov:wasDerivedFrom ?document
  }
}
"""


def shortened(store: Store, names: Names, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with those of short names in place of full ones; empty where no full name has a short one."""
    found = {m: short(store, names, m) for m in mentions}
    return sorted(n for m, others in found.items() for n in others or [m]) if any(found.values()) else []


def short(store: Store, names: Names, mention: Mention) -> list[Mention]:
    """What is called by the last word of a name, in a document that has the full name."""
    parts = mention.name.split()
    if mention.weak or len(parts) < 2 or not all(is_name(part[:1]) for part in parts):
        return []
    terms = names.network.terms
    others = {node: name for node, name in names.nodes.get(" ".join(words(parts[-1])), ()) if is_iri(terms[node])}
    one = terms[mention.node]
    return [
        replace(mention, node=node, name=name, score=LIKELY)
        for node, name in sorted(others.items())
        if is_iri(one) and store.query(TOGETHER, parameters={"one": one, "other": terms[node]}).boolean()
    ]
