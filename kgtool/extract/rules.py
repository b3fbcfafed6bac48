"""The offline extractor: dependency patterns over a spaCy pipeline, no model calls.

Source of the approach: clause-based open information extraction (Del Corro and Gemulla, "ClausIE", WWW 2013), with
polarity, typed literals and pronouns added. ``docs/papers.md`` lists what was measured.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from kgtool.extract.clauses import Finding, clauses
from kgtool.extract.confidence import confidence
from kgtool.extract.coreference import Antecedent, antecedents
from kgtool.extract.nominals import nominals
from kgtool.extract.pairs import pairs
from kgtool.extract.parser import LIGHT, pipeline
from kgtool.extract.phrases import Argument, entity_class, is_name_head
from kgtool.extract.polarity import status
from kgtool.extract.readings import Readings
from kgtool.extract.workers import Workers
from kgtool.llm.parallel import in_order
from kgtool.model import Chunk, Evidence, Triple
from kgtool.ports import Extraction

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

    from kgtool.extract.mapping import SchemaMapper

VERSION = "3"

Resolved = Mapping[int, Antecedent]
"""What the pronouns of a text stand for, by the number of their token."""

FEW = 100
"""Chunks; below this number one process is done about as soon as several, for each has to load its parser first
(benchmarks/results/speed.md)."""

BLANKS = str.maketrans(dict.fromkeys("\n\r\t\v\f\x85\u2028\u2029", " "))
"""White space as spaces, one for one, so that offsets stay."""

ODD_ENDINGS = ("ing", "ly", "ed")
PLAIN_ENDING = "son"

PICTOGRAM = re.compile("[\U0001f000-\U0001faff\u2600-\u2668\u2670-\u27bf\ufe0f\u200d]")
"""Emoji with the marks that join them; the signs of music are parts of names."""

NUMERAL = re.compile(r"(?<=[^\W\d_] )I(?=(?:['’]s)?(?:[ ,;:)]|\.?$|\. [A-Z]))")
DASH = re.compile(r"(?<=[^\W\d_])–(?=[^\W\d_])")
NAME_BEFORE = re.compile(r"\b[A-Z][\w\-]+ $")


def parseable(text: str) -> str:
    """The text as the parser gets it, of the same length: white space and pictograms as spaces, the I of 'Mark I' as 1.

    The pipeline takes an I behind a name for the pronoun, and the verb behind it for that pronoun's; and a pictogram
    for a noun, or a part of the name beside it.
    """
    spaced = DASH.sub("-", PICTOGRAM.sub(" ", text.translate(BLANKS)))
    return NUMERAL.sub(lambda m: "1" if NAME_BEFORE.search(spaced, max(0, m.start() - 40), m.start()) else "I", spaced)


def disguise(text: str, doc: Doc) -> str:
    """The text with another ending, as long, for names that are taken for a verb or an adverb.

    In 'Alan Turing was born in London. Turing studied in Princeton.' the second one is 'Turson' to the parser. What is
    such a name is told by the rest of the text: the word is a part of a name elsewhere, and nowhere in lower case.
    """
    said = {t.text for t in doc}
    named = (t for t in doc if t.ent_type_ in {"PERSON", "ORG"})
    names = {t.text for t in named if t.pos_ == "PROPN" or t.ent_iob_ == "I"}
    for token in doc:
        misread = token.pos_ in {"VERB", "ADV"} or token.dep_ == "advmod"
        if (
            misread
            and token.is_title
            and token.text.endswith(ODD_ENDINGS)
            and token.text in names
            and token.lower_ not in said
        ):
            end = token.idx + len(token)
            text = text[: end - len(PLAIN_ENDING)] + PLAIN_ENDING + text[end:]
    return text


class RulesExtractor:
    """Dependency patterns over spaCy: the default, and the same result every time.

    Chunks are parsed one by one: a text's parse must not depend on which other texts stand beside it in a batch.

    Args:
        spacy_model: the pipeline's name.
        mapper: maps triples to a schema's relations; here, so that its encoder is loaded once.
        jobs: processes that parse, where there are more than a few chunks; the result is the same.
    """

    def __init__(self, spacy_model: str = LIGHT, *, mapper: SchemaMapper | None = None, jobs: int = 1) -> None:
        self.spacy_model = spacy_model
        self.mapper = mapper
        self.jobs = jobs
        self._titled: tuple[str, Antecedent | None] = ("", None)

    @property
    def dropped(self) -> Counter[str]:
        """Why triples were not kept, with their number; nothing without a schema."""
        return self.mapper.reasons if self.mapper else Counter()

    @cached_property
    def nlp(self) -> Language:
        """The pipeline, loaded on first use.

        Raises:
            UsageError: when it is not installed.
        """
        return pipeline(self.spacy_model)

    @cached_property
    def readings(self) -> Readings:
        """What tells how sure the pipeline's parser is."""
        return Readings(self.nlp)

    def settings(self) -> Mapping[str, str]:
        """Extractor, its version, and the pipeline with its version."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            release = version(self.spacy_model.replace("_", "-"))
        except PackageNotFoundError:
            release = "unknown"
        schema = self.mapper.settings() if self.mapper else {}
        return {"extractor": "rules", "version": VERSION, "model": f"{self.spacy_model} {release}", **schema}

    def extract(self, chunks: Iterable[Chunk]) -> Iterator[Extraction]:
        """One :class:`Extraction` per chunk; a chunk that cannot be parsed carries its error.

        Raises:
            UsageError: when the pipeline is not installed.
            KgtoolError: when a process has died; the document that it read is named.
        """
        for found in self.unmapped(chunks):
            yield replace(found, triples=tuple(self.mapper.apply(found.triples))) if self.mapper else found

    def unmapped(self, chunks: Iterable[Chunk]) -> Iterator[Extraction]:
        """The same before the mapping to a schema."""
        paired = self.mapper is not None
        rest = iter(chunks)
        first = list(islice(rest, FEW)) if self.jobs > 1 else []
        if len(first) < FEW:
            yield from (self.read(chunk, paired=paired) for chunk in chain(first, rest))
            return
        with Workers(self.jobs, self.spacy_model, paired=paired) as workers:
            yield from in_order(workers.read, chain(first, rest), self.jobs)

    def read(self, chunk: Chunk, *, paired: bool) -> Extraction:
        """What is in one chunk, unmapped; ``paired`` as in :func:`sentence_findings`."""
        if chunk.title != self._titled[0]:  # the chunks of a document come together
            self._titled = chunk.title, self.title(chunk.title)
        try:
            doc = self.parsed(chunk.text)
        except (ValueError, MemoryError) as error:
            told = str(error) or "out of memory"
            return Extraction(chunk, error=f"{chunk.id} cannot be parsed: {told}")
        return Extraction(chunk, tuple(self.triples(chunk, doc, self._titled[1], paired=paired)))

    def parsed(self, text: str) -> Doc:
        """The parse of a text; a second one when the first took a name for a verb or an adverb."""
        given = parseable(text)
        doc = self.nlp(given)
        disguised = disguise(given, doc)
        return doc if disguised == given else self.nlp(disguised)

    def title(self, title: str) -> Antecedent | None:
        """A document's title as antecedent, when it is one name."""
        if not title:
            return None
        doc = self.nlp(parseable(title))
        root = next((t for t in doc if t.head.i == t.i), None)
        if root is None or not is_name_head(root) or any(t.pos_ in {"VERB", "CCONJ", "ADP"} for t in doc):
            return None
        return Antecedent(title, entity_class(root))

    def triples(self, chunk: Chunk, doc: Doc, title: Antecedent | None, *, paired: bool = False) -> Iterator[Triple]:
        """The triples of a parsed chunk, without exact repetitions."""
        seen = set()
        for finding, resolved, agreement in self.findings(doc, chunk.text, title, paired=paired):
            begin, end = stripped(finding.object.head.sent)
            evidence = Evidence(
                chunk.document, chunk.id, chunk.begin + begin, chunk.begin + end, chunk.text[begin:end],
                "rules", self.spacy_model,
            )  # fmt: skip
            triple = self.triple(finding, evidence, resolved, agreement)
            if triple is not None and triple not in seen:
                seen.add(triple)
                yield triple

    def findings(
        self, doc: Doc, original: str, title: Antecedent | None, *, paired: bool = False
    ) -> Iterator[tuple[Finding, Resolved, float]]:
        """What :func:`sentence_findings` gives, each with the share of further readings in which it is found too."""
        others = [
            {claim(*f) for f in sentence_findings(reading, original, title, paired=paired)}
            for reading in self.readings.of(doc)
        ]
        for found in sentence_findings(doc, original, title, paired=paired):
            told = claim(*found)
            yield *found, sum(told in other for other in others) / len(others) if others else 1.0

    def triple(self, finding: Finding, evidence: Evidence, resolved: Resolved, agreement: float) -> Triple | None:
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
            confidence=confidence(finding, subject, other, agreement),
            status=status(finding.verb, finding.object.head) if finding.verb is not None else "asserted",
            evidence=evidence,
        )  # fmt: skip


