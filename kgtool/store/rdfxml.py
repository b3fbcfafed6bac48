"""RDF/XML that every reader reads: what Oxigraph's writer leaves undone, and what XML cannot say at all.

A relation is the name of an element there, so its IRI must end in a name of XML (RDF 1.1 XML Syntax, 2.3 and 7.2). One
that does not, or is of the syntax itself (``rdf:li``), cannot be written; Oxigraph writes ``<prefix: …>`` for it, which
only Oxigraph reads. A class need not be a name, for there is another way to write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

import pyoxigraph as ox

NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
UNNAMED = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)" (rdf:\w+="[^"]*")(/?)>')
"""What Oxigraph writes for a node whose class does not end in a name."""
SUBJECT = ox.NamedNode("x:s")
TEXT = ox.Literal("")


def clean(text: bytes) -> bytes:
    """XML in UTF-8 that parsers take, and from which line ends come back as they were.

    Characters that XML 1.0 cannot hold in any way (control characters, U+FFFE, U+FFFF) become U+FFFD.
    """
    return NO_XML.sub("\ufffd".encode(), text).replace(b"\r", b"&#13;")


def mended(lines: bytes) -> bytes:
    """Whole lines of Oxigraph's RDF/XML, with classes that are no names written as properties of their nodes."""
    lines = clean(lines)
    if b"oxprefix:" not in lines:
        return lines
    lines = UNNAMED.sub(rb'<rdf:Description \2><rdf:type rdf:resource="\1"/>', lines)
    return lines.replace(b"</oxprefix:>", b"</rdf:Description>")


def is_expressible(predicate: ox.NamedNode, term: Any, prefixes: Mapping[str, str]) -> bool:
    """Whether a relation, and a class that is its object, can be written.

    Names are taken as Python's own parser (expat, the names of XML 1.0 up to its fourth edition) takes them.

    Args:
        predicate: the relation.
        term: the class; any other object.
        prefixes: of the file.
    """
    object = term if isinstance(term, ox.NamedNode) else TEXT
    try:
        made = ox.serialize(
            [ox.Triple(SUBJECT, predicate, object)], format=ox.RdfFormat.RDF_XML, prefixes=dict(prefixes)
        )
        expat.ParserCreate(namespace_separator=" ").Parse(mended(made or b""), True)
    except (OSError, expat.ExpatError):  # of the syntax; or no name
        return False
    return True
