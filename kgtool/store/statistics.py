"""Figures of a whole graph: degrees, components, communities, centrality, relations.

Same graph and seed, same figures: nodes are numbered in the order of their IRIs, and figures are rounded.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kgtool.store.edges import Edges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Figures = NDArray[np.float64]
    Groups = NDArray[np.int32]

DAMPING = 0.85
"""Of PageRank: how often a link is followed, as in Page et al. (1999)."""
ROUNDS = 200
PRECISE = 1e-9
EXACT = 2_000
"""Nodes up to which betweenness counts all shortest paths."""
PIVOTS = 32
"""Nodes whose shortest paths are counted in larger graphs."""
TOGETHER = 16
"""Pivots that are computed at once."""
LOUVAIN = 100_000
"""Edges up to which communities are searched for without igraph."""
PLACES = 6
"""Decimal places of figures."""


def describe(edges: Edges, *, top: int, seed: int) -> dict[str, Any]:
    """All figures of a graph; nodes and relations by their IRIs.

    Args:
        edges: of the graph.
        top: how many nodes, components, communities and relations are listed.
        seed: of communities, and of the choice of pivots for betweenness.
    """
    import numpy as np

    incoming, outgoing = degrees(edges)
    total = incoming + outgoing
    values, counts = np.unique(total, return_counts=True)
    sizes = component_sizes(edges)
    return {
        "nodes": len(edges.nodes),
        "edges": len(edges.head),
        "values": len(edges.owner),
        "relations": len(edges.relations),
        "degree": {
            "mean": places(total.mean() if len(total) else 0),
            "median": places(np.median(total) if len(total) else 0),
            "max": int(total.max(initial=0)),
            "distribution": [[int(v), int(n)] for v, n in zip(values, counts, strict=True)],
        },
        "components": {"count": len(sizes), "sizes": sizes[:top]},
        "communities": communities(edges, top, seed),
        "central": central(edges, incoming, outgoing, top, seed),
        "profile": profile(edges)[:top],
        "seed": seed,
    }


def degrees(edges: Edges) -> tuple[Groups, Groups]:
    """How many facts come in and go out at each node."""
    import numpy as np

    count = len(edges.nodes)
    return (
        np.bincount(edges.tail, minlength=count).astype(np.int32),
        np.bincount(edges.head, minlength=count).astype(np.int32),
    )


def component_sizes(edges: Edges) -> list[int]:
    """The numbers of nodes that are connected, whatever the direction; the largest first."""
    import numpy as np
    from scipy.sparse.csgraph import connected_components

    if not edges.nodes:
        return []
    _, group = connected_components(edges.adjacency, directed=False)
    return sorted(map(int, np.bincount(group)), reverse=True)


def central(edges: Edges, incoming: Groups, outgoing: Groups, top: int, seed: int) -> list[dict[str, Any]]:
    """The nodes with the highest PageRank, each with degrees and betweenness."""
    import numpy as np

    ranks = pagerank(edges)
    between, pivots = betweenness(edges.adjacency, seed)
    order = np.lexsort((np.arange(len(ranks)), -np.round(ranks, PLACES + 3)))[:top]
    return [
        {
            "iri": edges.nodes[i],
            "degree": int(incoming[i] + outgoing[i]),
            "in": int(incoming[i]),
            "out": int(outgoing[i]),
            "pagerank": places(ranks[i]),
            "betweenness": places(between[i]),
            "pivots": pivots,
        }
        for i in map(int, order)
    ]


def pagerank(edges: Edges) -> Figures:
    """The PageRank of each node; they add up to 1. Parallel facts count each; nodes without facts link to all."""
    import numpy as np
    from scipy.sparse import csr_array

    count = len(edges.nodes)
    out = np.bincount(edges.head, minlength=count).astype(float)
    shares = 1 / out[edges.head]
    links = csr_array((shares, (edges.tail, edges.head)), shape=(count, count))
    ranks = np.full(count, 1 / max(count, 1))
    for _ in range(ROUNDS):
        before = ranks
        lost = before[out == 0].sum()
        ranks = DAMPING * (links @ before + lost / max(count, 1)) + (1 - DAMPING) / max(count, 1)
        if np.abs(ranks - before).sum() < PRECISE:
            break
    return ranks


def betweenness(adjacency: csr_array, seed: int) -> tuple[Figures, int]:
    """Which share of the shortest paths goes through each node, and from how many nodes they were counted.

    The algorithm is Brandes' (2001), for many sources at once as products of matrices; in graphs of more than
    :data:`EXACT` nodes for a sample of sources only (Brandes and Pich 2007).

    Args:
        adjacency: without directions; shape ``(nodes, nodes)``.
        seed: of the sample.

    Returns:
        figures from 0 to 1, and the number of sources.
    """
    import numpy as np

    count = adjacency.shape[0]
    sources = list(range(count)) if count <= EXACT else sorted(random.Random(seed).sample(range(count), PIVOTS))  # noqa: S311 - a sample, not a secret
    total = np.zeros(count)
    for begin in range(0, len(sources), TOGETHER):
        total += dependencies(adjacency, sources[begin : begin + TOGETHER])
    pairs = (count - 1) * (count - 2) * len(sources) / max(count, 1)
    return total / pairs if pairs > 0 else total, len(sources)


def dependencies(adjacency: csr_array, sources: Sequence[int]) -> Figures:
    """The sum over sources of the share of shortest paths from each that goes through a node; shape ``(nodes,)``."""
    import numpy as np

    shape = (adjacency.shape[0], len(sources))
    level = np.full(shape, -1, dtype=np.int32)
    paths = np.zeros(shape)
    level[sources, range(len(sources))] = 0
    paths[sources, range(len(sources))] = 1
    depth, ahead = 0, paths
    while True:
        ahead = np.where(level < 0, adjacency @ ahead, 0)
        if not ahead.any():
            break
        depth += 1
        level[ahead > 0] = depth
        paths += ahead
    behind = np.zeros(shape)
    safe = np.where(paths > 0, paths, 1)
    for d in range(depth, 0, -1):
        weights = np.where(level == d, (1 + behind) / safe, 0)
        behind += np.where(level == d - 1, paths * (adjacency @ weights), 0)
    behind[sources, range(len(sources))] = 0
    found: Figures = behind.sum(axis=1)
    return found


def communities(edges: Edges, top: int, seed: int) -> dict[str, Any] | None:
    """Nodes that are more connected among each other than with others; None where the graph is too large to search.

    By Leiden (Traag et al. 2019) where igraph is installed, else by Louvain (Blondel et al. 2008) up to
    :data:`LOUVAIN` edges. ``largest`` has of each community its size and the nodes with the most neighbours in it.
    """
    import numpy as np

    matrix = edges.adjacency
    if not matrix.nnz:
        return None
    found = leiden(matrix, seed) or louvain(matrix, seed)
    if found is None:
        return None
    method, group, modularity = found
    sizes = np.bincount(group)
    degree = np.diff(matrix.indptr)
    order = np.lexsort((first_places(group, len(sizes)), -sizes))[:top]
    largest = []
    for number in map(int, order):
        members = np.flatnonzero(group == number)
        best = members[np.lexsort((members, -degree[members]))][:3]
        largest.append({"size": int(sizes[number]), "members": [edges.nodes[i] for i in best]})
    return {"method": method, "count": len(sizes), "modularity": places(modularity), "largest": largest}


def first_places(group: Groups, count: int) -> Groups:
    """The number of the first node of each community."""
    import numpy as np

    first = np.full(count, len(group), dtype=np.int32)
    np.minimum.at(first, group, np.arange(len(group), dtype=np.int32))
    return first


def leiden(matrix: csr_array, seed: int) -> tuple[str, Groups, float] | None:
    """Communities by igraph; None where it is not installed."""
    try:
        import igraph
    except ImportError:
        return None
    import numpy as np
    from scipy.sparse import triu

    upper = triu(matrix, format="coo")
    graph = igraph.Graph(n=matrix.shape[0], edges=np.column_stack([upper.row, upper.col]))
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - a shuffle, not a secret
    found = graph.community_leiden("modularity")
    return "leiden", np.array(found.membership, dtype=np.int32), float(found.modularity)


def louvain(matrix: csr_array, seed: int) -> tuple[str, Groups, float] | None:
    """Communities by networkx; None for a graph with more than :data:`LOUVAIN` edges."""
    if matrix.nnz // 2 > LOUVAIN:
        return None
    import networkx as nx
    import numpy as np

    graph = nx.from_scipy_sparse_array(matrix)
    found = nx.community.louvain_communities(graph, seed=seed)
    group = np.empty(matrix.shape[0], dtype=np.int32)
    for number, members in enumerate(found):
        group[list(members)] = number
    return "louvain", group, float(nx.community.modularity(graph, found))


def profile(edges: Edges) -> list[dict[str, Any]]:
    """Of each relation, the most frequent first: facts, how many have a literal, subjects, objects, and shapes.

    ``functional`` is the share of subjects with one object, ``symmetric`` the share of the facts between different
    nodes whose other direction is a fact too.
    """
    import numpy as np

    count = len(edges.relations)
    between = np.bincount(edges.relation, minlength=count)
    literal = np.bincount(edges.said, minlength=count)
    begin, own = np.concatenate([[0], np.cumsum(between)]), np.concatenate([[0], np.cumsum(literal)])
    rows = []
    for number in np.lexsort((np.arange(count), -(between + literal))):
        head, tail = (column[begin[number] : begin[number + 1]].astype(np.int64) for column in (edges.head, edges.tail))
        subjects = np.concatenate([head, edges.owner[own[number] : own[number + 1]]])
        each = np.unique(subjects, return_counts=True)[1]
        apart = head != tail
        pairs = head[apart] * len(edges.nodes) + tail[apart]
        back = np.isin(tail[apart] * len(edges.nodes) + head[apart], pairs)
        rows.append(
            {
                "iri": edges.relations[number],
                "facts": int(between[number] + literal[number]),
                "values": int(literal[number]),
                "subjects": len(each),
                "objects": len(np.unique(tail)),
                "functional": places((each == 1).mean() if len(each) else 0),
                "symmetric": places(back.mean() if len(back) else 0),
            }
        )
    return rows


def places(value: Any) -> float:
    """A figure, rounded."""
    return round(float(value), PLACES)
