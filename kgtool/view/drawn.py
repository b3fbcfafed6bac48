"""The cited paths of an answer as a drawing: SVG, or an HTML page around it with the sentences. Neither loads anything.

All names are text, never markup; same answer, same bytes.
"""

from __future__ import annotations

import html
from collections import defaultdict

from kgtool.model import Answer, Citation
from kgtool.view.charts import AMBER, BLUE, LINE, MUTED, short
from kgtool.view.layout import places
from kgtool.view.page import sha

LETTER, HIGH = 7.2, 30
"""Width of a letter and height of a node, in pixels."""
MARGIN = 24
STEP = 14
"""Between the labels of two nodes' relations."""
LENGTH = 190
"""Of a typical fact."""
STYLE = (
    "svg{max-width:100%;height:auto}text{font:13px system-ui,sans-serif;text-anchor:middle;dominant-baseline:central}"
    f".edge{{stroke:{MUTED};fill:none}}.said{{font-size:12px;fill:{MUTED};paint-order:stroke;stroke:#fff;"
    f"stroke-width:5px}}.node{{fill:#fff;stroke:{BLUE};stroke-width:1.5}}.answer{{fill:#fff4df;stroke:{AMBER};"
    "stroke-width:2.5}.against{stroke-dasharray:5 4}"
)
PAGE_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    f"h1{{font-size:1.3rem}}blockquote{{margin:.2rem 0 .8rem;color:{MUTED}}}ol{{padding-left:1.4rem}}"
    f"pre{{overflow:auto}}figure{{margin:1rem 0;border:1px solid {LINE};border-radius:6px;padding:.5rem}}"
)


def svg(answer: Answer) -> str:
    """The cited triples as a graph; what speaks against them is dashed, answers are marked."""
    rows = [*answer.evidence, *answer.contested]
    names = nodes(rows)
    numbers = {key: i for i, key in enumerate(names)}
    links = [(numbers[head(c)], numbers[tail(c)]) for c in rows]
    wide = [max(40.0, LETTER * len(name) + 20) for name in names.values()]
    points = places([(w, HIGH) for w in wide], links, LENGTH) if names else []
    left = min((x - w / 2 for (x, _), w in zip(points, wide, strict=True)), default=0) - MARGIN
    right = max((x + w / 2 for (x, _), w in zip(points, wide, strict=True)), default=0) + MARGIN
    top = min((y for _, y in points), default=0) - HIGH / 2 - MARGIN
    bottom = max((y for _, y in points), default=0) + HIGH / 2 + MARGIN
    found = {f"<{iri}>" for iri in answer.iris} | set(answer.answers)
    drawn = [
        node(x, y, w, name, is_answer=key in found or name in found)
        for (key, name), (x, y), w in zip(names.items(), points, wide, strict=True)
    ]
    size = f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" width="{right - left:.0f}" '
            f'height="{bottom - top:.0f}" role="img">',
            f"<title>{html.escape(answer.question)}</title>\n<style>{STYLE}</style>",
            '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{MUTED}"/></marker></defs>',
            *edges(rows, numbers, points, wide, len(answer.evidence)),
            *drawn,
            "</svg>\n",
        )
    )


def page(answer: Answer) -> str:
    """The drawing with question, answer and sentences."""
    policy = f"default-src 'none'; style-src {sha(PAGE_STYLE)} {sha(STYLE)}"
    told = ", ".join(answer.answers) or f"no answer: {answer.reason}"
    items = "\n".join(map(item, (*answer.evidence, *answer.contested)))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(answer.question)}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(answer.question)}</h1>\n<p><strong>{html.escape(told)}</strong> "
        f"(confidence {answer.confidence:.2f})</p>\n<figure>\n{svg(answer)}</figure>\n<ol>\n{items}\n</ol>\n"
        f"<pre>{html.escape(answer.sparql)}</pre>\n</body>\n</html>\n"
    )


def item(cited: Citation) -> str:
    """A triple with its sentence."""
    said = html.escape(f"{cited.subject} – {cited.predicate} – {cited.object}")
    place = ", ".join(filter(None, (cited.document, cited.anchor, f"{cited.begin}–{cited.end}")))
    quote = f"“{' '.join(cited.quote.split())}” ({place})" if cited.quote else ""
    why = "; ".join(filter(None, (quote, cited.justification)))
    return f"<li>{said}{f'<blockquote>{html.escape(why)}</blockquote>' if why else ''}</li>"


def head(cited: Citation) -> str:
    """What tells a subject from others: its term, else its name."""
    return cited.terms[0] if cited.terms else cited.subject


def tail(cited: Citation) -> str:
    """The same of an object."""
    return cited.terms[2] if cited.terms else cited.object


def nodes(rows: list[Citation]) -> dict[str, str]:
    """The ends of triples with their names, in order."""
    found: dict[str, str] = {}
    for c in rows:
        found.setdefault(head(c), short(c.subject))
        found.setdefault(tail(c), short(c.object))
    return found


def node(x: float, y: float, wide: float, name: str, *, is_answer: bool) -> str:
    """One node."""
    kind = "answer" if is_answer else "node"
    box = f'x="{x - wide / 2:.1f}" y="{y - HIGH / 2:.1f}" width="{wide:.1f}" height="{HIGH}" rx="8"'
    return f'<rect class="{kind}" {box}/><text x="{x:.1f}" y="{y:.1f}">{html.escape(name)}</text>'


def edges(
    rows: list[Citation], numbers: dict[str, int], points: list[tuple[int, int]], wide: list[float], supporting: int
) -> list[str]:
    """Arrows from subjects to objects, each pair of nodes once in a direction, with all its relations."""
    joined: dict[tuple[int, int], list[tuple[int, Citation]]] = defaultdict(list)
    for number, c in enumerate(rows, 1):
        joined[numbers[head(c)], numbers[tail(c)]].append((number, c))
    found = []
    for (a, b), cited in joined.items():
        (ax, ay), (bx, by) = border(points[a], points[b], wide[a]), border(points[b], points[a], wide[b])
        kind = "edge" if any(n <= supporting for n, _ in cited) else "edge against"
        if a == b:
            right = points[a][0] + wide[a] / 2
            way = f"M{right:.1f} {points[a][1] - 6}c34 -30 34 42 0 12"
        else:
            way = f"M{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}"
        found.append(f'<path class="{kind}" d="{way}" marker-end="url(#to)"/>')
        x, y = (ax + bx) / 2, (ay + by) / 2 - STEP * (len(cited) - 1) / 2
        if (b, a) in joined and a > b:  # the way back has its words above
            y += STEP * len(cited)
        for i, (number, c) in enumerate(cited):
            said = html.escape(f"{short(c.predicate)} [{number}]")
            found.append(f'<text class="said" x="{x:.1f}" y="{y + STEP * i:.1f}">{said}</text>')
    return found


def border(start: tuple[int, int], end: tuple[int, int], wide: float) -> tuple[float, float]:
    """Where a line from the middle of a node to another one leaves its box."""
    across, down = end[0] - start[0], end[1] - start[1]
    share = min(
        wide / 2 / abs(across) if across else 1.0,
        HIGH / 2 / abs(down) if down else 1.0,
        1.0,
    )
    return start[0] + across * share, start[1] + down * share
