"""Whether what a model says about a text is in the text: found without a model.

Stated confidence of a model carries no information; that a name and a quotation can be found does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgtool.model import Status
from kgtool.words import PRONOUNS, STOP_WORDS, words

SAME = {"'": "['’‘`´]", "’": "['’‘`´]", "‘": "['’‘`´]", '"': '["“”„«»]', "“": '["“”„«»]', "”": '["“”„«»]'}
DASHES = "[-‐‑‒–—−]"
ENDS = " \t\r\n\"“”'…."
SHORTEST_QUOTE = 2
"""Words; a shorter quotation supports nothing."""

LONGEST_PREDICATE = 120
OF_THE_PROMPT = 4
"""Words from which on it is no chance that a predicate stands in the prompt."""

DENIED = re.compile(r"\b(?:not|never|no longer|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)
HEDGED = re.compile(
    r"\b(?:may|might|could|would|should|perhaps|possibly|probably|presumably|allegedly|reportedly|supposedly|"
    r"planned to|plans to|hoped to|intended to|wanted to|seems?|if)\b",
    re.IGNORECASE,
)
ATTRIBUTED = re.compile(r"\b(?:claimed|claims|argued|argues|according to|believed|alleged|rumou?red)\b", re.IGNORECASE)
ANSWERS: dict[str, Status] = {"yes": "asserted", "no": "negated", "maybe": "hedged", "said": "attributed"}


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quotation stands in a text: exactly, or but for white space, kinds of quotation marks and dashes."""
    quote = quote.strip(ENDS)
    if len(words(quote)) < SHORTEST_QUOTE:
        return None
    begin = text.find(quote)
    if begin >= 0:
        return begin, begin + len(quote)
    found = re.search(tolerant(quote), text)
    return found.span() if found else None


def tail(quote: str, subject: str) -> str:
    """The quotation without the subject's name in front, which models put in the place of a pronoun."""
    rest = quote.strip().removeprefix(subject)
    return rest if len(words(rest)) > SHORTEST_QUOTE else ""


def tolerant(quote: str) -> str:
    """A pattern for a quotation. Every part of it matches at least one fixed character: no backtracking."""
    parts = []
    for piece in re.findall(r"\s+|.", quote, re.DOTALL):
        if piece.isspace():
            parts.append(r"\s+")
        elif piece in "-‐‑‒–—−":
            parts.append(DASHES)
        else:
            parts.append(SAME.get(piece) or re.escape(piece))
    return "".join(parts)


def ungrounded(name: str, *texts: Sequence[str]) -> str:
    """Why a name cannot be taken from the texts (lists of folded words); empty when it can.

    Its words must follow each other in one of them; an article at its beginning may be the model's own.
    """
    own = words(name)
    if own and own[0] in {"the", "a", "an"}:
        own = own[1:]
    if not own:
        return "empty"
    if all(w in STOP_WORDS or w in PRONOUNS for w in own):
        return "function word"
    sought = f" {' '.join(own)} "
    return "" if any(sought in f" {' '.join(t)} " for t in texts) else "not in the text"


def unfit(predicate: str, prompt: Sequence[str], *texts: Sequence[str]) -> str:
    """Why words cannot be a predicate: none, a whole passage, or the prompt's own; empty when they can.

    A predicate may be the model's wording, so it need not be in the text.
    """
    if not words(predicate):
        return "empty"
    if len(predicate) > LONGEST_PREDICATE:
        return "long predicate"
    copied = len(words(predicate)) >= OF_THE_PROMPT and not ungrounded(predicate, prompt)
    return "from the prompt" if copied and ungrounded(predicate, *texts) else ""


def status(stated: str, subject: str, predicate: str, other: str, quote: str) -> Status:
    """What the sentence does with the statement: the model's word for it, unless the quotation shows that it is less.

    Only the quotation's words in front of its last end count; those behind belong to what follows.
    """
    found = ANSWERS.get(stated, "asserted")
    if found != "asserted":
        return found
    ends = [quote.rfind(name) + len(name) for name in (subject, other) if name in quote]
    span = f"{predicate} {quote[: max(ends, default=len(quote))]}"
    if DENIED.search(span):
        return "negated"
    if HEDGED.search(span):
        return "hedged"
    return "attributed" if ATTRIBUTED.search(span) else "asserted"
