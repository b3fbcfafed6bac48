"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgtool import config as settings
from kgtool.config import Config

ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Folder of the model (default: in the store).", show_default=False),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "-s", "--store", metavar="DIR", help="Store directory (default: KGTOOL_STORE, or ./kg).", show_default=False
    ),
]
AnyStoreOption = Annotated[
    str | None,
    typer.Option(
        "-s", "--store", metavar="DIR|URL", show_default=False,
        help="Store directory, or the address of a SPARQL endpoint (default: KGTOOL_STORE, or ./kg).",
    ),
]  # fmt: skip
GraphOption = Annotated[
    str | None,
    typer.Option(
        "--graph", metavar="IRI", show_default=False,
        help="Graph of the facts at an endpoint (default: BASE_IRIgraph/facts); none: the endpoint's default graph.",
    ),
]  # fmt: skip
OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One machine-readable object on stdout.")]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing on success.")]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
DryRunOption = Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would be done.")]
YesOption = Annotated[bool, typer.Option("-y", "--yes", help="Agree to what would be asked.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file instead of ./kgtool.toml.", show_default=False),
]
LogOption = Annotated[
    Path | None,
    typer.Option("--log-file", metavar="FILE", help="Append a log of the run to a file.", show_default=False),
]
ExtractorOption = Annotated[
    str | None,
    typer.Option("--extractor", metavar="NAME", help="How triples are extracted (default: rules).", show_default=False),
]
FuserOption = Annotated[
    str | None,
    typer.Option(
        "--fuser", metavar="NAME", show_default=False,
        help="How triples are fused: cascade (default), or graphusion, which asks --llm what the rules leave open; the "
        "extractor is rules then, unless it is named.",
    ),
]  # fmt: skip
SchemaOption = Annotated[
    str | None,
    typer.Option(
        "--schema", metavar="FILE", show_default=False,
        help="Extract the relations of an ontology: RDFS/OWL or SHACL (ttl, rdf, jsonld), json or yaml.",
    ),
]  # fmt: skip
ShapesOption = Annotated[
    str | None,
    typer.Option(
        "--shapes", metavar="FILE", show_default=False,
        help="Shapes (SHACL) in any syntax of RDF (setting: shapes).",
    ),
]  # fmt: skip
SchemaModeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODE", show_default=False, help="closed: only its relations (default); open: others as well."
    ),
]
IdFieldOption = Annotated[
    str | None,
    typer.Option(
        "--id-field", "--id-column", metavar="NAME", show_default=False,
        help="Field of JSON, or column of a table, with a document's name (default: id; recorded by build).",
    ),
]  # fmt: skip
TextFieldOption = Annotated[
    str | None,
    typer.Option(
        "--text-field", "--text-column", metavar="NAME", show_default=False,
        help="Field or column with its text (default: text; a table without one: all cells).",
    ),
]  # fmt: skip

LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="SPEC",
        help="Language model: openai:NAME, ollama:NAME, vllm:NAME, llamacpp:NAME, azure:NAME, URL#NAME, replay:FILE "
        "or record:FILE@SPEC; the extractor is graphusion then.",
        show_default=False,
    ),
]
ReasonerOption = Annotated[
    str | None,
    typer.Option(
        "--reasoner", metavar="NAME", show_default=False,
        help="paths (default), or tog: Think-on-Graph as it was published.",
    ),
]  # fmt: skip
ReasoningLlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm", metavar="SPEC", show_default=False,
        help="Language model that chooses among paths where the words leave it open: as for build. Most calls a "
        "question: 4, stepwise 8.",
    ),
]  # fmt: skip
ReasoningFrozenOption = Annotated[
    bool, typer.Option("--frozen", help="Make no call: of a model only answers that are kept take part.")
]
StrategyOption = Annotated[
    str | None,
    typer.Option(
        "--strategy", metavar="NAME", show_default=False,
        help="What the model is asked: plan (whole paths, once; default) or stepwise (once a hop).",
    ),
]  # fmt: skip
CascadeOption = Annotated[
    bool | None,
    typer.Option(
        "--cascade/--no-cascade", show_default=False,
        help="Ask the model only where the paths alone leave the answer open (default), or for every question.",
    ),
]  # fmt: skip
VerifyOption = Annotated[
    bool | None,
    typer.Option(
        "--verify/--no-verify", show_default=False, help="Have the model check an answer by the triples cited."
    ),
]  # fmt: skip
UnverifiedOption = Annotated[
    bool,
    typer.Option("--allow-unverified", help="Give what a query of the model's finds, also where no path confirms it."),
]
ParametricOption = Annotated[
    bool,
    typer.Option("--allow-parametric", help="Where the graph has no answer, give what the model knows, marked so."),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", metavar="N", show_default=False,
        help="Calls to the language model at a time (default: 4), or processes of the rules extractor (default: one "
        "for each CPU, at most 4); the result is the same.",
    ),
]  # fmt: skip
MaxCallsOption = Annotated[
    int | None,
    typer.Option(metavar="N", help="Stop before more calls than this (exit code 6); 0: no limit.", show_default=False),
]
MaxTokensOption = Annotated[
    int | None, typer.Option(metavar="N", help="Stop before more tokens than this; 0: no limit.", show_default=False)
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(metavar="X", help="Stop before a higher cost than this; 0: no limit.", show_default=False),
]
EstimateOption = Annotated[bool, typer.Option("--estimate", help="Only say what the calls will cost at most.")]
FrozenOption = Annotated[bool, typer.Option("--frozen", help="Fail where a call would be needed.")]
DiscoverOption = Annotated[
    bool | None,
    typer.Option(
        "--discover/--no-discover", show_default=False,
        help="With or without links that no sentence states (status inferred; default: with).",
    ),
]  # fmt: skip
BatchOption = Annotated[bool, typer.Option("--batch", help="Ask through the OpenAI Batch API, at half the price.")]


def load_asking(config: Path | None, **flags: str | int | float | bool | None) -> Config:
    """The settings of a command that may ask a language model: ``--llm`` implies the extractor that uses one.

    Not where the command fuses and the fuser uses it: then it is asked for more only when the extractor is named too.
    """
    found = load(config, **flags)
    fusing = "fuser" in flags and found["fuser"] == "graphusion"
    if flags.get("llm") and found.origins["extractor"] == "default" and not fusing:
        return load(config, **flags | {"extractor": "graphusion"})
    return found


def load(config: Path | None, **flags: str | int | float | bool | None) -> Config:
    """The settings in force, with the flags of a command."""
    return settings.load(flags, config)
