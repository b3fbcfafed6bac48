"""Which names are one entity: normalise, block, compare, cluster. Every merge is a decision with its rule.

A mention is a name in a document. Names are merged over the whole corpus; short forms ("Turing", "Moore School") are
understood per document first, since another document may mean another Turing. There is no all-pairs step and no
chaining: a name joins a group only when it fits every name in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtool.fuse import names
from kgtool.model import Decision, Triple


@dataclass
class Mentions:
    """What the corpus says about each normal form."""

    surfaces: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    types: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    documents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    in_document: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    aliases: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, name: str, kind: str, document: str) -> None:
        """Count one mention."""
        normal = names.key(name)
        self.surfaces[normal][names.label(name)] += 1
        if kind:
            self.types[normal][kind] += 1
        self.documents[normal].add(document)
        self.in_document[document].add(normal)

    def is_person(self, normal: str) -> bool:
        """Whether a name is mostly a person's."""
        return top(self.types[normal]) == "Person" if normal in self.types else False

    def shown(self, normal: str) -> str:
        """The most frequent surface form."""
        return top(self.surfaces[normal])


def top(counts: Counter[str]) -> str:
    """The most frequent; of equals the longest, then the first in order."""
    return min(counts, key=lambda k: (-counts[k], -len(k), k), default="")


def collect(triples: Iterable[Triple]) -> Mentions:
    """The mentions of all triples that can name an entity."""
    found = Mentions()
    for t in triples:
        document = t.evidence.document
        if not names.is_empty(t.subject):
            found.add(t.subject, t.subject_type, document)
        if not t.datatype and not names.is_empty(t.object):
            found.add(t.object, t.object_type, document)
            known = t.predicate_lemma == "also known as" and t.status == "asserted"
            if known and not names.is_empty(t.subject):
                found.aliases.add((names.key(t.subject), names.key(t.object), document))
    return found


@dataclass
class Resolution:
    """Names to groups. ``root`` maps a normal form to its group; ``local`` overrides it in one document."""

    root: dict[str, str]
    local: dict[tuple[str, str], str]
    decisions: list[Decision]

    def group(self, name: str, document: str) -> str:
        """The group of a name in a document; empty for what names nothing."""
        if names.is_empty(name):
            return ""
        normal = names.key(name)
        found = self.local.get((normal, document), normal)
        return self.root.get(found, found)


def resolve(mentions: Mentions) -> Resolution:
    """Cluster all names."""
    links: list[tuple[str, str, str, float]] = []
    local: dict[tuple[str, str], str] = {}
    decisions: list[Decision] = []
    acronyms(mentions, links, local, decisions)
    person_variants(mentions, links, decisions)
    root = merge(mentions, links, decisions)
    short_forms(mentions, root, local, decisions)
    return Resolution(root, local, decisions)


def acronyms(
    mentions: Mentions,
    links: list[tuple[str, str, str, float]],
    local: dict[tuple[str, str], str],
    decisions: list[Decision],
) -> None:
    """Short forms that a text introduces in brackets: global when they mean one thing, else per document."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for full, short, _ in mentions.aliases:
        meanings[short].add(full)
    for short, fulls in sorted(meanings.items()):
        if len(fulls) == 1:
            links.append((short, next(iter(fulls)), "alias", 0.98))
            continue
        candidates = tuple(mentions.shown(n) for n in (short, *sorted(fulls)))
        decisions.append(Decision("veto", "ambiguous alias", candidates, short, 0.0))
    for full, short, document in sorted(mentions.aliases):
        if len(meanings[short]) > 1:
            local[short, document] = full


def person_variants(mentions: Mentions, links: list[tuple[str, str, str, float]], decisions: list[Decision]) -> None:
    """Full names of one person: 'Alan Turing', 'A. M. Turing'. Blocked by surname; ambiguous ones stay apart."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for normal in sorted(mentions.surfaces):
        words = names.person_words(normal)
        if len(words) > 1 and mentions.is_person(normal):
            blocks[words[-1]].append(normal)
    for block in blocks.values():
        fits = {
            a: [b for b in block if b != a and names.compatible(names.person_words(a), names.person_words(b))]
            for a in block
        }
        for a in block:
            for b in fits[a]:
                if a >= b:
                    continue
                pair = (mentions.shown(a), mentions.shown(b))
                if apart(mentions, a, b):
                    decisions.append(Decision("veto", "two full names in one document", pair, a, 0.0))
                elif clash := clashing(mentions, fits, a, b):
                    shown = (*pair, *(mentions.shown(c) for c in clash))
                    decisions.append(Decision("veto", "fits several people", shown, a, 0.0))
                else:
                    links.append((a, b, "person name", 0.95))