def sentence_findings(
    doc: Doc, original: str, title: Antecedent | None, *, paired: bool = False
) -> Iterator[tuple[Finding, Resolved]]:
    """What is found in a parsed text, sentence by sentence, with the antecedents of its pronouns.

    Args:
        doc: the parse of :func:`parseable` text.
        original: the text as it is in the document.
        title: the antecedent that the document's title gives.
        paired: also pair each sentence's subject with its other names, as a schema wants it.
    """
    doc.user_data["original"] = original
    resolved = antecedents(doc, title)
    for sentence in doc.sents:
        for finding in (*clauses(sentence), *nominals(sentence), *(pairs(sentence) if paired else ())):
            yield finding, resolved


def claim(finding: Finding, resolved: Resolved) -> tuple[int, str, str, str]:
    """Where a finding stands and what it says: the same in two readings where they agree."""
    begin = finding.object.head.sent.start_char
    return begin, named(finding.subject, resolved)[0], finding.predicate, named(finding.object, resolved)[0]


def named(argument: Argument, resolved: Resolved) -> tuple[str, str]:
    """Text and type of an argument, a pronoun replaced by what it stands for."""
    antecedent = resolved.get(argument.head.i)
    if antecedent and len(argument.text.split()) <= 2 and argument.text.lower().endswith(argument.head.lower_):
        return antecedent.text, antecedent.type
    return argument.text, argument.type


def stripped(sentence: Span) -> tuple[int, int]:
    """Offsets of a sentence in its text without white space at the ends."""
    text: Any = sentence.text
    begin = sentence.start_char + len(text) - len(text.lstrip())
    return begin, max(begin, sentence.end_char - (len(text) - len(text.rstrip())))
