"""Other names in texts: what a document calls by a last name alone, or with its middle names.

Where fusion left the two apart, since others are called so too, a question by the one name finds little. A node that is
called by the last word of a name, or by the name with more in the middle, is tried in its place if a document has facts
of both; so only graphs that know their documents have such nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgtool.ports import Store
from kgtool.reason.linking import Mention, Names, is_iri, is_name
from kgtool.words import words

LIKELY = 0.9
"""What an answer by another name counts beside one by the name itself."""
TOGETHER = """
ASK {
  GRAPH ?g {
    ?one rdf:subject|rdf:object $one ; prov:wasDerivedFrom/prov:wasDerivedFrom ?document .
    ?other rdf:subject|rdf:object $other ; prov:wasDerivedFrom/prov:wasDerivedFrom ?document
  }
}
"""


def varied(store: Store, names: Names, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with those of other names in place of full ones; empty where no name has another one."""
    found = {m: others(store, names, m) for m in mentions}
    return sorted(n for m, other in found.items() for n in other or [m]) if any(found.values()) else []


def others(store: Store, names: Names, mention: Mention) -> list[Mention]:
    """What is called by the last word of a name, or by its first and last, in a document that has the name."""
    parts = mention.name.split()
    if mention.weak or len(parts) < 2 or not all(is_name(part[:1]) for part in parts):
        return []
    terms, said = names.network.terms, words(mention.name)
    fuller = [k for k in names.parts.get(said[0], ()) if is_fuller(k.split(), said)]
    keys = [" ".join(words(parts[-1])), *fuller]
    found = {node: name for key in keys for node, name in names.nodes.get(key, ()) if is_iri(terms[node])}
    one = terms[mention.node]
    return [
        replace(mention, node=node, name=name, score=LIKELY)
        for node, name in sorted(found.items())
        if node != mention.node
        and is_iri(one)
        and store.query(TOGETHER, parameters={"one": one, "other": terms[node]}).boolean()
    ]


def is_fuller(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether a name begins and ends as another one, with more between."""
    left = iter(name)
    return len(name) > len(said) and name[0] == said[0] and name[-1] == said[-1] and all(w in left for w in said)
