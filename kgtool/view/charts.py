"""Figures of a graph as a picture."""

from __future__ import annotations

import warnings
from typing import IO, Any

from kgtool.errors import UsageError

FORMATS = ("png", "svg")
INK, MUTED, LINE = "#1f2933", "#6b7785", "#e3e8ee"
BLUE, TEAL, AMBER, ROSE = "#2f6fb3", "#1f8a83", "#c77d0a", "#b8456b"
LONGEST = 26
"""Characters of a label that are shown."""
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "figure.constrained_layout.w_pad": 0.15,
    "figure.constrained_layout.h_pad": 0.15,
    "svg.hashsalt": "kgtool",
}


def draw(figures: dict[str, Any], file: IO[bytes], format: str) -> None:
    """Degrees, the most central entities, relations, and communities. Same figures, same bytes.

    Args:
        figures: of :func:`kgtool.view.figures.figures`.
        file: where to.
        format: one of :data:`FORMATS`.

    Raises:
        UsageError: when matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("matplotlib is not installed", "pip install 'kgtool[plot]'") from error

    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # boxes are drawn for signs that the font does not have
        figure = Figure(figsize=(11, 7.4), layout="constrained", dpi=110)
        FigureCanvasAgg(figure)
        told = f"{figures['nodes']:,} entities   {figures['edges']:,} facts between them   "
        told += f"{figures['values']:,} with a value   {figures['components']['count']:,} components"
        figure.suptitle(told, x=0.01, ha="left", color=MUTED, fontsize=10)
        (degree, central), (relations, communities) = figure.subplots(2, 2)
        draw_degrees(degree, figures["degree"]["distribution"])
        rows = figures["central"]
        bars(central, "Most central (PageRank)", rows, "pagerank", TEAL, "share of visits by a random walk")
        bars(relations, "Relations", figures["profile"], "facts", AMBER, "facts")
        draw_communities(communities, figures["communities"])
        figure.savefig(file, format=format, metadata={"Date": None} if format == "svg" else {"Software": None})


def draw_degrees(axes: Any, distribution: list[list[int]]) -> None:
    """How many entities have at least so many facts, on logarithmic scales."""
    shown = [(degree, number) for degree, number in distribution if degree]
    total = sum(number for _, number in shown)
    rest, points = total, []
    for degree, number in shown:
        points.append((degree, rest))
        rest -= number
    axes.set_title("Facts of an entity")
    if not points:
        return
    axes.plot(*zip(*points, strict=True), "o-", color=BLUE, markersize=4, linewidth=1.2)
    axes.set(xscale="log", yscale="log", xlabel="facts", ylabel="entities with at least so many")
    axes.grid(color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.set_minor_formatter(lambda value, _: "")
    axes.tick_params(which="both", length=0)


def bars(axes: Any, title: str, rows: list[dict[str, Any]], key: str, colour: str, unit: str) -> None:
    """A bar for each row, the first on top, with its figure behind it."""
    names, values = [short(row["label"]) for row in rows], [row[key] for row in rows]
    axes.set_title(title)
    drawn = axes.barh(range(len(rows)), values, color=colour, height=0.66)
    axes.bar_label(drawn, [f"{v:,}" if isinstance(v, int) else f"{v:.4f}" for v in values], padding=3, color=MUTED)
    axes.set_yticks(range(len(rows)), names)
    axes.set(xlabel=unit, xticks=[], ylim=(max(len(rows), 1) - 0.5, -0.5))
    axes.margins(x=0.16)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def draw_communities(axes: Any, found: dict[str, Any] | None) -> None:
    """The largest communities, each by its best connected members."""
    rows = found["largest"] if found else []
    named = [{"label": ", ".join(m["label"] for m in g["members"][:2]), "size": g["size"]} for g in rows]
    title = (
        f"Communities ({found['method'].capitalize()}, {found['count']:,})"
        if found
        else "Communities: not searched for"
    )
    bars(axes, title, named, "size", ROSE, "entities")


def short(label: str) -> str:
    """A label in one line that fits beside a chart."""
    told = " ".join(label.split())
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"
