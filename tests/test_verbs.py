"""What the forms of one verb have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.verbs import base, is_participle

REGULAR = """
design designs designed designing|create creates created creating|use uses used using|stop stops stopped stopping
hope hopes hoped hoping|hop hops hopped hopping|star stars starred starring|stare stares stared staring
die dies died dying|study studies studied studying|play plays played playing|pass passes passed passing
fix fixes fixed fixing|travel travels travelled traveled travelling
focus focuses focused focusing|need needs needed needing|agree agreed agreeing
free frees freed|tie ties tied tying|owe owes owed owing|see sees seeing saw seen
quote quotes quoted|guide guides guided
add adds added adding|visit visits visited visiting|devote devotes devoted|refer refers referred referring
embed embeds embedded|breathe breathes breathed breathing|dance dances danced|box boxes boxed|echo echoes echoed
bring brings brought bringing|write writes wrote written writing|undergo undergoes underwent undergone
bear bears bore born|exceed exceeds exceeded|seize seizes seized|fill fills filled filling
file files filed filing|member members|series
""".strip().replace("\n", "|")
GROUPS = [group.split() for group in REGULAR.split("|")]


@pytest.mark.parametrize("forms", GROUPS, ids=lambda forms: forms[0])
def test_forms_of_one_verb_have_one_base(forms: list[str]) -> None:
    assert len({base(f) for f in forms}) == 1


def test_other_verbs_have_other_bases() -> None:
    assert len({base(forms[0]) for forms in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("founded", "found"), ("invents", "invention"), ("operates", "operator"), ("increases", "decreases"),
        ("enables", "disables"), ("likes", "dislikes"), ("planned", "planed"), ("lays", "lies"),
    ],
)  # fmt: skip
def test_these_are_not_one(one: str, other: str) -> None:
    assert base(one) != base(other)


@pytest.mark.parametrize("word", ["designed", "written", "put", "led", "born", "freed", "located"])
def test_participles(word: str) -> None:
    assert is_participle(word)


@pytest.mark.parametrize("word", ["need", "red", "seed", "embed", "wrote", "design", "bed", "", "ed", "species"])
def test_no_participles(word: str) -> None:
    assert not is_participle(word)


@given(st.text(max_size=12))
def test_any_word_has_a_base(word: str) -> None:
    assert bool(base(word)) == bool(word)
