"""Further readings of a parsed text: the same parser with a little noise in its weights.

A pipeline says nothing about how sure it is of a parse. What is found in the parse alone, and in none of the readings
that a slightly different parser gives, is more often wrong: of the published triples of 40 essays, judged without
knowledge of this, 88 % of those found in every reading are right and 68 % of the others
(``benchmarks/results/extraction.md``). The noise is that of a fixed seed, so that the result is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.language import Language
    from spacy.tokens import Doc

READINGS: Final = 4
NOISE: Final = 0.3
"""Standard deviation of the noise, in those of each array of weights. With .2 to .5, and with eight readings, what was
judged is ranked about as well."""

Weights = Mapping[tuple[int, str], "NDArray[Any]"]
"""Arrays by node and name, as thinc exchanges them."""


class Readings:
    """The readings of a pipeline's parser; none where its parser does not work on the vectors that a parse leaves.

    Args:
        nlp: the pipeline.
    """

    def __init__(self, nlp: Language) -> None:
        self._parser: Any = nlp.get_pipe("parser") if {"tok2vec", "parser"} <= set(nlp.pipe_names) else None
        self._weights = [disturbed(self._parser.model, seed) for seed in range(READINGS)] if self._parser else []

    def of(self, doc: Doc) -> Iterator[Doc]:
        """The text of ``doc`` read again; tags, names and vectors are those of ``doc``."""
        for weights in self._weights:
            with self._parser.model.use_params(weights):
                reading = self._parser(unparsed(doc))
            yield reading


def unparsed(doc: Doc) -> Doc:
    """A text with the tags, names and vectors of its parse, and without the parse but for where sentences begin.

    Parsing a ``doc.copy()`` a second time crashes now and then.
    """
    from spacy.tokens import Doc, Span

    made = Doc(
        doc.vocab,
        words=[t.text for t in doc],
        spaces=[bool(t.whitespace_) for t in doc],
        tags=[t.tag_ for t in doc],
        pos=[t.pos_ for t in doc],
        morphs=[str(t.morph) for t in doc],
        lemmas=[t.lemma_ for t in doc],
        sent_starts=[t.is_sent_start for t in doc],
    )
    made.set_ents([Span(made, e.start, e.end, e.label_) for e in doc.ents])
    made.tensor = doc.tensor
    return made


def disturbed(model: Any, seed: int) -> Weights:
    """The model's weights with noise."""
    import numpy as np

    noise = np.random.RandomState(seed)  # the one generator of numpy whose numbers no release may change
    found = {}
    for node in model.walk():
        for name in sorted(node.param_names):
            if node.has_param(name):
                array = node.get_param(name)
                shaken = array + NOISE * array.std() * noise.standard_normal(array.shape)
                found[node.id, name] = shaken.astype(array.dtype)
    return found
