"""What every link scorer keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgtool import registry
from kgtool.ports import LinkScorer

MAKERS: dict[str, Callable[[Path], LinkScorer]] = {
    "embeddings": lambda model: registry.get("link_scorer", "embeddings")(model),
}


@pytest.fixture(params=sorted(MAKERS))
def scorer(request: pytest.FixtureRequest, model: Path) -> LinkScorer:
    return MAKERS[request.param](model)


def test_it_is_a_link_scorer(scorer: LinkScorer) -> None:
    assert isinstance(scorer, LinkScorer)


def test_settings_are_texts_and_do_not_change(scorer: LinkScorer) -> None:
    told = dict(scorer.settings())
    assert told and all(isinstance(v, str) for v in told.values())
    scorer.score("person1", "lives in", "town1")
    assert dict(scorer.settings()) == told


@pytest.mark.parametrize("link", [("person1", "lives in", "town1"), ("town1", "lies in", "country1")])
def test_what_holds_is_likelier_than_what_does_not(scorer: LinkScorer, link: tuple[str, str, str]) -> None:
    subject, relation, other = link
    right = scorer.score(*link)
    assert 0 <= right <= 1
    assert right == scorer.score(*link)
    assert right > scorer.score(other, relation, subject)


@pytest.mark.parametrize("link", [("nobody", "lives in", "town1"), ("person1", "hates", "town1"), ("", "", "")])
def test_what_was_never_seen_has_no_probability(scorer: LinkScorer, link: tuple[str, str, str]) -> None:
    assert scorer.score(*link) == 0
