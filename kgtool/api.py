"""The library: ``kgtool.open(path)`` gives a :class:`KnowledgeGraph`; the command line is a thin layer over it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool import config as settings
from kgtool import encode
from kgtool.config import Config
from kgtool.errors import ConfigError, NotFoundError, UsageError
from kgtool.iri import is_iri
from kgtool.layout import Layout, is_locked
from kgtool.ports import Trace, silent

if TYPE_CHECKING:
    from kgtool.calls import Calls, Estimate
    from kgtool.correcting import Corrections
    from kgtool.explain import EntityExplanation, Explanation
    from kgtool.forgetting import Forgotten
    from kgtool.importing import Imported
    from kgtool.model import Answer, Import, Passage, Update
    from kgtool.pipeline import Progress, Report
    from kgtool.ports import Encoder, Reasoner, Results, Store
    from kgtool.publishing import Published
    from kgtool.reason.calibration import Calibration
    from kgtool.reason.session import Asking
    from kgtool.store.edges import Edges
    from kgtool.store.oxigraph import OxigraphStore
    from kgtool.store.shacl import Checked
    from kgtool.store.textindex import Found, Hit, TextIndex
    from kgtool.view.card import Card
    from kgtool.view.choice import Choice


def open(path: str | Path | None = None, **flags: Any) -> KnowledgeGraph:
    """Open a store, or name a place for one.

    Args:
        path: the store directory; from the settings when None.
        flags: settings that go before those of environment and files.

    Raises:
        ConfigError: for a setting that does not exist, or a value that it does not take.
    """
    if unknown := sorted(flags.keys() - settings.SETTINGS):
        raise ConfigError(f"unknown setting {unknown[0]!r}", f"known: {', '.join(sorted(settings.SETTINGS))}")
    config = settings.load({**flags, "store": None if path is None else str(path)})
    return KnowledgeGraph(config)


@dataclass
class KnowledgeGraph:
    """A store directory with the settings in force."""

    config: Config

    @property
    def layout(self) -> Layout:
        """Where its files are.

        Raises:
            ConfigError: when the setting is empty: that would be the folder at hand.
        """
        if not self.config.text("store").strip():
            raise ConfigError("the setting store is empty", "unset KGTOOL_STORE, or name a directory")
        return Layout(Path(self.config.text("store")))

    @cached_property
    def store(self) -> OxigraphStore:
        """The published graph, for reading; where the setting is the address of an endpoint, what is there."""
        from kgtool.store.address import is_url

        if is_url(self.config.text("store")):
            from kgtool.store.remote import RemoteStore

            return RemoteStore.at(self.config.text("store"), self.config)
        return self.layout.open_graph()

    def build(
        self,
        *paths: str | Path,
        yes: bool = False,
        dry_run: bool = False,
        id_field: str | None = None,
        text_field: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Bring the graph up to date with documents; see :func:`kgtool.pipeline.build`."""
        from kgtool import pipeline
        from kgtool.text.readers import Fields

        report = pipeline.build(
            self.layout, [Path(p) for p in paths], self.config, yes=yes, dry_run=dry_run,
            fields=Fields(id_field, text_field), progress=progress or pipeline.silent,
        )  # fmt: skip
        self._reopen()
        return report

    def _reopen(self) -> None:
        """Let the next use open the graph that is published now."""
        for cached in ("store", "texts", "edges", "reasoner"):
            self.__dict__.pop(cached, None)

    def estimate(
        self, *paths: str | Path, yes: bool = False, id_field: str | None = None, text_field: str | None = None
    ) -> Estimate:
        """What a build would ask of a language model at most; see :func:`kgtool.pipeline.estimate`."""
        from kgtool import pipeline
        from kgtool.text.readers import Fields

        fields = Fields(id_field, text_field)
        return pipeline.estimate(self.layout, [Path(p) for p in paths], self.config, yes=yes, fields=fields)

    def merge(self, a: str, b: str, *, undo: bool = False) -> None:
        """Say that two names are one thing, or withdraw it; see :func:`kgtool.review.rule`."""
        from kgtool import review

        review.rule(self.layout, "same", a, b, undo=undo)

    def split(self, a: str, b: str, *, undo: bool = False) -> None:
        """Say that two names are different things, or withdraw it; see :func:`kgtool.review.rule`."""
        from kgtool import review

        review.rule(self.layout, "different", a, b, undo=undo)

    def forget(
        self, kind: str, *words: str, closure: bool = False, undo: bool = False, dry_run: bool = False
    ) -> Forgotten:
        """Forget a document, an entity or a triple for good; see :func:`kgtool.forgetting.forget`.

        With ``undo`` let come back what was forgotten in these words; see :func:`kgtool.forgetting.undo`.
        """
        from kgtool import forgetting

        if undo:
            return forgetting.undo(self.layout, kind, words)
        told = forgetting.forget(self.layout, self.config, kind, words, closure=closure, dry_run=dry_run)
        self._reopen()
        return told

    def import_(
        self,
        *paths: str | Path,
        format: str = "",
        base: str = "",
        name: str = "",
        mapping: str | Path | None = None,
        progress: Progress | None = None,
    ) -> Imported:
        """Take over the statements of files; see :func:`kgtool.importing.add`."""
        from kgtool import importing, pipeline

        told = importing.add(
            self.layout,
            self.config,
            [Path(p) for p in paths],
            format=format,
            base=base,
            name=name,
            mapping=None if mapping is None else Path(mapping),
            progress=progress or pipeline.silent,
        )
        self._reopen()
        return told

    def unimport(self, *names: str) -> Imported:
        """Take imported files out again; see :func:`kgtool.importing.remove`."""
        from kgtool import importing

        told = importing.remove(self.layout, self.config, names)
        self._reopen()
        return told

    def imports(self) -> list[Import]:
        """The imported files."""
        from kgtool.journal import Journal

        with Journal.open(self.layout.journal) as journal:
            return journal.imports()

    def update(self, sparql: str) -> tuple[Update, Report]:
        """Run a SPARQL Update now and whenever the graph is made; see :func:`kgtool.updating.update`."""
        from kgtool import updating

        made = updating.update(self.layout, self.config, sparql)
        self._reopen()
        return made

    def undo_update(self, number: int) -> Report:
        """Withdraw a SPARQL Update; see :func:`kgtool.updating.undo`."""
        from kgtool import updating

        report = updating.undo(self.layout, self.config, number)
        self._reopen()
        return report

    def updates(self) -> list[Update]:
        """The SPARQL Updates in force, in order."""
        from kgtool.journal import Journal

        with Journal.open(self.layout.journal) as journal:
            return journal.updates()

    def publish(
        self,
        url: str,
        *,
        provenance: bool = False,
        protocol: str = "update",
        queries: str | None = None,
        anew: bool = False,
        dry_run: bool = False,
    ) -> Published:
        """Send the graph to an endpoint; see :func:`kgtool.publishing.publish`."""
        from kgtool import publishing

        return publishing.publish(
            self.layout, url, self.config, provenance=provenance, protocol=protocol, queries=queries, anew=anew,
            dry_run=dry_run,
        )  # fmt: skip

    def validate(self, shapes: str | Path | None = None) -> Checked:
        """Check the facts against shapes (SHACL): a file, or what the setting ``shapes`` names.

        Raises:
            UsageError: when none are named, or they cannot be used.
        """
        from kgtool.making import make_shapes
        from kgtool.store.shacl import check

        named = {} if shapes is None else {"shapes": str(shapes)}
        config = replace(self.config, values={**self.config.values, **named})
        if not config["shapes"]:
            hint = "--shapes FILE; kgtool validate --infer-shapes makes some to begin with"
            raise UsageError("no shapes are named", hint)
        found = make_shapes(config)
        return check(self.store.facts(), found, self.store.space)

    def infer_shapes(self, *, support: int = 10, share: float = 0.95) -> str:
        """Shapes that the facts follow, as Turtle; see :func:`kgtool.store.profile.infer`."""
        from kgtool.store import profile

        return profile.infer(self.store.facts(), self.store.space, profile.Limits(support, share))

    def review(self) -> str:
        """The pairs of names that the rules left open, as a table; see :func:`kgtool.review.table`."""
        from kgtool import review

        return review.table(self.layout)

    def decide(self, table: str) -> int:
        """Record the decisions filled into such a table; see :func:`kgtool.review.read`."""
        from kgtool import review

        return review.read(self.layout, table)

    def query(
        self, sparql: str, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
    ) -> Results:
        """Run a SPARQL query; see :meth:`kgtool.ports.Store.query`."""
        return self.store.query(sparql, parameters=parameters, allow_service=allow_service)

    @cached_property
    def texts(self) -> TextIndex:
        """The labels, aliases and quotes of the published graph."""
        return self.layout.open_texts()

    def search(self, text: str, *, limit: int = 10, kinds: Sequence[str] = ("label", "alias", "quote")) -> Found:
        """What has the words of a text; see :meth:`kgtool.store.textindex.TextIndex.search`."""
        return self.texts.search(text, limit, kinds)

    def resolve(self, name: str) -> tuple[str, tuple[Hit, ...]]:
        """The IRI of what is called so, and what else is; see :func:`kgtool.view.lookup.resolve`."""
        from kgtool.view.lookup import resolve

        return resolve(self.store, self.texts, name)

    def entity(self, name: str) -> str:
        """The IRI of an entity that is given by it, with or without angle brackets, or by a name.

        Raises:
            NotFoundError: when nothing is called so; the hint has the nearest names.
            UsageError: when several things are, or where the graph is at an endpoint and it is no IRI.
        """
        bare = name.strip().removeprefix("<").removesuffix(">")
        return bare if is_iri(bare) else self.resolve(name)[0]

    def show(self, name: str, *, limit: int = 10) -> Card:
        """What is known about an entity; see :func:`kgtool.view.card.card`."""
        from kgtool.view.card import card

        iri, _ = self.resolve(name)
        return card(self.store, iri, limit)

    def draw(self, name: str | None = None, *, hops: int = 1, top: int = 100) -> tuple[str, Choice]:
        """An HTML page of the neighbourhood of an entity, or of the entities with the most facts, and what is on it."""
        from kgtool.store.labels import labels
        from kgtool.view import choice, page

        if name is None:
            chosen = choice.best(self.edges, top)
            return page.page(self.store, self.edges, chosen, "Knowledge graph"), chosen
        iri, _ = self.resolve(name)
        chosen = choice.neighbourhood(self.edges, iri, hops, top)
        return page.page(self.store, self.edges, chosen, labels(self.store, [iri])[iri], iri), chosen

    @cached_property
    def edges(self) -> Edges:
        """The facts of the published graph as arrays."""
        return self.layout.open_edges()

    def stats(self, *, top: int = 10, seed: int = 0) -> dict[str, Any]:
        """Figures of the whole graph, with labels; see :func:`kgtool.store.statistics.describe`."""
        from kgtool.view.figures import figures

        return figures(self.store, self.edges, top=top, seed=seed)

    @cached_property
    def encoder(self) -> Encoder | None:
        """The encoder that the settings name; with ``auto`` the light one, where it is installed."""
        return encode.chosen(self.config.text("encoder"))

    @cached_property
    def calls(self) -> Calls:
        """What reasoning has to do with a language model; answers are kept in its journal, if it can be written."""
        from kgtool.calls import Calls
        from kgtool.journal import Journal
        from kgtool.store.address import is_url

        if is_url(self.config.text("store")) or not os.access(self.layout.journal, os.W_OK):
            return Calls(self.config, Path(":memory:"))
        with Journal.open(self.layout.journal):  # one of an older version is brought up to date
            return Calls(self.config, self.layout.journal)

    @cached_property
    def reasoner(self) -> Reasoner:
        """The reasoner that the settings name, over the published graph."""
        return self.make_reasoner()

    def make_reasoner(self, store: Store | None = None, *, raw: bool = False) -> Reasoner:
        """The reasoner that the settings name.

        Args:
            store: the graph that it answers from; the published one when None.
            raw: without a bar for abstaining, and with confidences as they are before calibration.

        Raises:
            UsageError: when there is none of that name, or a flag of another one is given.
            NotFoundError: when the graph is at an endpoint, and empty.
        """
        from inspect import signature

        from kgtool import predicting, registry
        from kgtool.store.remote import RemoteStore

        if store is None and isinstance(self.store, RemoteStore):
            self.store.check_facts()
        name = self.config.text("reasoner")
        kind = registry.get("reasoner", name)
        takes = signature(kind).parameters
        for key in ("variant", "pruner"):
            if key not in takes and self.config.origins.get(key) == "flag":
                raise UsageError(f"the reasoner {name} has no {key}", f"--{key} goes with --reasoner tog")
        more: dict[str, Any] = {key: self.config[key] for key in ("variant", "pruner", "allow_parametric", "seed")}
        more["asking"] = self.asking
        if self.config.text("llm"):
            more["model"] = self.calls.model("reasoning")
        if width := self.config["beam_width"]:
            more["width"] = width
        if not raw and name in self.calibrations:
            more["calibration"] = self.calibrations[name]
        made: Reasoner = kind(
            self.store if store is None else store,
            encoder=self.encoder,
            depth=self.config["beam_depth"],
            abstain_below=0.0 if raw else self.config["abstain_below"],
            scorer=predicting.make_scorer(self.config),
            **{key: value for key, value in more.items() if key in takes},
        )
        return made

    @cached_property
    def asking(self) -> Asking:
        """How the settings have a language model take part in reasoning.

        Raises:
            UsageError: for a strategy that does not exist.
        """
        from kgtool.reason.session import Asking

        return Asking(
            self.config.text("strategy"),
            cascade=self.config["cascade"],
            queries=self.config["propose_queries"],
            verify=self.config["verify_answers"],
            unverified=self.config["allow_unverified"],
            parametric=self.config["allow_parametric"],
        )

    def estimate_reasoning(self, questions: Iterable[str]) -> Estimate:
        """What answering questions would ask of the language model at most, repairs aside; nothing is sent.

        Raises:
            UsageError: when the settings name no model, or a reasoner that asks none.
        """
        self.calls.model("--estimate")
        requests = getattr(self.reasoner, "requests", None)
        if requests is None:
            raise UsageError("this reasoner cannot say what it will ask", "leave out --estimate")
        return self.calls.estimate(request for question in questions for request in requests(question))

    @cached_property
    def calibrations(self) -> dict[str, Calibration]:
        """What confidences mean, by the names of reasoners; none were fitted for an endpoint."""
        from kgtool.reason import calibration
        from kgtool.store.address import is_url

        return {} if is_url(self.config.text("store")) else calibration.load(self.layout.calibration)

    def calibrate(self, fitted: Calibration | None) -> None:
        """Keep what confidences of the reasoner in force mean, or drop it with None.

        Raises:
            UsageError: when that reasoner takes no calibration.
        """
        from inspect import signature

        from kgtool import registry
        from kgtool.layout import replace_file
        from kgtool.reason import calibration

        self.layout.published()
        name = self.config.text("reasoner")
        if "calibration" not in signature(registry.get("reasoner", name)).parameters:
            raise UsageError(f"the reasoner {name} takes no calibration", "leave out --fit")
        kept = {n: c for n, c in self.calibrations.items() if n != name} | ({name: fitted} if fitted else {})
        replace_file(self.layout.calibration, calibration.dumps(kept))
        for cached in ("calibrations", "reasoner"):
            self.__dict__.pop(cached, None)

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Answer a question from the graph; with sentences of the texts where the setting ``hybrid`` wants them.

        See :class:`kgtool.ports.Reasoner`.

        Raises:
            ConfigError: when that setting has no such value.
            NotFoundError: when an entity is not in the graph.
        """
        from kgtool.reason.caveats import asked

        hybrid = self.config.text("hybrid")
        if hybrid not in {"abstained", "always", "never"}:
            raise ConfigError(f"hybrid must be abstained, always or never, not {hybrid!r}", "correct the value")
        found = asked(self.reasoner, question, entities=entities, trace=trace)
        if hybrid == "always" or (hybrid == "abstained" and found.abstained):
            return replace(found, text_evidence=self.passages(question))
        return found

    def passages(self, question: str) -> tuple[Passage, ...]:
        """Sentences that may answer a question; none at an endpoint. See :mod:`kgtool.reason.passages`."""
        from kgtool.reason.passages import passages
        from kgtool.store.address import is_url

        if is_url(self.config.text("store")):
            return ()
        return passages(question, self.texts, self.store, self.encoder)

    def correct(
        self,
        question: str,
        *,
        rejected: Sequence[str] = (),
        asserted: Sequence[str] = (),
        entities: Sequence[str] = (),
        trace: Trace = silent,
    ) -> tuple[Answer, Answer, Corrections]:
        """Answer a question as the graph is and as it would be without some facts and with others.

        The graph stays as it is; ``update(corrections.sparql)`` changes it.

        Args:
            question: in words.
            rejected: facts to take out; see :func:`kgtool.correcting.corrections`.
            asserted: facts to add.
            entities: see :class:`kgtool.ports.Reasoner`.
            trace: of the second answer.

        Returns:
            the answer before, the answer after, and the corrections.

        Raises:
            UsageError: for what is no fact or may mean several, and where the graph is at an endpoint.
            NotFoundError: for a rejected fact that the graph does not have.
        """
        from kgtool.correcting import corrections
        from kgtool.reason.caveats import asked

        found = corrections(self.layout.open_graph(), question, rejected, asserted)
        before = self.reason(question, entities=entities)
        with self.layout.trial(found.sparql) as changed:
            after = asked(self.make_reasoner(changed), question, entities=entities, trace=trace)
        return before, after, found

    def explain(self, subject: str, predicate: str, object: str) -> Explanation:
        """Why the graph holds a statement (or does not): evidence and decisions."""
        from kgtool.explain import explain

        return explain(self.store, subject, predicate, object)

    def explain_entity(self, name: str) -> EntityExplanation:
        """Why names are one entity; see :func:`kgtool.explain.explain_entity`."""
        from kgtool.explain import explain_entity

        return explain_entity(self.store, name)

    def export_neo4j(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The facts as CSV files for Neo4j, each by its name; see :func:`kgtool.store.property_graphs.neo4j`."""
        from kgtool.store.property_graphs import neo4j

        return neo4j(self.store)

    def export(self, *, format: str = "nq", provenance: str = "graphs") -> Iterator[bytes]:
        """The graph in a format, in a fixed order; see :func:`kgtool.store.export.export`."""
        from kgtool.store.export import export

        return export(self.store, format=format, provenance=provenance)

    def status(self) -> dict[str, Any]:
        """Figures of the published graph, and what is pending."""
        from kgtool import predicting
        from kgtool.journal import Journal

        manifest = self.layout.manifest()
        if manifest is None and not self.layout.journal.is_file():
            raise NotFoundError(f"no store at {self.layout.root}", "make one with: kgtool build PATHS")
        with Journal.open(self.layout.journal) as journal:
            failures, above = journal.failures(), journal.layers()
        row: dict[str, Any] = dict.fromkeys(("documents", "chunks", "triples", "entities", "relations"), 0)
        if manifest:
            row |= {key: getattr(manifest, key) for key in row}
        published = self.layout.graph / "manifest.json"
        return row | {
            "revision": manifest.revision if manifest else "",
            "last_build": int(published.stat().st_mtime) if manifest else None,
            "pending": len(failures),
            "failures": [{"path": str(Path(root) / name), "error": error} for root, name, error in failures],
            "imports": len(above.imports),
            "imported": sum(i.statements for i in above.imports),
            "updates": len(above.updates),
            "quarantined": manifest.gate.statements if manifest else 0,
            "embeddings": predicting.status(self.layout),
            "calibration": {name: c.questions for name, c in sorted(self.calibrations.items())},
            "locked": is_locked(self.layout),
        }

    def as_rdflib(self) -> Any:
        """The published graph as an rdflib ``Dataset``, answered by Oxigraph."""
        from oxrdflib import OxigraphStore as RdflibStore
        from rdflib import Dataset

        return Dataset(store=RdflibStore(store=self.store.raw), default_union=False)

    def as_networkx(self) -> Any:
        """The facts as a ``networkx.MultiDiGraph``: nodes are IRIs or literals, edges are keyed by relation."""
        from kgtool.store.networks import as_networkx

        return as_networkx(self.store)


__all__: Sequence[str] = ("KnowledgeGraph", "open")
