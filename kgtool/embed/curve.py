"""The training curve as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def draw(curves: Mapping[str, Sequence[Mapping[str, Any]]], file: Path) -> None:
    """Loss and validation MRR by epoch, a line a stage; PNG or SVG by the ending. Same curves, same bytes.

    Args:
        curves: of each stage, rows with ``epoch``, ``loss`` and ``mrr`` (or None).
        file: where to.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.add_subplot()
    right = left.twinx()
    for stage, rows in curves.items():
        (line,) = left.plot([r["epoch"] for r in rows], [r["loss"] for r in rows], linestyle="dashed")
        judged = [r for r in rows if r["mrr"] is not None]
        right.plot([r["epoch"] for r in judged], [r["mrr"] for r in judged], color=line.get_color(), label=stage)
    left.set(xlabel="epoch", ylabel="loss (dashed)")
    right.set(ylabel="MRR on validation", ylim=(0, None))
    if curves:
        right.legend(loc="center right")
    with mpl.rc_context({"svg.hashsalt": "kgtool"}):
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else {"Software": None})
