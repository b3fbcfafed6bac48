"""Where the nodes of a small graph are drawn: no labels on one another, near where forces would have them.

Settled here and not in the browser, so that a page looks the same each time. Each component is laid out by itself;
then they are set in rows, the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

WIDE = 1.5
"""How much wider than high the drawing is."""
GAP = 8
"""Between nodes with their labels, in pixels."""
PRECISE = 120
"""Nodes up to which distances along the facts decide (Kamada and Kawai 1989), not forces alone."""
CROWD = 800
"""Nodes from which on labels may be on one another."""
ROUNDS = 200


def places(
    boxes: Sequence[tuple[float, float]], links: Sequence[tuple[int, int]], length: int
) -> list[tuple[int, int]]:
    """The middle of each node, in pixels.

    Args:
        boxes: width and height of each node with its label.
        links: pairs of nodes; loops are left out.
        length: of a typical link, in pixels.
    """
    import networkx as nx
    import numpy as np

    graph = nx.Graph()
    graph.add_nodes_from(range(len(boxes)))
    graph.add_edges_from((a, b) for a, b in links if a != b)
    sizes = np.array(boxes, dtype=float).reshape(-1, 2)
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda p: (-len(p), p))
    drawn = [apart(settled(graph.subgraph(part), part, length), sizes[part]) for part in parts]
    found = np.zeros((len(boxes), 2))
    for part, points in zip(parts, in_rows(drawn, [sizes[part] for part in parts]), strict=True):
        found[part] = points
    return [(round(x), round(y)) for x, y in found.tolist()]


def settled(graph: Any, nodes: Sequence[int], length: int) -> Points:
    """Places of a component's nodes, in their order; links are about so long."""
    import networkx as nx
    import numpy as np

    ordered = nx.Graph()  # a subgraph has no order of its own
    ordered.add_nodes_from(nodes)
    ordered.add_edges_from(sorted(tuple(sorted(edge)) for edge in graph.edges))
    if len(nodes) <= PRECISE:
        found = nx.kamada_kawai_layout(ordered)
    else:
        found = nx.spring_layout(ordered, seed=0, iterations=100)
    points = np.array([found[n] for n in nodes], dtype=float)
    numbers = {n: i for i, n in enumerate(nodes)}
    ends = np.array([(numbers[a], numbers[b]) for a, b in ordered.edges], dtype=int).reshape(-1, 2)
    lengths = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    typical = float(np.median(lengths)) if len(lengths) else 1.0
    scaled: Points = points * (length / max(typical, 1e-6)) * (WIDE, 1)
    return scaled


def apart(points: Points, sizes: Points) -> Points:
    """Push nodes from one another, along the shorter way, until no boxes overlap or it has been tried often enough."""
    import numpy as np

    if not 1 < len(points) < CROWD:
        return points
    least = (sizes[:, None] + sizes[None]) / 2 + GAP
    moved = points.copy()
    for _ in range(ROUNDS):
        way = moved[:, None] - moved[None]
        over = least - np.abs(way)
        hit = (over > 0).all(axis=2) & ~np.eye(len(points), dtype=bool)
        if not hit.any():
            break
        across = over[:, :, 0] < over[:, :, 1]
        later = np.arange(len(points))[:, None] > np.arange(len(points))[None]
        sign = np.where(way != 0, np.sign(way), np.where(later, 1, -1)[:, :, None])
        push = np.stack([np.where(hit & across, over[:, :, 0], 0), np.where(hit & ~across, over[:, :, 1], 0)], axis=2)
        moved += (sign * push).sum(axis=1) / 4
    return moved


def in_rows(drawn: Sequence[Points], sizes: Sequence[Points]) -> list[Points]:
    """Components beside one another, in rows that are as wide as the largest one or as all would be as a page."""
    import numpy as np

    if not drawn:
        return []
    boxes = []
    for points, around in zip(drawn, sizes, strict=True):
        low, high = (points - around / 2).min(axis=0), (points + around / 2).max(axis=0)
        boxes.append((low, high - low + 4 * GAP))
    area = sum(float(np.prod(size)) for _, size in boxes)
    width = max(float(boxes[0][1][0]), (area * WIDE) ** 0.5)
    x = y = row = 0.0
    found = []
    for points, (low, size) in zip(drawn, boxes, strict=True):
        if x > 0 and x + size[0] > width:
            x, y, row = 0.0, y + row, 0.0
        found.append(points - low + (x, y))
        x, row = x + float(size[0]), max(row, float(size[1]))
    return found
