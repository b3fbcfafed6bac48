"""Named queries: ``*.rq`` files with a header, and where they are found.

# title: Facts about an entity
# description: By any of its names, in both directions.
# param: name entity
# param: limit integer 100
# example: name=ENIAC
# columns: relation value
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.ports import Results, Store
from kgtool.store.rdf import LANGUAGE
from kgtool.store.vocabulary import XSD

HEADER = re.compile(r"^#[ \t]*(title|description|param|example|columns)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
KINDS = ("string", "iri", "entity", "integer", "decimal", "date", "boolean", "text@LANGUAGE")
TAGGED = re.compile(r"text@([A-Za-z]+(?:-[A-Za-z0-9]+)*)")
WRITTEN = re.compile(r'"(.*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(?:<([^<>\s]+)>|xsd:(\w+)))', re.DOTALL)
"""A literal with its language or type, as Turtle has it; what stands in the quotation marks is taken as it is."""
GUESSES = (
    ("iri", re.compile(r"<[^<>\s]+>")),
    ("integer", re.compile(r"-?\d+")),
    ("decimal", re.compile(r"-?\d+\.\d+")),
)
"""What a value is taken for where nothing says what it is; else for a string."""
WANTED = {
    "iri": "an IRI with its scheme, for example <https://example.org/x>",
    "integer": "a whole number in digits, for example 20 or -5",
    "decimal": "a number in digits, for example 2.5",
    "date": "a day as YEAR-MONTH-DAY, for example 1943-12-08",
    "boolean": "true or false",
}
"""What the values of a kind are; of the others, any text is one."""
TRUTH = {"true": "true", "1": "true", "false": "false", "0": "false"}

OWN = Path("queries")
"""The folder of the user's own queries, where kgtool runs."""
LONGEST_NAME = 80
"""Characters; file systems take no name of more than 255 bytes."""

CALLED = (
    "SELECT DISTINCT ?e { VALUES ?name { $text } ?e %s ?name FILTER NOT EXISTS { ?e a rdf:Property } } ORDER BY ?e",
    "SELECT DISTINCT ?e { ?e %s ?name FILTER(LCASE(STR(?name)) = LCASE(STR($text))) "
    "FILTER NOT EXISTS { ?e a rdf:Property } } ORDER BY ?e",
)
"""What is called so: to the letter, by an index; else whatever the case and the language, by looking at every name."""


@dataclass(frozen=True)
class NamedQuery:
    """A query of ``queries/``; ``params`` maps names to kinds and defaults (None: must be given)."""

    name: str
    title: str
    sparql: str
    params: dict[str, tuple[str, str | None]]
    description: str = ""
    columns: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    """Values for the parameters, as ``NAME=VALUE``, with which the query has a stored result."""


def folders() -> list[Path]:
    """Where named queries are looked for: ``./queries`` of the user first, then what came with kgtool."""
    package = Path(__file__).resolve().parent.parent
    places = [OWN, package / "_queries", package.parent / "queries"]
    return [p for p in places if p.is_dir()]


def files() -> dict[str, Path]:
    """Every named query's file, by name, in alphabetical order."""
    found = {f.stem: f for folder in reversed(folders()) for f in folder.glob("*.rq") if within(f, folder)}
    return dict(sorted(found.items()))


def within(file: Path, folder: Path) -> bool:
    """Whether it is a file of that very folder, not a link to one elsewhere."""
    return file.is_file() and file.resolve().parent == folder.resolve()


def find(name: str) -> NamedQuery:
    """The query with a name.

    Raises:
        NotFoundError: when there is none.
        UsageError: when it cannot be read, or its header is wrong.
    """
    for folder in folders() if len(name) <= LONGEST_NAME else ():
        file = folder / f"{name}.rq"
        if within(file, folder):
            return read(file)
    raise NotFoundError(
        f"there is no query named @{name[:LONGEST_NAME]}", f"known: {', '.join('@' + k for k in files())}"
    )


def read(file: Path) -> NamedQuery:
    """The query of a file, named after it.

    Raises:
        NotFoundError: when it is not there.
        UsageError: when it cannot be read, or its header is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {file}", "check its name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "give a file with SPARQL in UTF-8") from error
    return parse(file.stem, text)


def parse(name: str, text: str) -> NamedQuery:
    """Read a query's header.

    Raises:
        UsageError: for a parameter of an unknown kind.
    """
    rows: dict[str, list[str]] = {}
    for key, value in HEADER.findall(text):
        rows.setdefault(key, []).extend([value] if value else [])
    params: dict[str, tuple[str, str | None]] = {}
    for words in (row.split(maxsplit=2) for row in rows.get("param", [])):
        kind = words[1] if len(words) > 1 else "string"
        if kind not in KINDS and not TAGGED.fullmatch(kind):
            raise UsageError(f"query {name}: the parameter {words[0]} has an unknown kind {kind!r}", known_kinds())
        params[words[0]] = (kind, words[2] if len(words) > 2 else None)
    return NamedQuery(
        name, " ".join(rows.get("title", [])), text, params, " ".join(rows.get("description", [])),
        tuple(" ".join(rows.get("columns", [])).split()), tuple(rows.get("example", [])),
    )  # fmt: skip


def known_kinds() -> str:
    """A hint."""
    return f"known: {', '.join(KINDS)}"


def result_file(file: Path) -> Path:
    """Where the stored result of a query's file is: ``results/NAME.tsv`` beside it."""
    return file.parent / "results" / f"{file.stem}.tsv"


