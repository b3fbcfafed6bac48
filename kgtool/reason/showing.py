"""What a language model is shown of a graph: short lines, in which names can be nothing but names.

Whoever writes labels or questions may write instructions, so each is cut, in one line and within quotation marks,
without characters that cannot be seen; and a model can answer with numbers of lines alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from kgtool.reason.expand import Candidate, Path
from kgtool.reason.linking import Names
from kgtool.reason.schema_card import Card

LONGEST_NAME, LONGEST_QUESTION = 48, 600
"""Characters of a name and of a question that are shown."""
EXAMPLES, LOOKED_AT = 3, 50
"""Answers shown of a path, and answers that they are taken from."""


def shown(text: str, longest: int = LONGEST_NAME) -> str:
    """A text of the graph or of a person in one line, cut, without what cannot be seen or could end its quotation."""
    folded = unicodedata.normalize("NFKC", text[: 10 * longest])
    seen = "".join(" " if c.isspace() else c for c in folded if c.isspace() or unicodedata.category(c)[0] != "C")
    line = " ".join(seen.replace('"', "'").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """The same between quotation marks."""
    return f'"{shown(text)}"'


def hops(card: Card, path: Path, answer: str = "?answer") -> str:
    """A path as a chain of relations with their directions."""
    parts = [quoted(path.mention.name)]
    for i, step in enumerate(path.steps):
        label = shown(card.labels[step // 2])
        end = answer if i == len(path.steps) - 1 else f"?{'xyzuvw'[i % 6]}"
        parts.append(f"{f'<-{label}-' if step % 2 else f'-{label}->'} {end}")
    return " ".join(parts)


def option(card: Card, names: Names, candidate: Candidate, asked: Sequence[str] = ()) -> str:
    """A candidate: its paths, how many answers it has, and some of them; ``asked``: what it is to lead to."""
    told = " and ".join(hops(card, path) for path in candidate.paths)
    nodes = candidate.nodes[:LOOKED_AT].tolist()
    some = sorted({shown(names.label(n)) for n in nodes})[:EXAMPLES]
    goal = f"; is {' or '.join(map(quoted, asked))} among them?" if asked else ""
    return f"{told} ({len(candidate.nodes)}: {'; '.join(quoted(s) for s in some)}){goal}"


def listed(question: str, lines: Mapping[int, str], title: str = "Paths") -> str:
    """A question and lines with their numbers."""
    rows = [f"Question: {quoted_question(question)}", f"{title}:", *(f"{i}. {t}" for i, t in lines.items())]
    return "\n".join(rows)


def quoted_question(text: str) -> str:
    """A question as it is shown."""
    return f'"{shown(text, LONGEST_QUESTION)}"'
