"""Results of queries as bytes that other programs read."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
import rdflib

from kgtool.errors import UsageError
from kgtool.store import results
from kgtool.store.oxigraph import OxigraphStore


def written(query: str, format: str) -> bytes:
    """What a query gives, in a format."""
    out = io.BytesIO()
    results.write(OxigraphStore().query(query), format, out, {})
    return out.getvalue()


def test_a_graph_in_xml_is_read_by_others() -> None:
    made = written("CONSTRUCT { <x:s> a <x:9> ; <x:p> 'a\\r\\nb' } WHERE {}", "rdfxml")
    found = {(str(p), str(o)) for _, p, o in rdflib.Graph().parse(data=made, format="xml")}
    assert found == {(str(rdflib.RDF.type), "x:9"), ("x:p", "a\r\nb")}


@pytest.mark.parametrize(
    ("triple", "format", "told"),
    [
        ("<x:s> <x:p/9> 1", "rdfxml", "relation <x:p/9>"),
        ("<x:s> <x:p> 'x'@ar--rtl", "rdfxml", "direction"),
        ("<x:s> <x:p> <<( <x:s> <x:p> 1 )>>", "jsonld", "triple term"),
    ],
)
def test_what_a_syntax_cannot_express_is_refused(triple: str, format: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        written(f"CONSTRUCT {{ {triple} }} WHERE {{}}", format)


def test_rows_in_xml_are_well_formed_and_whole() -> None:
    made = written("SELECT ('\ufffe\\r\\n\ufffd\uffff' AS ?x) {}", "xml")
    (cell,) = ElementTree.fromstring(made).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert cell.text == "\ufffd\r\n\ufffd\ufffd"


def test_the_end_of_a_piece_is_the_beginning_of_a_character() -> None:
    out = io.BytesIO()
    watch = results.Watch(out, "xml")
    for piece in ("<result>\uffff€</result>".encode()[n : n + 1] for n in range(30)):
        watch.write(piece)
    assert out.getvalue().decode() == "<result>\ufffd€</result>"
