"""Answers for people: the set, the text, the cited sentences; and how an answer came about."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from kgtool.cli import _output as output
from kgtool.errors import StoreError, UsageError
from kgtool.model import Answer, Citation
from kgtool.ports import Trace
from kgtool.words import in_line

FORMATS = (".svg", ".html")
"""Endings of a drawing."""


def lines(found: Answer) -> Iterator[str]:
    """An answer: the set with its IRIs, the text, the triples with their sentences."""
    iris = found.iris if len(found.iris) == len(found.answers) else ("",) * len(found.answers)
    for answer, iri in zip(map(in_line, found.answers), iris, strict=True):
        yield f"{answer}\t<{iri}>" if iri else answer
    yield ""
    if found.text:
        yield from (in_line(found.text), "")
    for number, cited in enumerate((*found.evidence, *found.contested), 1):
        yield from citation(number, cited)
    yield from passages(found)
    yield from ("", f"confidence {found.confidence:.2f}")


def passages(found: Answer) -> Iterator[str]:
    """The sentences beside an answer, or in place of one, marked as such."""
    if found.text_evidence:
        yield "text evidence (sentences, not answers of the graph):"
    for passage in found.text_evidence:
        yield f"    “{in_line(passage.quote)}” ({in_line(passage.document)}, {passage.begin}–{passage.end})"


def warn(found: Answer) -> None:
    """Say what was done without the model that should take part."""
    for note in found.notes:
        output.note(in_line(f"warning: {f'{found.id}: ' if found.id else ''}{note}"))


def citation(number: int, cited: Citation) -> Iterator[str]:
    """A triple, how it was walked, and its sentence with document, extractor and confidence."""
    walked = " (walked backward)" if cited.direction == "backward" else ""
    yield f"[{number}] {in_line(f'{cited.subject} – {cited.predicate} – {cited.object}')}{walked}"
    if cited.quote:
        place = ", ".join(filter(None, (cited.document, cited.anchor, f"{cited.begin}–{cited.end}")))
        read = f"{cited.extractor}, {cited.confidence:.2f}"
        yield f"    “{in_line(cited.quote)}” ({in_line(place)}) {read}"
    if cited.justification:
        yield f"    {'withheld' if cited.quote else 'because'}: {in_line(cited.justification)}"


def in_line_kept(text: str) -> str:
    """A text in one line, indented as it is."""
    return f"{text[: len(text) - len(text.lstrip(' '))]}{in_line(text)}"


def query(found: Answer) -> str:
    """The query of an answer; signs that a terminal would obey as SPARQL escapes them."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08X}" for c in found.sparql)


# how it came about


@dataclass
class Recorder:
    """Keeps the events of a question, and passes them on."""

    further: Trace | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, event: str, told: Mapping[str, Any]) -> None:
        """Take an event."""
        self.events.append({"event": event, **told})
        if self.further is not None:
            self.further(event, told)

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of a name."""
        return [row for row in self.events if row["event"] == event]

    def names(self) -> list[dict[str, Any]]:
        """The names in the question, each once, with all that they may mean."""
        return [name for row in self.of("link") for name in row["names"]]


def homonyms(found: Answer) -> Iterator[str]:
    """One line for each name that may mean several things."""
    for one in found.homonyms:
        told = " or ".join(f"<{iri}>" for iri in one.iris)
        taken = f"; <{one.iri}> was taken" if one.iri else ""
        yield f"{in_line(one.name)!r} may be {told}{taken}: --entity says which"


def explanation(seen: Recorder) -> Iterator[str]:
    """The events of a question for people."""
    yield from map(in_line_kept, told_links(seen))
    yield from map(in_line_kept, told_paths(seen))
    if calls := seen.of("call"):
        yield "calls"
    for row in calls:
        tokens = row.get("prompt_tokens", 0) + row.get("completion_tokens", 0)
        yield f"  {row.get('purpose', '')}: {tokens} tokens, {row.get('ms', 0):.0f} ms"


def told_links(seen: Recorder) -> Iterator[str]:
    """The names, with all that they may mean."""
    yield "names"
    for name in seen.names():
        yield f"  {name['text']}"
        for c in name["candidates"]:
            iri = f" <{c['iri']}>" if c["iri"] else ""
            yield f"    {c['label']}{iri}, likeness {c['score']:.2f}, {c['facts']} facts"
    if seen.names():
        yield "  if something else is meant: --entity IRI"
    for row in seen.of("link"):
        if row.get("nearest"):
            yield f"  none; the nearest are: {', '.join(row['nearest'])}"


def told_paths(seen: Recorder) -> Iterator[str]:
    """The paths with their scores, and what was left out."""
    dropped = {row["what"]: row["reason"] for row in seen.of("drop")}
    if kept := seen.of("keep"):
        yield "paths"
    for row in kept:
        why = dropped.pop(row["path"], "the best")
        some = ", ".join(row["examples"]) + ("…" if row["answers"] > len(row["examples"]) else "")
        yield f"  {row['score']:7.2f}  {row['path']}: {row['answers']} ({some}); {why}"
    if dropped:
        yield "left out"
    yield from (f"  {what}: {reason}" for what, reason in dropped.items())


@contextmanager
def traced(path: Path | None) -> Iterator[Trace | None]:
    """Where events go as they come, one JSON line each with the seconds since the start; None without a file.

    Raises:
        UsageError: for ``-``.
        StoreError: when it cannot be written.
    """
    if path is None:
        yield None
        return
    if str(path) == "-":
        raise UsageError("--trace -: answers go to stdout", "name a file; /dev/stderr shows it as it comes")
    start, lock = time.monotonic(), threading.Lock()
    try:
        file: IO[str]
        with path.open("w", encoding="utf-8") as file:

            def write(event: str, told: Mapping[str, Any]) -> None:
                row = {"event": event, "at": round(time.monotonic() - start, 4), **told}
                with lock:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    file.flush()

            yield write
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}", "check --trace and the space on disk") from error


# drawings


def check_plot(path: Path | None) -> None:
    """Refuse a drawing of a kind that there is not.

    Raises:
        UsageError: for another ending.
    """
    if path is not None and path.suffix.lower() not in FORMATS:
        raise UsageError(f"--plot {path}: not a .svg or .html", "name a file such as answer.svg")


def plot(path: Path, found: Answer) -> None:
    """Draw the cited paths."""
    from kgtool.view import drawn

    with output.opened(path) as file:
        file.write((drawn.page(found) if path.suffix.lower() == ".html" else drawn.svg(found)).encode())


# corrections


def changes(before: Answer, after: Answer) -> Iterator[str]:
    """What corrections do to an answer."""
    yield f"before\t{told(before)}"
    yield f"after\t{told(after)}"
    gone, come = difference(before, after)
    yield from (f"- {in_line(answer)}" for answer in gone)
    yield from (f"+ {in_line(answer)}" for answer in come)
    if not gone and not come:
        yield "the answer is the same"


def difference(before: Answer, after: Answer) -> tuple[Sequence[str], Sequence[str]]:
    """The answers that went, and those that came."""
    return (
        [a for a in before.answers if a not in after.answers],
        [a for a in after.answers if a not in before.answers],
    )


def told(found: Answer) -> str:
    """An answer in one line."""
    if found.abstained:
        return f"no answer: {in_line(found.reason)}"
    return f"{'; '.join(map(in_line, found.answers))} ({found.confidence:.2f})"
