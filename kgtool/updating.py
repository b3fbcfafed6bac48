"""``update``: SPARQL Updates as words of a person, kept in the journal and run anew on every graph that is published.

So the graph stays a function of what the journal holds: documents and imports first, then the updates in their order.
What would come out otherwise at another time is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgtool import pipeline
from kgtool.config import Config
from kgtool.errors import NotFoundError, QueryError
from kgtool.journal import Journal
from kgtool.layout import Layout, locked
from kgtool.model import Update
from kgtool.pipeline import Progress, Report, silent
from kgtool.review import held
from kgtool.store import sparql
from kgtool.store.vocabulary import Namespaces

OTHERS = {"SERVICE": "calls another server", "LOAD": "reads a file or an address"}
"""Words of what is refused because it depends on something outside of the store."""
CHANGING = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
"""Functions that give something else each time."""
BLANK = re.compile(r"_:|\[|\{\||~|<<(?!\()|(?<!<<)\(")
"""In what an INSERT adds: whatever makes a blank node, which would be another one each time."""


def update(layout: Layout, config: Config, text: str, progress: Progress = silent) -> tuple[Update, Report]:
    """Record a SPARQL Update and publish the graph with it.

    Args:
        layout: the store; made when absent.
        config: the settings in force.
        text: one or more updates, with a prologue if needed.
        progress: called as work goes on.

    Raises:
        QueryError: when it does not parse, is a query, depends on anything but the graph, or cannot be done with the
            graph as it is; nothing is changed.
        LockedError: when a build is at work.
    """
    check(text, Namespaces(config.text("base_iri")))
    with locked(layout), Journal.open(layout.journal, create=True) as journal:
        pipeline.refresh(layout, journal, config, progress)
        with layout.trial(text):  # what cannot be done is refused before it is recorded
            pass
        made = journal.add_update(text)
        return made, pipeline.refresh(layout, journal, config, progress)


def undo(layout: Layout, config: Config, number: int, progress: Progress = silent) -> Report:
    """Withdraw an update, and publish the graph without it.

    Raises:
        NotFoundError: when there is none of that number.
        LockedError: when a build is at work.
    """
    with held(layout) as journal:
        if not journal.remove_update(number):
            raise NotFoundError(f"there is no update {number}", "see them: kgtool update --list")
        return pipeline.refresh(layout, journal, config, progress)


def check(text: str, space: Namespaces) -> None:
    """Refuse what is no update, or would not be the same each time.

    Raises:
        QueryError: for either.
    """
    from kgtool.store.oxigraph import OxigraphStore

    words = sparql.keywords(text)
    for word, why in OTHERS.items():
        if word in words:
            raise QueryError(f"the update {why} ({word})", "put the data into a file: kgtool import FILE")
    sparql.check_depth(text)
    if sparql.form(text) not in sparql.UPDATES:
        raise QueryError("this is no update", "send INSERT, DELETE, ...; for queries: kgtool query")
    try:
        OxigraphStore(space=space).update(text)
    except QueryError as error:
        if error.message.startswith("SPARQL"):  # anything else may go well with the graph
            raise
    if found := sorted(CHANGING.intersection(words)):
        hint = "the update is run again whenever the graph is made: write the value instead"
        raise QueryError(f"{found[0]}() gives something else each time", hint)
    for added in inserted(text):
        if BLANK.search(added):
            raise QueryError("the update adds a blank node, which would be another one each time", "use an IRI instead")


def inserted(text: str) -> Iterator[str]:
    """What stands in the braces after each INSERT, without texts, IRIs and comments."""
    depth, block, waiting = 0, "", False
    for kind, found in sparql.tokens(text):
        if kind == "word" and found.upper() == "INSERT":
            waiting = True
        if waiting and found == "{":
            depth += 1
        if depth and kind not in {"string", "iri", "comment"}:
            block += found
        if depth and found == "}":
            depth -= 1
            if not depth:
                yield block
                block, waiting = "", False
