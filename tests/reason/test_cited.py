"""Every cited triple is in the store, and every cited sentence in its document."""

from __future__ import annotations

import importlib.util
import random
import re
from dataclasses import replace
from pathlib import Path

from tests_support import ROOT

import kgtool


def test_what_answers_cite_is_there(demo: Path) -> None:
    """A sample of what benchmarks/cited.py checks of all facts; and the check finds what is wrong."""
    spec = importlib.util.spec_from_file_location("cited", ROOT / "benchmarks" / "cited.py")
    assert spec is not None and spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    graph = kgtool.open(demo, encoder="none")
    questions = random.Random(7).sample(list(check.asked(graph)), 50)
    answers = [graph.reason(question) for question in questions]
    assert list(check.faults(graph, answers)) == []
    answered = [a for a in answers if not a.abstained]
    for a in answered:  # the text has the number of each citation, and a number in each sentence
        numbers = [int(n) for n in re.findall(r"\[(\d+)\]", a.text)]
        assert sorted(numbers) == list(range(1, len(a.evidence) + len(a.contested) + 1))
    assert len(answered) >= 30 and sum(len(a.evidence) for a in answered) >= 30

    answer = answered[0]
    cited = answer.evidence[0]
    spoilt = [
        replace(cited, terms=(cited.terms[0], cited.terms[1], '"something else"')),
        replace(cited, begin=cited.begin + 1),
        replace(cited, document="another.txt"),
        replace(cited, quote="", justification=""),
        replace(cited, terms=()),
    ]
    assert len(list(check.faults(graph, [replace(answer, evidence=tuple(spoilt))]))) == len(spoilt)