def check_columns(query: NamedQuery, results: Results) -> None:
    """Whether a query gives the columns that its header says, if it says any.

    Raises:
        UsageError: when it does not.
    """
    if query.columns and query.columns != results.variables:
        told = f"query {query.name}: its header says {' '.join(query.columns)}, it gives {' '.join(results.variables)}"
        raise UsageError(told, "mend the line columns: of its header")


def terms(
    given: Iterable[str], params: Mapping[str, tuple[str, str | None]] | None = None, store: Store | None = None
) -> dict[str, Any]:
    """``NAME=VALUE`` texts as terms; defaults of a named query are filled in.

    Args:
        given: the texts.
        params: the parameters of the query's header.
        store: where entities are looked up by name.

    Raises:
        UsageError: for a text without ``=``, a value that does not fit its kind, or a parameter that is missing.
        NotFoundError: for the name of an entity that is not in the graph.
    """
    values: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"--param {text}: not of the form NAME=VALUE", "for example --param name='Alan Turing'")
        values[name] = value
    kinds = params or {}
    for name, (kind, default) in kinds.items():
        if name not in values:
            if default is None:
                raise UsageError(f"the query needs --param {name}=VALUE ({kind})", "see the query's header")
            values[name] = default
    return {name: term(value, kinds.get(name, ("", None))[0], name, store) for name, value in values.items()}


def term(value: str, kind: str, name: str, store: Store | None = None) -> Any:
    """One value as a term; without a kind, as :data:`WRITTEN` or :data:`GUESSES` say.

    Raises:
        UsageError: when it does not fit.
        NotFoundError: for the name of an entity that is not in the graph.
    """
    import pyoxigraph as ox

    guessed = kind or next((known for known, form in GUESSES if form.fullmatch(value)), "string")
    if guessed == "entity":
        return entity(value, name, store)
    try:
        if not kind and (found := WRITTEN.fullmatch(value)):
            content, language, iri, short = found.groups()
            of_type = None if language else ox.NamedNode(iri or XSD + short)
            return ox.Literal(content, language=language, datatype=of_type)
        if guessed == "iri":
            return ox.NamedNode(value.strip("<>"))
        if guessed in {"integer", "decimal", "date", "boolean"}:
            return ox.Literal(written(value, guessed), datatype=ox.NamedNode(XSD + guessed))
    except (ValueError, InvalidOperation) as error:
        kind = guessed if guessed in WANTED else "literal"
        raise UsageError(f"--param {name}: {value!r} is no {kind}", f"give {WANTED.get(kind, error)}") from error
    tagged = TAGGED.fullmatch(guessed)
    return ox.Literal(value, language=tagged[1]) if tagged else ox.Literal(value)


def written(value: str, kind: str) -> str:
    """An integer, decimal, date or boolean as XML Schema writes it.

    Raises:
        ValueError: when it is none (or InvalidOperation).
    """
    if kind == "integer":
        return str(int(value))
    if kind == "decimal":
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(value)
        return format(number, "f")
    if kind == "date":
        return date.fromisoformat(value).isoformat()
    if value not in TRUTH:
        raise ValueError(value)
    return TRUTH[value]


def entity(value: str, name: str, store: Store | None) -> Any:
    """The entity of an IRI (``<…>``, or with ``://``), or what is called so: by label, else by alias.

    Raises:
        UsageError: when several are called so, it is no IRI, or there is no store to look in.
        NotFoundError: when nothing is.
    """
    import pyoxigraph as ox

    if value.startswith("<") or "://" in value:
        return term(value, "iri", name)
    if store is None:
        raise UsageError(f"--param {name}: no graph to look up {value!r} in", "give its IRI")
    called = ox.Literal(value, language=LANGUAGE)
    for property in ("rdfs:label", "skos:altLabel"):
        for query in CALLED:
            found = [row[0] for row in store.query(query % property, parameters={"text": called}).rows()]
            if len(found) > 1:
                several = ", ".join(map(str, found[:5]))
                raise UsageError(f"--param {name}: several entities are called {value!r}", f"give one of: {several}")
            if found:
                return found[0]
    raise NotFoundError(f"nothing in the graph is called {value!r}", "see what is there: kgtool query @top")
