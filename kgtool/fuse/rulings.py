"""What people say about names: it comes before every rule, and survives every rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgtool.errors import UsageError
from kgtool.fuse import names
from kgtool.fuse.clustering import Groups
from kgtool.model import Ruling


def ruling(kind: str, a: str, b: str) -> Ruling:
    """A ruling about two names, in the order of the names.

    Raises:
        UsageError: for names that are one to begin with, or that name nothing.
    """
    for name in (a, b):
        if names.is_empty(name):
            raise UsageError(f"{name!r} names nothing", "give names as they stand in the texts")
    if names.key(a) == names.key(b):
        raise UsageError(f"{a!r} and {b!r} are one name: case, articles and plural do not count", "nothing to decide")
    first, second = sorted((a, b), key=lambda n: (names.key(n), n))
    return Ruling("same" if kind == "same" else "different", first, second)


def check(rulings: Iterable[Ruling]) -> None:
    """Do nothing, unless rulings contradict one another, also through third names.

    Raises:
        UsageError: naming the two rulings' names.
    """
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.get(name, name) != name:
            name = root[name]
        return name

    told = sorted(rulings)
    for r in (r for r in told if r.kind == "same"):
        one, other = sorted((find(names.key(r.a)), find(names.key(r.b))))
        root[other] = one
    for r in (r for r in told if r.kind == "different"):
        if find(names.key(r.a)) == find(names.key(r.b)):
            raise UsageError(
                f"{r.a!r} and {r.b!r} are said to be the same and to be different",
                "withdraw one of them: kgtool merge --undo, kgtool split --undo",
            )


def apply(rulings: Sequence[Ruling], groups: Groups) -> None:
    """Keep apart and merge what people said, of the names that the corpus has."""
    known = groups.mentions.surfaces
    told = [(r.kind, *sorted((names.key(r.a), names.key(r.b)))) for r in rulings]
    present = sorted((kind, a, b) for kind, a, b in set(told) if a in known and b in known)
    for kind, a, b in present:
        if kind == "different":
            groups.veto("said by a person", a, b)
    for kind, a, b in present:
        if kind == "same":
            groups.pin(a, b)
