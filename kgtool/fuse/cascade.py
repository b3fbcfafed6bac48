"""The default fuser: a deterministic cascade over all triples at once, no model calls.

It keeps the three ideas of Graphusion (Yang et al., "Graphusion: A RAG Framework for Scientific Knowledge Graph
Construction with a Global Perspective", WWW 2025 companion, step 3) and departs from it: fusion is global instead of
per concept, and deterministic rules come first. Conflicts are settled by the policies that the user declares; new links
are found by rules that the graph itself follows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from kgtool.fuse import conflicts, discovery, names, predicates
from kgtool.fuse.discovery import Discovery
from kgtool.fuse.entities import Resolution, resolve
from kgtool.fuse.judging import Judge
from kgtool.fuse.mentions import collect, top
from kgtool.fuse.objections import objection
from kgtool.fuse.predicates import relation_key
from kgtool.iri import is_iri, slug
from kgtool.model import (
    Decision,
    Entity,
    Fusion,
    LiteralValue,
    Policy,
    Relation,
    Ruling,
    Statement,
    Triple,
    canonical_json,
    digest,
)
from kgtool.ports import LinkScorer

VERSION = "3"
PLURAL = ("are ", "were ", "have ")
MAX_ALIASES = 50
"""Most aliases shown of one entity; the journal has them all."""


class CascadeFuser:
    """Normalise, block, compare, cluster, name; then one statement per subject, predicate and object.

    Args:
        publish_above: statements with a lower confidence are withheld.
        policies: what holds of relations, by their names.
        rulings: what people said about names.
        discover: whether links that no sentence states are proposed.
        scorer: what tells linked entities besides text and neighbours, for discovery.
    """

    def __init__(
        self,
        publish_above: float = 0.75,
        policies: Mapping[str, Policy] | None = None,
        rulings: Iterable[Ruling] = (),
        discover: bool = True,
        scorer: LinkScorer | None = None,
    ) -> None:
        self.publish_above = publish_above
        self.policies = dict(sorted((policies or {}).items()))
        self.rulings = sorted(rulings)
        self.discover = discover
        self.scorer = scorer

    def settings(self) -> Mapping[str, str]:
        """Name, version, threshold, discovery and, where there are some, policies and rulings."""
        found = {"fuser": "cascade", "version": VERSION, "publish_above": str(self.publish_above)}
        if self.discover:
            found["discovery"] = discovery.VERSION
        if self.discover and self.scorer is not None:
            found["scorer"] = digest(canonical_json(dict(self.scorer.settings())))[:16]
        if self.policies:
            found["policies"] = digest(canonical_json({k: asdict(p) for k, p in self.policies.items()}))[:16]
        if self.rulings:
            found["rulings"] = digest(*(part for r in self.rulings for part in (r.kind, r.a, r.b)))[:16]
        return found

    def fuse(self, triples: Sequence[Triple], judge: Judge | None = None) -> Fusion:
        """Fuse all triples; see :class:`kgtool.ports.Fuser`. ``judge`` is asked about what the rules leave open."""
        texts = [t for t in triples if t.status != "inferred"]  # what a model predicts says nothing of names
        resolution = resolve(collect(texts), self.rulings, judge)
        entities = name_entities(triples, resolution)
        ids = {g: e.id for g, e in entities.items()}
        relations = name_relations(triples)
        stated = state(triples, resolution, ids, relations)
        named = {*relations.values(), *conflicts.inverses(relations.values(), self.policies)}
        known = conflicts.policies_of(named, self.policies)
        candidates = [self.withheld(s) for s in stated]
        ties = conflicts.ties(candidates, known) if judge is not None else []
        choices = judge.conflicts(ties) if judge is not None and ties else {}
        settled = conflicts.settle(candidates, known, choices)
        statements = [*settled, *conflicts.implied(settled, known)]
        if self.discover:
            types = {e.id: e.type for e in entities.values()}
            denied = predicates.denials(relations)
            statements += Discovery(statements, triples, types, known, denied, self.scorer).found(self.publish_above)
        used = {s.subject for s in statements} | {s.object for s in statements}
        merged = (judged(d, resolution, ids) for d in resolution.decisions)
        return Fusion(
            entities=tuple(sorted(e for e in entities.values() if e.id in used)),
            relations=tuple(sorted(named)),
            statements=tuple(sorted(statements, key=lambda s: s.key)),
            decisions=tuple(sorted({*merged, *predicates.merges(triples, relations)})),
        )

    def withheld(self, statement: Statement) -> Statement:
        """The statement, rejected when it would be published on too weak evidence."""
        if statement.status not in {"published", "inferred"} or statement.confidence >= self.publish_above:
            return statement
        return replace(statement, status="rejected", reason=f"its confidence is below {self.publish_above}")


# entities


def name_entities(triples: Sequence[Triple], resolution: Resolution) -> dict[str, Entity]:
    """The entity of each group: its name is the most frequent full form, the others are aliases.

    Triples that a model predicts name only what no other triple names.
    """
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    types: dict[str, Counter[str]] = defaultdict(Counter)
    stated: set[str] = set()
    for t in sorted(triples, key=lambda t: t.status == "inferred"):
        ends = [(t.subject, t.subject_type)] + ([] if t.datatype else [(t.object, t.object_type)])
        for name, kind in ends:
            group = resolution.group(name, t.evidence.document)
            if t.status != "inferred":
                stated.add(group)
            elif group in stated:
                continue
            if group:
                surfaces[group][resolution.mentions.label(name)] += 1
                if kind:
                    types[group][kind] += 1
    surfaces = {g: names.without_titles(counts) for g, counts in surfaces.items()}
    labels = {g: canonical(own(counts, g, surfaces, resolution)) for g, counts in surfaces.items()}
    slugs = Counter(slug(label) for label in labels.values())
    found = {}
    for group, label in sorted(labels.items()):
        short = slug(label)
        identifier = short if slugs[short] == 1 else f"{short}~{digest(group)[:8]}"
        aliases = sorted(set(surfaces[group]) - {label})[:MAX_ALIASES]
        found[group] = Entity(identifier, label, tuple(aliases), top(types[group]))
    return found


def own(counts: Counter[str], group: str, groups: Collection[str], resolution: Resolution) -> Counter[str]:
    """The forms of a group that name no other group where no document says otherwise; all, if there are no others.

    So two entities do not get one name: 'United States' in one document for the United States of America.
    """
    if len(counts) == 1:
        return counts
    elsewhere = {n: resolution.group(n, "") for n in counts}
    found = {n: c for n, c in counts.items() if elsewhere[n] == group or elsewhere[n] not in groups}
    return Counter(found or counts)


def canonical(counts: Counter[str]) -> str:
    """The name of an entity: of its full forms the most frequent, then the longest, then the first in order.

    A form with its acronym in brackets is taken only where there is no other.
    """
    if len(counts) == 1:
        return next(iter(counts))
    full = [n for n in counts if not any(is_shorter(n, o) for o in counts if o != n)]
    plain = [n for n in full if not names.bracketed(n)[1]]
    return min(plain or full or counts, key=lambda n: (-counts[n], -len(n), n))


def is_shorter(name: str, other: str) -> bool:
    """Whether one form abbreviates the other: an acronym, a surname, initials."""
    a, b = names.key(name).split(), names.key(other).split()
    if names.is_acronym(name, other) and len(b) > 1:
        return True
    if len(a) == 1 and len(b) > 1:
        return a[0] in b
    initials = sum(len(w) == 1 for w in a)
    return initials > sum(len(w) == 1 for w in b) and names.compatible(tuple(a), tuple(b))


def judged(decision: Decision, resolution: Resolution, ids: Mapping[str, str]) -> Decision:
    """The decision with an entity's identifier as verdict instead of a normal form."""
    group = resolution.root.get(decision.verdict, decision.verdict)
    return replace(decision, verdict=ids.get(group, slug(group)))


