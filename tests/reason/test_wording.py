"""Every sentence of a text cites."""

from __future__ import annotations

from kgtool.model import Citation
from kgtool.reason.wording import tell


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
