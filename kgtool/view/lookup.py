"""What a person calls an entity, as its IRI."""

from __future__ import annotations

from collections.abc import Iterable

from kgtool.errors import NotFoundError, UsageError
from kgtool.iri import is_iri, last_part
from kgtool.ports import Store
from kgtool.store.textindex import Hit, TextIndex

SHOWN = 5
"""Names that are told where one is not known, or means several things."""


def resolve(store: Store, texts: TextIndex, name: str) -> tuple[str, tuple[Hit, ...]]:
    """The IRI of what is called so, and what else has the name.

    Args:
        store: the graph.
        texts: its text index.
        name: an IRI, with or without angle brackets, or a label or alias, folded. Entities come before relations and
            classes, labels before aliases.

    Raises:
        NotFoundError: when nothing is called so; the hint has the nearest names.
        UsageError: when several things are.
    """
    iri = name.strip().removeprefix("<").removesuffix(">")
    if is_iri(iri) and (iri != name.strip() or "://" in iri or iri.startswith("urn:")):
        if store.query(f"ASK {{ {{ <{iri}> ?p ?o }} UNION {{ ?s ?p <{iri}> }} UNION {{ ?s <{iri}> ?o }} }}").boolean():
            return iri, ()
        raise unknown(iri, texts, last_part(iri))
    hits = texts.exact(name)
    for wanted in ({"entity"}, {"entity", "relation", "class"}):
        for kinds in ({"label"}, {"label", "alias"}):
            found = [h for h in hits if h.role in wanted and h.kind in kinds]
            if len(found) == 1:
                return found[0].iri, tuple(h for h in hits if h.iri != found[0].iri)
            if found:
                told = " or ".join(f"<{h.iri}>" for h in found[:SHOWN])
                raise UsageError(f"{name!r} may be {told}", "give the IRI of the one you mean")
    raise unknown(name, texts, name)


def unknown(given: str, texts: TextIndex, name: str) -> NotFoundError:
    """The error for what nothing is called, with the nearest names as a hint."""
    nearest = listed([*texts.near(name, SHOWN), *texts.search(name, SHOWN, ("label", "alias")).hits])
    hint = f"the nearest are: {nearest}" if nearest else "see what is there: kgtool query @top"
    return NotFoundError(f"nothing in the graph is called {given[:100]!r}", hint)


def listed(hits: Iterable[Hit]) -> str:
    """The first names of some hits."""
    return ", ".join(list(dict.fromkeys(" ".join(h.text.split()) for h in hits))[:SHOWN])
