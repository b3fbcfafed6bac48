"""``kgtool stats``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import UsageError
from kgtool.words import in_line


@app.command()
def stats(
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw the figures: .png or .svg.", show_default=False),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=1, help="Entities, relations and communities to list.")
    ] = 10,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of communities and of samples.")] = 0,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show figures of the whole graph.

    Degrees, components, communities, the most central entities, and what its relations are like.
    """
    import kgtool.api

    read_only()
    format = plot.suffix.lstrip(".").lower() if plot else ""
    if plot and format not in {"png", "svg"}:
        raise UsageError(f"--plot {plot}: not a .png or .svg", "name a file such as graph.png")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    found = graph.stats(top=top, seed=seed)
    if plot:
        from kgtool.view import charts

        with output.opened(plot) as file:
            charts.draw(found, file, format)
    if as_json:
        output.write_json(found)
    else:
        output.write("".join(f"{line}\n" for line in lines(found)))
    if found["communities"] is None and found["edges"]:
        output.note("communities of a graph of this size need igraph: pip install 'kgtool[leiden]'")


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for people."""
    degree, components, communities = found["degree"], found["components"], found["communities"]
    told = [f"{key}\t{found[key]}" for key in ("nodes", "edges", "values", "relations")]
    told.append(f"degree\tmean {degree['mean']:.2f}, median {degree['median']:g}, most {degree['max']}")
    told.append(f"components\t{components['count']}, the largest of {listed(components['sizes'])} nodes")
    if communities:
        figures = f"{communities['count']} by {communities['method']}, modularity {communities['modularity']:.2f}"
        told.append(f"communities\t{figures}")
    sampled = found["central"] and found["central"][0]["pivots"] < found["nodes"]
    told += ["", f"PageRank\tbetweenness{' (sampled)' if sampled else ''}\tin\tout\tentity"]
    for row in found["central"]:
        told.append(f"{row['pagerank']:.4f}\t{row['betweenness']:.4f}\t{row['in']}\t{row['out']}\t{name(row)}")
    told += ["", "facts\twith a value\tsubjects\tobjects\tone object\tboth ways\trelation"]
    for row in found["profile"]:
        shares = f"{row['functional']:.2f}\t{row['symmetric']:.2f}"
        told.append(f"{row['facts']}\t{row['values']}\t{row['subjects']}\t{row['objects']}\t{shares}\t{name(row)}")
    if communities:
        told += ["", "size\tcommunity"]
        told += [f"{g['size']}\t{', '.join(map(name, g['members']))}" for g in communities["largest"]]
    return told


def listed(sizes: list[int]) -> str:
    """The first sizes in words."""
    return ", ".join(map(str, sizes[:3])) or "0"


def name(row: dict[str, Any]) -> str:
    """A label in one line."""
    return in_line(row["label"])
