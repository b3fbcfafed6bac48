"""Where the beam must cut among equals, a link scorer decides."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from kgtool.embed.scorer import EmbeddingScorer
from kgtool.model import Step
from kgtool.reason.paths import Beam, PathReasoner, some_links
from kgtool.store.oxigraph import OxigraphStore

WRONG, RIGHT = ("town1", "lives in", "person1"), ("person1", "lives in", "town1")


def beam(name: str, score: float, link: tuple[str, str, str]) -> Beam:
    return Beam(name, (), (), frozenset(), score, score, (link,))


def kept(width: int, beams: list[Beam], scorer: EmbeddingScorer | None) -> list[str]:
    return [b.anchor for b in PathReasoner(OxigraphStore(), width=width, scorer=scorer).pruned(beams)]


def test_of_equal_paths_the_likeliest_stays(model: Path) -> None:
    scorer = EmbeddingScorer(model)
    beams = [beam("first", 0.9, WRONG), beam("a", 0.5, WRONG), beam("b", 0.5, RIGHT), beam("last", 0.1, RIGHT)]
    assert kept(2, beams, None) == ["first", "a"]
    assert kept(2, beams, scorer) == ["first", "b"]
    assert kept(1, beams, scorer) == ["first"]


def test_nothing_changes_where_nothing_is_cut_or_equals_are_equally_likely(model: Path) -> None:
    scorer = EmbeddingScorer(model)
    beams = [beam("a", 0.5, WRONG), beam("b", 0.5, RIGHT)]
    assert kept(2, beams, scorer) == ["a", "b"]
    assert kept(1, [beam("a", 0.5, RIGHT), beam("b", 0.5, RIGHT)], scorer) == ["a"]


def test_links_of_a_hop_are_told_in_their_own_direction() -> None:
    here, there, value = ox.NamedNode("x:here"), ox.NamedNode("x:there"), ox.Literal("1")
    targets = {here: [there, value]}
    assert some_links(Step("x:r", True), targets) == (("x:here", "x:r", "x:there"),)
    assert some_links(Step("x:r", False), targets) == (("x:there", "x:r", "x:here"),)