# relations


def name_relations(triples: Sequence[Triple]) -> dict[str, Relation]:
    """The relation of each canonical form, named by its most frequent asserted surface form.

    Its identifier is made of the form that most triples bring, so that a form which nothing is joined to keeps its own.
    """
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    asserted: dict[str, Counter[str]] = defaultdict(Counter)
    spoken: dict[str, Counter[str]] = defaultdict(Counter)
    for t in triples:
        form = relation_key(t)
        said = predicates.spoken(t)
        shown = " ".join(t.predicate.split()) or said
        surfaces[form][shown] += 1
        spoken[form][said] += 1
        if t.status == "asserted":
            asserted[form][shown] += 1
    chosen = {form: plainest(counts) for form, counts in sorted(spoken.items())}
    slugs = Counter(slug(form) for form in chosen.values())
    found = {}
    for form, said in chosen.items():
        label = plainest(asserted[form] or surfaces[form])
        own = said if is_iri(said) else slug(said)
        identifier = own if slugs[slug(said)] == 1 else f"{own}~{digest(form)[:8]}"
        aliases = sorted({s.lower() for s in asserted[form]} - {label.lower()})[:MAX_ALIASES]
        found[form] = Relation(identifier, label, tuple(aliases))
    return found


def plainest(counts: Counter[str]) -> str:
    """The most frequent surface form, singular before plural; of equals the shortest, then the first in order."""
    return min(counts, key=lambda n: (n.lower().startswith(PLURAL), -counts[n], len(n), n))


