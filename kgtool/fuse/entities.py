"""Which names are one entity: normalise, block, compare, cluster. Every merge is a decision with its rule.

A mention is a name in a document. Spellings, aliases and people's names are merged over the whole corpus; short forms
("Turing", "Moore School") are understood per document, since another document may mean another Turing. Only a name
whose documents say nothing else (triples without a text around them) is compared with the fuller names of the corpus.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgtool.fuse import blocking, judging, names, rulings, scoring
from kgtool.fuse.clustering import Groups
from kgtool.fuse.judging import Judge
from kgtool.fuse.mentions import Mentions
from kgtool.fuse.shortening import Shortener, related, said_of
from kgtool.model import Decision, Ruling

ALIKE = 0.5
"""Least probability of two names that resemble one another, merged or left open."""
TYPICAL = 3
"""How many times more often a name must be written than another way of writing it that resembles it."""
LONGEST = 500
"""Characters above which a name is a text that is not compared with others word by word: that takes minutes a pair."""
LONG = 4
"""Letters from which on a name with a hyphen and one without are the same."""
INITIAL = re.compile(r"[^\W\d_]\.\s?[^\W\d_]{2}")
ACRONYM = 3
"""Letters from which on an acronym is looked up among the initials of all names."""
TURNED = 0.8
"""Probability of a turned name, not measured: the University of Oxford is Oxford University, that of York is not."""

SHOWN = 10
"""Most names that a decision about a short form lists."""


@dataclass
class Resolution:
    """Names to groups. ``root`` maps a normal form to its group; ``local`` overrides it in one document."""

    mentions: Mentions
    root: dict[str, str]
    local: dict[tuple[str, str], str]
    decisions: list[Decision]

    def group(self, name: str, document: str) -> str:
        """The group of a name in a document; empty for what names nothing."""
        normal = self.mentions.normal(name)
        found = self.local.get((normal, document), normal)
        return self.root.get(found, found)


def resolve(mentions: Mentions, told: Sequence[Ruling] = (), judge: Judge | None = None) -> Resolution:
    """Cluster all names; ``told`` is what people said about some of them, ``judge`` is asked about what stays open."""
    groups = Groups(mentions)
    local: dict[tuple[str, str], str] = {}
    rulings.apply(told, groups)
    acronyms(mentions, groups, local)
    bracketed(mentions, groups)
    person_variants(mentions, groups)
    initials(mentions, groups)
    forms = {n: names.variant(n, mentions.singulars) for n in sorted(mentions.surfaces)}
    spellings(mentions, groups, forms)
    hyphens(mentions, groups, forms)
    initialisms(mentions, groups)
    Shortener(mentions, groups, forms).run()
    similar(mentions, groups, forms)
    short_forms(mentions, groups, local, {names.key(n) for r in told if r.kind == "same" for n in (r.a, r.b)})
    if judge is not None:
        judging.decide(judge, groups)
    return Resolution(mentions, groups.roots(), local, groups.decisions)


# over the corpus


def acronyms(mentions: Mentions, groups: Groups, local: dict[tuple[str, str], str]) -> None:
    """Short forms that a text introduces in brackets: global when they mean one thing, else per document."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for full, short, _ in mentions.aliases:
        meanings[short].add(full)
    for short, fulls in sorted(meanings.items()):
        if len(fulls) == 1:
            groups.merge(short, next(iter(fulls)), "alias", 0.98)
        else:
            groups.veto("ambiguous alias", short, *sorted(fulls))
    for full, short, document in sorted(mentions.aliases):
        if len(meanings[short]) > 1:
            local[short, document] = full


def bracketed(mentions: Mentions, groups: Groups) -> None:
    """Names with their acronym behind them, as a part of the name: 'International Business Machines (IBM)'."""
    meanings: dict[str, list[str]] = defaultdict(list)
    for normal in sorted(mentions.surfaces):
        full, short = names.bracketed(mentions.shown(normal))
        if short:
            meanings[names.key(short)].append(normal)
            if names.key(full) in mentions.surfaces:
                groups.merge(names.key(full), normal, "bracketed acronym", 0.97)
    for short, named in sorted(meanings.items()):
        if short not in mentions.surfaces:
            continue
        if len({groups.root(n) for n in named}) == 1:
            groups.merge(named[0], short, "bracketed acronym", 0.95)
        else:
            groups.veto("ambiguous alias", short, *named[:SHOWN])


def initialisms(mentions: Mentions, groups: Groups) -> None:
    """Acronyms that no text explains, and the one name of the corpus with these initials.

    They are merged when a statement is made of both, else left open.
    """
    full: dict[str, list[str]] = defaultdict(list)
    for normal in sorted(mentions.surfaces):
        full[names.initialism(mentions.shown(normal))].append(normal)
    for short in sorted(mentions.surfaces):
        fits = full.get(short, [])
        if len(short) < ACRONYM or not mentions.shown(short).isupper() or len({groups.root(n) for n in fits}) != 1:
            continue
        own, other = groups.members(short), groups.members(fits[0])
        if own == other or related(mentions, own, other):
            continue
        if said_of(mentions, own) & said_of(mentions, other):
            groups.merge(fits[0], short, "initialism", 0.9)
        else:
            groups.decide("open", "initialism", fits[0], short, score=0.4)


