"""A part of the graph as one HTML page that loads nothing: the drawing, its data, and the library that draws it.

What the graph says is data in the page (JSON without ``<``) and is shown as text, never as HTML. A content security
policy names the page's own scripts and styles by their hashes and forbids everything else. Same graph, same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections import Counter
from importlib import resources
from typing import Any

from kgtool.ports import Store
from kgtool.store.edges import Edges
from kgtool.store.labels import labels
from kgtool.store.textindex import NAMES, TYPE
from kgtool.store.vocabulary import ALIASES
from kgtool.view.choice import Choice
from kgtool.view.facts import Support, supported
from kgtool.view.layout import places

ABOUT = "SELECT ?s ?p ?o WHERE { VALUES ?s { %s } ?s ?p ?o FILTER(isLiteral(?o) || ?p = rdf:type) }"
BATCH = 200
"""Nodes that are asked for at once."""
QUOTES = 5
"""Sentences of a fact that are shown."""
VALUES = 20
"""Facts of a node with a literal that are shown."""
LONGEST = 1_000
"""Characters of a text that are shown."""
LETTERS, LINE, LETTER = 32, 18, 6.6
"""Characters of a label in the drawing, of a line of it, and the width of one in pixels."""


FEW = 60
"""Facts that are all labelled in the drawing, and have the room for it."""
LENGTHS = (84, 130)
"""Of a typical fact in the drawing, in pixels: among many, and of few."""


def page(store: Store, edges: Edges, choice: Choice, title: str, focus: str = "") -> str:
    """The page.

    Args:
        store: the graph with its provenance.
        edges: its facts.
        choice: what is shown of it.
        title: of the page.
        focus: the IRI of the node that it is about, if any.
    """
    told = json.dumps(content(store, edges, choice, title, focus), ensure_ascii=False, sort_keys=True)
    for sign in "<>&\u2028\u2029":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    style, library, script = asset("page.css"), asset("cytoscape.min.js"), asset("page.js")
    policy = f"default-src 'none'; script-src {sha(library)} {sha(script)}; style-src {sha(style)} {sha('')}"
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{style}</style>",
            '<style id="__________cytoscape_stylesheet"></style>',  # or else the library would add one
            f"</head>\n<body>\n{asset('page.html')}",
            f'<script type="application/json" id="data">{told}</script>',
            f"<script>{library}</script>\n<script>{script}</script>",
            "</body>\n</html>\n",
        )
    )


def asset(name: str) -> str:
    """A file that came with kgtool."""
    return resources.files("kgtool.view").joinpath("assets", name).read_text(encoding="utf-8")


def sha(text: str) -> str:
    """A script or style as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def content(store: Store, edges: Edges, choice: Choice, title: str, focus: str) -> dict[str, Any]:
    """What the page shows, as JSON."""
    iris = [edges.nodes[i] for i in choice.nodes] or ([focus] if focus else [])
    facts = [(edges.nodes[s], edges.relations[p], edges.nodes[o]) for s, p, o in choice.facts]
    said = about(store, iris)
    owned = {iri: sorted(rows)[:VALUES] for iri, rows in said["values"].items()}
    support = supported(
        store,
        [*((n3(s), n3(p), n3(o)) for s, p, o in facts)]
        + [(n3(iri), n3(p), written) for iri, rows in owned.items() for p, written, _ in rows],
    )
    types = [t for found in said["types"].values() for t in found]
    relations = Counter(p for _, p, _ in facts)
    called = labels(store, {*iris, *types, *relations, *(p for rows in owned.values() for p, _, _ in rows)})
    numbers = {iri: i for i, iri in enumerate(iris)}
    links = [(numbers[s], numbers[o]) for s, _, o in facts]
    degrees = Counter(end for link in links for end in link)
    boxes = [box(called[iri], degrees[i]) for i, iri in enumerate(iris)]
    points = places([(width, height) for width, height, _ in boxes], links, LENGTHS[len(facts) <= FEW])
    nodes: list[dict[str, Any]] = [
        {
            "id": f"n{i}",
            "iri": iri,
            "label": cut(called[iri]),
            "types": sorted(cut(called[t]) for t in said["types"].get(iri, ())),
            "aliases": sorted(map(cut, said["aliases"].get(iri, ()))),
            "values": [
                {"relation": cut(called[p]), "value": cut(text), **row(support[n3(iri), n3(p), written])}
                for p, written, text in owned.get(iri, ())
            ],
            "size": boxes[i][2],
            "x": points[i][0],
            "y": points[i][1],
        }
        for i, iri in enumerate(iris)
    ]
    drawn = [
        {"id": f"e{i}", "source": f"n{numbers[s]}", "target": f"n{numbers[o]}", "relation": cut(called[p]), "iri": p,
         **row(support[n3(s), n3(p), n3(o)])}
        for i, (s, p, o) in enumerate(facts)
    ]  # fmt: skip
    kinds = [t for node in nodes for t in node["types"]]
    listed = sorted(relations.items(), key=lambda r: (-r[1], called[r[0]], r[0]))
    return {
        "title": title,
        "few": len(facts) <= FEW,
        "focus": f"n{numbers[focus]}" if focus else "",
        "nodes": nodes,
        "edges": drawn,
        "relations": [{"iri": iri, "label": cut(called[iri]), "count": n} for iri, n in listed],
        "types": [t for t, _ in sorted(Counter(kinds).items(), key=lambda r: (-r[1], r[0]))],
        "of_nodes": choice.of_nodes,
        "of_facts": choice.of_facts,
    }


def about(store: Store, iris: list[str]) -> dict[str, dict[str, Any]]:
    """Classes, aliases, and facts with a literal (relation, as SPARQL writes it, text) of nodes."""
    found: dict[str, dict[str, Any]] = {"types": {}, "aliases": {}, "values": {}}
    known = [iri for iri in iris if not iri.startswith("_:")]
    for begin in range(0, len(known), BATCH):
        values = " ".join(map(n3, known[begin : begin + BATCH]))
        for s, p, o in store.query(ABOUT % values).rows():
            if p.value == TYPE:
                found["types"].setdefault(s.value, []).append(o.value)
            elif p.value in ALIASES:
                found["aliases"].setdefault(s.value, []).append(o.value)
            elif p.value not in NAMES:
                found["values"].setdefault(s.value, []).append((p.value, str(o), o.value))
    return found


def row(support: Support) -> dict[str, Any]:
    """What supports a fact, as the page has it."""
    quotes = [{"text": cut(" ".join(q.text.split())), "place": q.place} for q in support.quotes[:QUOTES]]
    return {
        "status": support.status,
        "confidence": support.confidence,
        "reason": cut(support.reason),
        "quotes": quotes,
        "more": max(0, len(support.quotes) - QUOTES),
    }


def box(label: str, degree: int) -> tuple[float, float, int]:
    """Width and height of a node with its label below, which the page breaks into lines, and its diameter; pixels."""
    size = round(16 + 7 * degree**0.5)
    letters = min(len(label), LETTERS)
    lines = -(-letters // LINE)
    return max(size, LETTER * min(letters, LINE)), size + 4 + 15 * lines, size


def n3(iri: str) -> str:
    """An IRI as SPARQL writes it; a blank node stays as it is."""
    return iri if iri.startswith("_:") else f"<{iri}>"


def cut(text: str) -> str:
    """A text that is not too long to show."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