def apart(mentions: Mentions, a: str, b: str) -> bool:
    """Whether one document has both names, and one of them a middle name that the other lacks."""
    return bool(mentions.documents[a] & mentions.documents[b]) and not same_words(a, b)


def clashing(mentions: Mentions, fits: Mapping[str, list[str]], a: str, b: str) -> list[str]:
    """Names that fit one of two names but not the other: merging the two would decide between them."""
    others = sorted({*fits[a], *fits[b]} - {a, b})
    return [o for o in others if any(o not in fits[x] or apart(mentions, o, x) for x in (a, b))]


def same_words(a: str, b: str) -> bool:
    """Whether two person names differ in titles or initials only, not in a middle name that one of them lacks."""
    return len(names.person_words(a)) == len(names.person_words(b))


def merge(mentions: Mentions, links: list[tuple[str, str, str, float]], decisions: list[Decision]) -> dict[str, str]:
    """Groups from links, best first; the group is named by its first member in order."""
    members: dict[str, set[str]] = {n: {n} for n in mentions.surfaces}
    for a, b, rule, score in sorted(links, key=lambda x: (-x[3], x)):
        left, right = members[a], members[b]
        if left is right:
            continue
        if clash := disjoint(mentions, left, right):
            decisions.append(Decision("veto", "different types", (mentions.shown(a), mentions.shown(b)), clash, score))
            continue
        left |= right
        for n in right:
            members[n] = left
        decisions.append(Decision("merge", rule, (mentions.shown(a), mentions.shown(b)), min(left), score))
    return {n: min(group) for n, group in members.items()}


def disjoint(mentions: Mentions, left: set[str], right: set[str]) -> str:
    """A member whose type excludes the other group: a person is no organization, and no place."""
    kinds = [{top(mentions.types[n]) for n in group if n in mentions.types} for group in (left, right)]
    person = [("Person" in k, bool(k - {"Person", "Product", "CreativeWork"})) for k in kinds]
    clash = (person[0][0] and person[1][1] and not person[1][0]) or (person[1][0] and person[0][1] and not person[0][0])
    return min(left) if clash else ""


def short_forms(
    mentions: Mentions,
    root: Mapping[str, str],
    local: dict[tuple[str, str], str],
    decisions: list[Decision],
) -> None:
    """Short names, per document: the one fuller name of the same document, else (persons) the one of the corpus."""
    by_word: dict[str, set[str]] = defaultdict(set)
    for normal in mentions.surfaces:
        if " " in normal:
            by_word[normal.split()[-1 if mentions.is_person(normal) else 0]].add(normal)
    for short in sorted(mentions.surfaces):
        words = short.split()
        word = names.person_words(short)[-1]
        person = {n for n in by_word[word] if mentions.is_person(n) and names.is_short_for(short, n, person=True)}
        other = {
            n for n in by_word[words[0]] if not mentions.is_person(n) and names.is_short_for(short, n, person=False)
        }
        candidates = {n for n in person | other if n != short and capitalised(mentions, short)}
        if not candidates:
            continue
        everywhere = {root[n] for n in candidates & person}
        for document in sorted(mentions.documents[short]):
            here = {root[n] for n in candidates & mentions.in_document[document]}
            choice = here or everywhere
            shown = (mentions.shown(short), *(mentions.shown(n) for n in sorted(choice)), document)
            if len(choice) == 1 and (short, document) not in local:
                local[short, document] = next(iter(choice))
                decisions.append(Decision("merge", "short form", shown, next(iter(choice)), 0.9 if here else 0.8))
            elif len(choice) > 1:
                decisions.append(Decision("veto", "short form of several", shown, root[short], 0.0))


def capitalised(mentions: Mentions, normal: str) -> bool:
    """Whether a name is written with a capital."""
    return any(c.isupper() for c in mentions.shown(normal))
