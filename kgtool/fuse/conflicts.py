"""Statements that cannot all be true, by what the user says about their relations.

Nothing is learnt or guessed: a relation without a policy may have many objects, and a statement that loses keeps its
evidence and its reason. What a policy implies (the other direction of a symmetric relation, the inverse) is published
as inferred, with the policy as its justification.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kgtool.iri import slug
from kgtool.model import LiteralValue, Policy, Relation, Statement

DATED = frozenset({"date", "gYear", "gYearMonth"})

Known = Mapping[str, Policy]
"""Policies by the identifier of their relation."""


@dataclass(frozen=True)
class Tie:
    """Statements of which one can be true, and which as many documents state; the strongest first.

    Args:
        rule: why they exclude one another.
        candidates: two or more.
    """

    rule: str
    candidates: tuple[Statement, ...]


@dataclass(frozen=True)
class Choice:
    """The candidate of a tie that was chosen, and by whom and why."""

    winner: Statement
    said: str


def policies_of(relations: Iterable[Relation], policies: Mapping[str, Policy]) -> dict[str, Policy]:
    """The policies by the identifiers of the graph's relations, which are named by label, alias or identifier."""
    names: dict[str, str] = {}
    for relation in sorted(relations):
        for name in (relation.id, relation.label, *relation.aliases):
            names.setdefault(folded(name), relation.id)
    found: dict[str, Policy] = {}
    for name, policy in sorted(policies.items()):
        if folded(name) not in names:
            continue
        others = tuple(names[folded(n)] for n in policy.disjoint if folded(n) in names)
        inverse = names.get(folded(policy.inverse), "")
        found[names[folded(name)]] = replace(policy, disjoint=others, inverse=inverse)
    return found


def inverses(relations: Iterable[Relation], policies: Mapping[str, Policy]) -> list[Relation]:
    """The inverses that are declared and that no text uses, as relations of their own."""
    known = {folded(n) for r in relations for n in (r.id, r.label, *r.aliases)}
    wanted = {p.inverse for n, p in policies.items() if p.inverse and folded(n) in known}
    return [Relation(slug(n), n) for n in sorted(wanted) if folded(n) not in known]


def folded(name: str) -> str:
    """A relation's name for comparison."""
    return " ".join(name.replace("_", " ").casefold().split())


def settle(
    statements: Sequence[Statement], known: Known, choices: Mapping[Tie, Choice] | None = None
) -> tuple[Statement, ...]:
    """The statements, those that lose against others with the status ``loser`` and the reason.

    Args:
        statements: all of a graph, of which the published ones compete; a predicted one, which has the support of no
            document, never wins against them.
        known: policies by relation.
        choices: what was said about ties.
    """
    lost, _ = contest(statements, known, choices or {})
    return tuple(replace(s, status="loser", reason=lost[s.key]) if s.key in lost else s for s in statements)


def ties(statements: Sequence[Statement], known: Known) -> list[Tie]:
    """The ties in which less than the number of documents decides, in the order of their groups, each once."""
    return list(dict.fromkeys(contest(statements, known, {})[1]))


def contest(
    statements: Sequence[Statement], known: Known, choices: Mapping[Tie, Choice]
) -> tuple[dict[tuple[str, str, str, str], str], list[Tie]]:
    """Why the losers lose, by their keys; and the ties."""
    lost: dict[tuple[str, str, str, str], str] = {}
    found: list[Tie] = []
    for group, rule in groups([s for s in statements if s.status in {"published", "inferred"}], known):
        standing = sorted((s for s in group if s.key not in lost), key=strength)
        if len(standing) < 2:
            continue
        tie = Tie(rule, tuple(tied(standing)))
        if len(tie.candidates) > 1 and standing[0].support:
            found.append(tie)
        choice = choices.get(tie, Choice(standing[0], "is better supported"))
        winner = choice.winner
        for s in standing:
            if s is not winner and not agree(s, winner):
                lost[s.key] = f"{rule}: {worded(winner)} {choice.said}"
            elif s is not winner and s.predicate == winner.predicate:
                lost[s.key] = f"{rule}: {worded(winner)} says the same more exactly"
    return lost, found


def tied(standing: Sequence[Statement]) -> list[Statement]:
    """The strongest statement, and those from as many documents that contradict it."""
    first, *others = standing
    return [first, *(s for s in others if s.support == first.support and not agree(s, first))]


def groups(published: Sequence[Statement], known: Known) -> Iterator[tuple[list[Statement], str]]:
    """Statements of which one can be true, with the rule that says so; in the order of their terms."""
    slots: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    pairs: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for s in published:
        slots[s.subject, s.predicate].append(s)
        if isinstance(s.object, str):
            pairs[s.subject, s.object].append(s)
    for (_, predicate), group in sorted(slots.items()):
        if len(group) > 1 and known.get(predicate, Policy()).functional:
            yield group, f"{predicate} has one object"
    for s in published:
        policy = known.get(s.predicate, Policy())
        if not isinstance(s.object, str):
            continue
        if policy.asymmetric:
            back = [o for o in pairs.get((s.object, s.subject), []) if o.predicate == s.predicate and s.key < o.key]
            yield from (([s, o], f"{s.predicate} goes one way") for o in back)
        for other in pairs[s.subject, s.object]:
            if other.predicate in policy.disjoint and other.predicate != s.predicate:
                yield [s, other], f"{s.predicate} excludes {other.predicate}"


def strength(s: Statement) -> tuple[float, float, int, tuple[str, str, str, str]]:
    """Order of candidates: most documents, most confidence, most exact value, then by their terms."""
    exact = len(s.object.value) if isinstance(s.object, LiteralValue) and s.object.datatype in DATED else 0
    return (-s.support, -s.confidence, -exact, s.key)


def agree(a: Statement, b: Statement) -> bool:
    """Whether one statement has the other's date, less exactly: '1912' and '1912-06-23'."""
    if not (isinstance(a.object, LiteralValue) and isinstance(b.object, LiteralValue)):
        return False
    short, long = sorted((a.object.value, b.object.value), key=len)
    return {a.object.datatype, b.object.datatype} <= DATED and long.startswith(short)


def implied(statements: Sequence[Statement], known: Known) -> Iterator[Statement]:
    """What published statements imply by symmetric relations and inverses and no sentence says; each once."""
    said = {s.key for s in statements}
    for s in statements:
        if s.status != "published" or not isinstance(s.object, str) or s.predicate not in known:
            continue
        policy = known[s.predicate]
        other = s.predicate if policy.symmetric else policy.inverse
        made = Statement(s.object, other, s.subject, "inferred", s.confidence, s.support, (), "")
        if other and made.key not in said:
            said.add(made.key)
            rule = "is symmetric" if policy.symmetric else f"is the inverse of {other}"
            yield replace(made, reason=f"{s.predicate} {rule}: {worded(s)}")


def worded(s: Statement) -> str:
    """A statement as its identifiers."""
    return f"{s.subject} {s.predicate} {s.key[2]}"
