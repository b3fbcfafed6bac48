"""Every sentence of a text cites."""

from __future__ import annotations

import pytest

from kgtool.model import Citation
from kgtool.reason.wording import only_cited, sentences, tell


def test_triples_with_an_end_in_common_are_one_sentence() -> None:
    forward = [Citation("ENIAC", "was designed by", name, "forward") for name in ("Eckert", "Mauchly", "Goldstine")]
    back = [Citation(name, "directed by", "Ann Field", "backward") for name in ("Day Train", "Night Train")]
    against = Citation("ENIAC", "was designed by", "Nobody", "forward", justification="a joke")
    assert tell([*forward, *back], [against]) == (
        "ENIAC was designed by Eckert [1], Mauchly [2] and Goldstine [3]. "
        "Day Train [4] and Night Train [5] directed by Ann Field. "
        "Against it: ENIAC was designed by Nobody [6] (a joke)."
    )
    assert tell([]) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It was built in 1946 [1]. Everyone loved it. It was big [2].", "It was built in 1946 [1]. It was big [2]."),
        ("J. P. Eckert built it with Dr. Mauchly [1]. I know that.", "J. P. Eckert built it with Dr. Mauchly [1]."),
        ("It ran. [1] It failed.", "It ran. [1]"),
        ("Nothing is cited here.", ""),
        ("It ran [9]. It stood [0][2].", "It stood [2]."),
        ("It weighs 1.5 tons [1].", "It weighs 1.5 tons [1]."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_that_cites_nothing_is_deleted(text: str, kept: str) -> None:
    assert only_cited(text, 2) == kept


def test_numbers_that_stand_for_nothing_do_not_keep_a_sentence() -> None:
    assert only_cited("Trust me [7].", 3) == ""
    assert sentences("One [1]. Two? Three!") == ["One [1].", "Two?", "Three!"]