# statements


def state(
    triples: Sequence[Triple],
    resolution: Resolution,
    ids: Mapping[str, str],
    relations: Mapping[str, Relation],
) -> tuple[Statement, ...]:
    """One statement per subject, predicate and object; it is published when some sentence asserts it."""
    groups: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    objects: dict[tuple[str, str, str, str], str | LiteralValue] = {}
    for i, t in enumerate(triples):
        subject = end(t.subject, t, resolution, ids)
        other = LiteralValue(t.value or t.object, t.datatype) if t.datatype else end(t.object, t, resolution, ids)
        predicate = relations[relation_key(t)].id
        value, datatype = (other.value, other.datatype) if isinstance(other, LiteralValue) else (other, "")
        key = (subject, predicate, value, datatype)
        groups[key].append(i)
        objects[key] = other
    found = []
    for key, sources in groups.items():
        subject, predicate, value, datatype = key
        carried = [triples[i] for i in sources]
        if not datatype and all(t.status == "inferred" for t in carried):
            found.append(predicted(key, carried, tuple(sources)))
            continue
        objections = [objection(t) for t in carried]
        reason = rejection(objections) or ("both ends are one entity" if subject == value and not datatype else "")
        used = [t for t, against in zip(carried, objections, strict=True) if not against] or carried
        support, sure = support_of(used)
        status = "rejected" if reason else "published"
        found.append(Statement(subject, predicate, objects[key], status, sure, support, tuple(sources), reason))
    return tuple(sorted(found, key=lambda s: s.key))


def predicted(key: tuple[str, str, str, str], carried: Sequence[Triple], sources: tuple[int, ...]) -> Statement:
    """A statement that no sentence makes and a model predicts: inferred, without the support of any document."""
    subject, predicate, value, _ = key
    best = max(carried, key=lambda t: (t.confidence, t.evidence))
    against = objection(replace(best, status="asserted")) or ("both ends are one entity" if subject == value else "")
    model = " ".join(filter(None, (best.evidence.extractor, best.evidence.model)))
    reason = against or f"predicted by {model or 'an unnamed model'}, probability {best.confidence:.2f}"
    status = "rejected" if against else "inferred"
    return Statement(subject, predicate, value, status, round(best.confidence, 4), 0, sources, reason)


def end(name: str, triple: Triple, resolution: Resolution, ids: Mapping[str, str]) -> str:
    """The entity of one end of a triple; of a pronoun, a name that nothing else has."""
    group = resolution.group(name, triple.evidence.document)
    return ids.get(group) or f"{slug(name)}~unnamed"


def rejection(objections: Sequence[str]) -> str:
    """Why none of some triples may be published, by what speaks against each; empty when one may."""
    return "" if "" in objections else "; ".join(sorted(set(objections)))


def support_of(carried: Sequence[Triple]) -> tuple[int, float]:
    """Number of documents, and the probability that at least one document's best evidence is right."""
    best: dict[str, float] = {}
    for t in carried:
        best[t.evidence.document] = max(best.get(t.evidence.document, 0.0), t.confidence)
    wrong = 1.0
    for document in sorted(best):
        wrong *= 1.0 - min(best[document], 0.999)
    return len(best), round(1.0 - wrong, 4)
