"""What every encoder keeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kgtool import registry
from kgtool.ports import Encoder

MAKERS: dict[str, Callable[[], Encoder]] = {
    "minilm": lambda: registry.get("encoder", "minilm")(),
    "sbert": lambda: registry.get("encoder", "sbert")(device="cpu"),
}
TEXTS = ["Where was Turing born?", "was born in", "", "an engine 🙂", "word " * 600]


@pytest.fixture(scope="module", params=sorted(MAKERS))
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return MAKERS[request.param]()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_vectors_are_unit_rows(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32 and vectors.shape[0] == len(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_each_row_depends_on_its_own_text_alone(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS[:3])
    assert np.array_equal(together, np.stack([encoder.encode([t])[0] for t in TEXTS[:3]]))


def test_likeness_of_meaning(encoder: Encoder) -> None:
    a, b, c = encoder.encode(["place of birth", "was born in", "weighed thirty tons"])
    assert a @ b > a @ c


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert len(encoder.encode([])) == 0


def test_settings_name_the_model(encoder: Encoder) -> None:
    assert encoder.settings()["model"]


def test_the_light_encoder_equals_sentence_transformers() -> None:
    light, heavy = (MAKERS[n]().encode(TEXTS) for n in ("minilm", "sbert"))
    assert np.abs(light - heavy).max() < 1e-5