def person_variants(mentions: Mentions, groups: Groups) -> None:
    """Full names of one person: 'Alan Turing', 'A. M. Turing'. Ambiguous ones stay apart.

    Blocked by the surname and the first letter; in a block a first name is compared with itself and its initial.
    """
    blocks: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for normal in sorted(mentions.types):
        words = names.person_words(normal)
        if len(words) > 1 and mentions.is_person(normal):
            blocks[words[-1], words[0][0]][words[0]].append(normal)
    links = []
    for (_, letter), block in sorted(blocks.items()):
        fits = dict(fitting(block, letter))
        for a, b in sorted((n, m) for n, near in fits.items() for m in near if n < m):
            if apart(mentions, a, b):
                groups.veto("two full names in one document", a, b)
            elif clash := clashing(mentions, fits, a, b):
                groups.veto("fits several people", a, b, *clash[:SHOWN])
            else:
                links.append((a, b))
    for a, b in sorted(links):
        groups.merge(a, b, "person name", 0.95)


def fitting(block: Mapping[str, list[str]], letter: str) -> Iterator[tuple[str, set[str]]]:
    """Each name of a block (names by first word) with the names that may name the same person."""
    everyone = [n for same in block.values() for n in same]
    for first, same in block.items():
        others = everyone if first == letter else [*same, *block.get(letter, [])]
        for a in same:
            own = names.person_words(a)
            yield a, {b for b in others if b != a and names.compatible(own, names.person_words(b))}


def apart(mentions: Mentions, a: str, b: str) -> bool:
    """Whether one document has both names, and one of them a middle name that the other lacks."""
    return bool(mentions.documents[a] & mentions.documents[b]) and not same_words(a, b)


def clashing(mentions: Mentions, fits: Mapping[str, set[str]], a: str, b: str) -> list[str]:
    """Names that fit one of two names but not the other: merging the two would decide between them."""
    others = sorted((fits[a] | fits[b]) - {a, b})
    return [o for o in others if any(o not in fits[x] or apart(mentions, o, x) for x in (a, b))]


def same_words(a: str, b: str) -> bool:
    """Whether two person names differ in titles or initials only, not in a middle name that one of them lacks."""
    return len(names.person_words(a)) == len(names.person_words(b))


def initials(mentions: Mentions, groups: Groups) -> None:
    """Names with an initial and the one name of the corpus that it fits, where no type says person: 'C. difficile'.

    A name with a middle name ("John Quincy Adams" for "J. Adams") speaks against the one without, and is not taken.
    """
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for normal in sorted(mentions.surfaces):
        words = normal.split()
        if len(words) > 1 and len(words[0]) > 1:
            blocks[words[0][0], words[-1]].append(normal)
    for short in sorted(mentions.surfaces):
        if mentions.is_person(short) or not INITIAL.match(mentions.shown(short)):
            continue
        own = tuple(short.split())
        fits = [n for n in blocks.get((own[0], own[-1]), []) if names.compatible(own, tuple(n.split()))]
        if len({groups.root(n) for n in fits}) > 1:
            groups.veto("fits several names", short, *fits[:SHOWN])
        elif fits and tuple(fits[0].split()[1:]) == own[1:]:
            groups.merge(fits[0], short, "initial", 0.9)


def spellings(mentions: Mentions, groups: Groups, forms: Mapping[str, str]) -> None:
    """Names of one variant: plural, accents, initials with and without stops, 'theory of X' and 'X theory'.

    The names of a variant are compared with its most frequent one. A person's name has no plural, a thing of a
    known type is not the plural of a common noun ('Windows' is no 'window'), and 'Réunion' is no 'reunion'.
    """
    same: dict[str, list[str]] = defaultdict(list)
    for normal, form in forms.items():
        same[form].append(normal)
    for _, block in sorted(same.items()):
        first, *others = sorted(block, key=lambda n: (-mentions.count(n), n))
        for other in others:
            if reason := unlike(mentions, first, other):
                groups.veto(reason, first, other)
            elif is_turned(first, other) and named_alone(mentions, groups, first, other):
                groups.decide("open", "turned round", first, other, score=TURNED)
            else:
                groups.merge(first, other, "spelling", 0.97)


