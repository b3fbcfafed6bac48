"""Groups of names."""

from __future__ import annotations

from kgtool.fuse.clustering import Groups
from kgtool.fuse.mentions import collect
from kgtool.model import Evidence, Triple


def groups(*named: tuple[str, str]) -> Groups:
    """Groups over names with types, each mentioned once in a document of its own."""
    return Groups(
        collect(
            Triple(name, "is", "x", subject_type=kind, evidence=Evidence(f"d{i}", "0", 0, 0, "", "given"))
            for i, (name, kind) in enumerate(named)
        )
    )


def test_a_veto_holds_when_groups_grow() -> None:
    made = groups(("a b", ""), ("b", ""), ("c b", ""), ("c", ""))
    made.veto("two things", "a b", "c b")
    assert made.merge("b", "a b", "short", 0.9) and made.merge("c", "c b", "short", 0.9)
    assert not made.merge("b", "c", "short", 0.9)
    assert made.root("b") == made.root("a b") != made.root("c b") == made.root("c")
    assert [(d.kind, d.rule) for d in made.decisions][-1] == ("veto", "kept apart before")


def test_a_type_of_any_member_keeps_groups_apart() -> None:
    made = groups(("ada", "Person"), ("ada l", ""), ("hall", "Place"))
    assert made.merge("ada", "ada l", "short", 0.9)
    assert not made.merge("ada l", "hall", "short", 0.9)


def test_the_fullest_name_has_the_most_words() -> None:
    made = groups(("b", ""), ("b", ""), ("a b", ""), ("a b c", ""))
    made.merge("b", "a b c", "short", 0.9)
    assert made.fullest("b") == "a b c" and made.fullest("a b") == "a b"
    assert made.members("b") == ["a b c", "b"]
