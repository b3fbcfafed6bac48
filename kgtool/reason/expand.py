"""From a name outwards: the relation paths that lead away from it, each with all the nodes that it reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgtool.reason.linking import Mention, is_iri
from kgtool.reason.network import Network

if TYPE_CHECKING:
    from kgtool.reason.network import Ids

FRONTIER = 3000
"""Most nodes that a path is followed through; larger sets are answers, not ways."""
MOST_EDGES = 200_000
"""Most edges of such nodes."""
EXAMPLES = 30
"""What a relation leads to elsewhere, where it is missing."""
KEPT = 150
"""Most paths of one name and length that are scored."""

Steps = tuple[int, ...]
Prefer = Callable[[Steps], float]


@dataclass(frozen=True)
class Path:
    """Steps from a named node, with the nodes that they reach.

    ``widest`` is the size of the largest set on the way; ``returns`` says that the only node reached is the named one:
    elsewhere it is left out, since nobody asks for what they name.
    """

    mention: Mention
    steps: Steps
    nodes: Ids
    widest: int
    returns: bool = False


@dataclass(frozen=True)
class Candidate:
    """One path, or several whose ends meet, with the nodes at their end.

    ``also``: the place of a name that the path is to lead to, in a question for yes or no.
    """

    paths: tuple[Path, ...]
    nodes: Any
    widest: int
    also: tuple[tuple[int, int], ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """The places of the question that are names."""
        return (*(p.mention.place for p in self.paths), *self.also)


def paths(
    network: Network, mention: Mention, *, depth: int, width: int, prefer: Prefer, likely: Callable[[Path], float]
) -> list[Path]:
    """The paths from a named node, shortest first.

    Args:
        network: the facts.
        mention: the name.
        depth: most hops.
        width: most paths that grow at each hop.
        prefer: which paths grow where there are more, by their steps; the highest.
        likely: which of those that are equal.
    """
    import numpy as np

    start = Path(mention, (), np.array([mention.node]), 1)
    found: list[Path] = []
    growing = [start]
    for _ in range(depth):
        grown = [longer for path in growing for longer in grow(network, path)]
        grown.sort(key=lambda p: (-prefer(p.steps), len(p.nodes), p.steps))
        found += grown[:KEPT]
        open_ends = [p for p in grown if can_grow(network, p)]
        growing = cut(open_ends, width, prefer, likely)
    return found


def cut(found: Sequence[Path], width: int, prefer: Prefer, likely: Callable[[Path], float]) -> list[Path]:
    """The first of sorted paths; of those as good as the last that has room, the likeliest."""
    if len(found) <= width:
        return list(found)
    last = prefer(found[width - 1].steps)
    above = [p for p in found if prefer(p.steps) > last]
    equal = [p for p in found if prefer(p.steps) == last]
    return [*above, *sorted(equal, key=lambda p: -likely(p))][:width]  # a stable sort


def can_grow(network: Network, path: Path) -> bool:
    """Whether a path is a way: not back at its name, and not too wide."""
    return not path.returns and len(path.nodes) <= FRONTIER and network.degree(path.nodes) <= MOST_EDGES


def grow(network: Network, path: Path) -> list[Path]:
    """The paths one hop longer. The named node is left out wherever a path comes by it again.

    rdf:type is a hop only from a class to what it has. A step to nodes that only join others is one hop with the next.
    """
    import numpy as np

    node = path.mention.node
    grown = []
    for step, reached in network.around(path.nodes):
        if step // 2 == network.type and (path.steps or step % 2 == 0):
            continue
        others = np.delete(reached, np.searchsorted(reached, node)) if node in reached else reached
        if len(others) or path.steps:
            kept = others if len(others) else reached
            widest = max(path.widest, len(path.nodes))
            longer = Path(path.mention, (*path.steps, step), kept, widest, not len(others))
            if step not in network.through:
                grown.append(longer)
            elif path.steps[-1:] == () or path.steps[-1] not in network.through:  # one such node at most
                grown += [p for p in grow(network, longer) if p.steps[-1] != step ^ 1] if len(others) else []
    return grown


def absent(network: Network, found: Sequence[Path], traits: Mapping[int, Sequence[int]], said: Set[int]) -> list[Path]:
    """The paths that are not there though the graph has the like: one relation on from where others have it.

    Args:
        network: the facts.
        found: the paths of one name that are there.
        traits: by step, the relations that many nodes have which it leads to.
        said: the relations that the question asks for; others are not looked at.
    """
    import numpy as np

    if not found or not said:
        return []
    mention = found[0].mention
    start = Path(mention, (), np.array([mention.node]), 1)
    like = {t for p in found if len(p.steps) == 1 for t in traits[p.steps[0] ^ 1]}
    missing = []
    for path in (start, *found):
        if path.returns or len(path.nodes) > FRONTIER:
            continue
        near = traits[path.steps[-1]] if path.steps else like
        there = {step for step, _ in network.around(path.nodes)} if said & set(near) else set()
        for relation in sorted(said & set(near)):
            if 2 * relation not in there:
                nodes = np.unique([other for _, other in network.facts_of(relation, EXAMPLES)])
                missing.append(Path(mention, (*path.steps, 2 * relation), nodes, max(path.widest, len(path.nodes))))
    return missing


def links(network: Network, path: Path, most: int) -> list[tuple[str, str, str]]:
    """Some links of a path's last hop, as subject, relation and object."""
    import numpy as np

    step = path.steps[-1]
    before = walked(network, path)[-2]
    found = []
    for other in path.nodes[:most]:
        nodes = np.intersect1d(network.walk(np.array([other]), step ^ 1), before)[:1]
        pair = [network.terms[n] for n in (*nodes, other)]
        if len(pair) == 2 and all(map(is_iri, pair)):
            here, there = (t.value for t in (pair if step % 2 == 0 else reversed(pair)))
            found.append((here, network.relations[step // 2], there))
    return found


def walked(network: Network, path: Path) -> list[Ids]:
    """The nodes at each place of a path, the named one first."""
    import numpy as np

    sets = [np.array([path.mention.node])]
    for i, step in enumerate(path.steps, 1):
        reached = network.walk(sets[-1], step)
        last = i == len(path.steps)
        sets.append(reached if last and path.returns else np.setdiff1d(reached, sets[0]))
    return sets