def unlike(mentions: Mentions, a: str, b: str) -> str:
    """Why two spellings are two things; empty when they are not."""
    kinds = (mentions.kind(a), mentions.kind(b))
    if is_plural(a, b) and ("Person" in kinds or all(kinds) != any(kinds)):
        return "a name is no plural"
    small = {mentions.lower(n) > 0.5 for n in (a, b)}
    return "a name is no common noun" if len(small) > 1 and has_accents(a) != has_accents(b) else ""


def is_turned(a: str, b: str) -> bool:
    """Whether one name is 'X of Y' and the other 'Y X'."""
    return ("of" in a.split()) != ("of" in b.split())


def named_alone(mentions: Mentions, groups: Groups, a: str, b: str) -> bool:
    """Whether both are names and no statement is made of both: York University is not the University of York."""
    left, right = groups.members(a), groups.members(b)
    return not mentions.lower(a) + mentions.lower(b) and not said_of(mentions, left) & said_of(mentions, right)


def has_accents(normal: str) -> bool:
    """Whether a normal form has a letter with an accent."""
    return any(names.unaccented(w) != w for w in normal.split())


def hyphens(mentions: Mentions, groups: Groups, forms: Mapping[str, str]) -> None:
    """Names that are one word where another has a hyphen: 'multitask' and 'multi-task'."""
    joined: dict[str, list[str]] = defaultdict(list)
    for normal, form in forms.items():
        joined[form.replace(" ", "")].append(normal)
    for letters, block in sorted(joined.items()):
        written = [n for n in block if "-" in mentions.shown(n)]
        if written and len(letters) >= LONG:
            for other in (n for n in block if forms[n] != forms[written[0]]):
                groups.merge(written[0], other, "hyphen", 0.95)


def is_plural(a: str, b: str) -> bool:
    """Whether two normal forms differ by the number of a word alone."""
    words = zip(a.split(), b.split(), strict=False)
    return len(a.split()) == len(b.split()) and all(names.singular(v) == names.singular(w) for v, w in words)


def similar(mentions: Mentions, groups: Groups, forms: Mapping[str, str]) -> None:
    """Names of about the same words, and misspellings: merged where a statement is made of both, else left open.

    The rarer of the two must be much rarer, for two names that are both in use are two things; and where they differ by
    a letter, no other name may have the rarer one's word.
    """
    owners = {form: normal for normal, form in sorted(forms.items()) if len(form) <= LONGEST}
    names_of = blocking.index(owners)
    for one, other in sorted({*blocking.respelled(owners), *blocking.sharing(names_of)}):
        a, b = sorted((owners[one], owners[other]), key=lambda n: (mentions.count(n), n))
        left, right = groups.members(a), groups.members(b)
        if left == right or scoring.objection(one, other) or related(mentions, left, right):
            continue
        score = scoring.probability(
            "alike", scoring.resemblance(one, other, lambda w: scoring.rarity(len(names_of[w]), len(owners)))
        )
        odd = {*forms[a].split()} - {*forms[b].split()}
        slip = not blocking.one_edit(one, other) or all(len(names_of[w]) == 1 for w in odd)
        rarer = mentions.count(b) >= TYPICAL * mentions.count(a)
        if score >= ALIKE and slip and rarer and said_of(mentions, left) & said_of(mentions, right):
            groups.merge(b, a, "similar", score)
        elif score >= ALIKE and slip:
            groups.decide("open", "similar", b, a, score=score)


# per document


def short_forms(
    mentions: Mentions, groups: Groups, local: dict[tuple[str, str], str], settled: Collection[str] = ()
) -> None:
    """Short names, per document: the one fuller name of the same document, else (persons) the one of the corpus.

    Names of which a person said what they are (``settled``) are left as they are.
    """
    people: dict[str, set[str]] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    for normal in mentions.surfaces:
        person = mentions.is_person(normal)
        for short in names.short_forms(normal, person=person):
            (people if person else others)[short].add(normal)
    for short in sorted(mentions.surfaces):
        persons = people.get(" ".join(names.person_words(short)), set())
        candidates = {n for n in persons | others.get(short, set()) if n != short and not groups.is_apart(short, n)}
        if not candidates or short in settled or not capitalised(mentions, short):
            continue
        everywhere = {groups.root(n) for n in candidates & persons}
        for document in sorted(mentions.documents[short]):
            here = {groups.root(n) for n in candidates & mentions.in_document[document]}
            choice = here or everywhere
            shown = (mentions.shown(short), *(mentions.shown(n) for n in sorted(choice)[:SHOWN]), document)
            if len(choice) == 1 and (short, document) not in local:
                local[short, document] = next(iter(choice))
                groups.decisions.append(
                    Decision("merge", "short form", shown, next(iter(choice)), 0.9 if here else 0.8)
                )
            elif len(choice) > 1:
                groups.decisions.append(Decision("veto", "short form of several", shown, groups.root(short), 0.0))


def capitalised(mentions: Mentions, normal: str) -> bool:
    """Whether a name is written with a capital."""
    return any(c.isupper() for c in mentions.shown(normal))
