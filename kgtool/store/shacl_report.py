"""The results of a validation as RDF: a ``sh:ValidationReport``, the same for the same results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import reading
from kgtool.store.export import FORMATS, written
from kgtool.store.quarantine import result
from kgtool.store.rdf import TYPE
from kgtool.store.shacl import Checked
from kgtool.store.vocabulary import SHACL, XSD, Namespaces


def format_of(path: Path) -> str:
    """The syntax of a report by its ending.

    Raises:
        UsageError: when that says nothing.
    """
    name = reading.SUFFIXES.get(path.suffix.lower().removeprefix("."), "")
    if name not in FORMATS:
        raise UsageError(f"the syntax of {path} is not known by its ending", f"one of: {', '.join(FORMATS)}")
    return name


def report(checked: Checked, format: str, space: Namespaces) -> bytes:
    """A report in a syntax; blank nodes of the shapes that it names are in it with all that they say.

    Raises:
        UsageError: when the syntax cannot express what they say.
    """
    prefixes = {"sh": SHACL, **{n: iri for n, iri in space.prefixes().items() if n not in {"", "g"}}}
    triples = list(dict.fromkeys([*results(checked), *described(checked)]))
    return written(triples, format, prefixes)


def results(checked: Checked) -> Iterator[ox.Triple]:
    """The report and its results, in order."""
    top = ox.BlankNode("report")
    conforms = ox.Literal(str(not checked.results).lower(), datatype=ox.NamedNode(f"{XSD}boolean"))
    yield ox.Triple(top, TYPE, sh("ValidationReport"))
    yield ox.Triple(top, sh("conforms"), conforms)
    for number, violation in enumerate(checked.results, 1):
        node = ox.BlankNode(f"r{number}")
        yield ox.Triple(top, sh("result"), node)
        yield ox.Triple(node, TYPE, sh("ValidationResult"))
        for name, term in result(violation):
            yield ox.Triple(node, sh(name), term)
        blank = {"focusNode": violation.focus, "value": violation.value}
        blank |= {"sourceShape": violation.source, "resultPath": violation.route}
        for name, text in blank.items():
            if text.startswith("_:"):
                yield ox.Triple(node, sh(name), ox.BlankNode(text.removeprefix("_:")))


def described(checked: Checked) -> Iterator[ox.Triple]:
    """What the shapes say of the blank nodes that results name, and of those that these refer to."""
    about: dict[str, list[ox.Triple]] = {}
    for quad in ox.parse(checked.text.encode(), format=ox.RdfFormat.N_TRIPLES):
        about.setdefault(str(quad.subject), []).append(quad.triple)
    wanted = sorted(blank(text for v in checked.results for text in (v.source, v.route)))
    seen = set(wanted)
    while wanted:
        for triple in about.get(wanted.pop(0), []):
            yield triple
            found = str(triple.object)
            if found.startswith("_:") and found not in seen:
                seen.add(found)
                wanted.append(found)


def blank(texts: Iterable[str]) -> set[str]:
    """The blank nodes among terms."""
    return {text for text in texts if text.startswith("_:")}


def sh(name: str) -> ox.NamedNode:
    """A term of SHACL."""
    return ox.NamedNode(SHACL + name)
