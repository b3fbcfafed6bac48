"""Where the beam must cut among equals, a link scorer decides."""

from __future__ import annotations

from pathlib import Path as File

import numpy as np
import pyoxigraph as ox
import pytest

from kgtool.embed.scorer import EmbeddingScorer
from kgtool.reason.expand import Path, cut, links
from kgtool.reason.linking import Mention
from kgtool.reason.network import Network
from kgtool.reason.paths import PathReasoner
from kgtool.store.oxigraph import OxigraphStore

FACTS = [("town1", "lives in", "person1"), ("person1", "lives in", "town1")]
SCORES = {(0,): 0.9, (1,): 0.5, (2,): 0.5, (3,): 0.1}


def path(step: int) -> Path:
    return Path(Mention(0, 1, 0, "x"), (step,), np.array([1]), 1)


def kept(width: int, likely: dict[int, float]) -> list[int]:
    found = cut([path(i) for i in range(4)], width, SCORES.__getitem__, lambda p: likely.get(p.steps[0], 0.0))
    return [p.steps[0] for p in found]


def test_of_equal_paths_the_likeliest_stays() -> None:
    assert kept(2, {}) == [0, 1]
    assert kept(2, {2: 0.7, 3: 0.9}) == [0, 2]
    assert kept(1, {3: 0.9}) == [0]


def test_nothing_changes_where_nothing_is_cut() -> None:
    assert kept(4, {2: 0.7}) == [0, 1, 2, 3]


@pytest.fixture(scope="module")
def network() -> Network:
    store = OxigraphStore()
    facts = [("here", "r", ox.NamedNode("x:there")), ("here", "r", ox.Literal("1"))]
    store.load([ox.Quad(ox.NamedNode(f"x:{s}"), ox.NamedNode(f"x:{p}"), o) for s, p, o in facts])
    return Network.of(store)


def test_links_of_a_hop_are_told_in_their_own_direction(network: Network) -> None:
    here, there = (network.numbers[ox.NamedNode(f"x:{n}")] for n in ("here", "there"))
    reached = np.sort(network.walk(np.array([here]), 0))
    assert links(network, Path(Mention(0, 1, here, "here"), (0,), reached, 1), 3) == [("x:here", "x:r", "x:there")]
    back = Path(Mention(0, 1, there, "there"), (1,), np.array([here]), 1)
    assert links(network, back, 3) == [("x:here", "x:r", "x:there")]


def test_a_path_is_as_likely_as_its_likeliest_link(model: File) -> None:
    store = OxigraphStore()
    store.load([ox.Quad(*(ox.NamedNode(f"x:{n.replace(' ', '_')}") for n in fact)) for fact in FACTS])
    scorer = EmbeddingScorer(model)
    reasoner = PathReasoner(store, scorer=scorer)
    node = reasoner.network.numbers[ox.NamedNode("x:person1")]
    found = Path(Mention(0, 1, node, "person1"), (0,), reasoner.network.walk(np.array([node]), 0), 1)
    assert reasoner.likelihood(found) == scorer.score("x:person1", "x:lives_in", "x:town1")
    assert PathReasoner(store).likelihood(found) == 0.0
