"""Texts of a graph as people see them: a line stays a line, a terminal obeys nothing; JSON has them as they are."""

from __future__ import annotations

import io
import json

import pytest

from kgtool.cli import _answers as answers
from kgtool.cli import _output as output
from kgtool.cli._app import fail
from kgtool.cli.search import cells
from kgtool.model import Answer, Citation, Homonym, Passage
from kgtool.store.textindex import Hit
from kgtool.view import card
from kgtool.words import in_line, printable

ODD = "Konrad\nZuse\x1b[31m\r\u2028\x9b2J\u202e"
PLAIN = "Konrad Zuse [31m 2J"


def is_plain(line: str) -> bool:
    return line.replace("\t", "").isprintable()


def test_signs_that_a_terminal_obeys_are_left_out() -> None:
    assert in_line(ODD) == PLAIN and printable("a  b") == "a  b"
    assert in_line("خانه\u200cها 👩\u200d💻 so\u00adft a\u00a0b") == "خانه\u200cها 👩\u200d💻 soft a b"


def test_every_line_of_an_answer_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    cited = Citation(ODD, ODD, ODD, "backward", document=ODD, quote=ODD, extractor="rules", justification=ODD)
    found = Answer(
        ODD, (ODD, "x"), ("https://a.example/", "https://b.example/"), sparql=f'SELECT * {{\n ?s ?p "{ODD[7:]}" }}',
        evidence=(cited,), text=ODD, text_evidence=(Passage(ODD, 0, 1, ODD),), notes=(ODD,),
        homonyms=(Homonym(ODD, "", ("https://a.example/", "https://b.example/")),),
    )  # fmt: skip
    shown = [*answers.lines(found), *answers.homonyms(found), answers.told(found)]
    assert all(map(is_plain, shown)) and shown[0] == f"{PLAIN}\t<https://a.example/>"
    assert all(map(is_plain, answers.query(found).split("\n"))) and "\\U0000001B" in answers.query(found)
    answers.warn(found)
    told = capsys.readouterr().err
    assert told == f"warning: {PLAIN}\n" and json.loads(json.dumps(found.to_json()))["answers"][0] == ODD


def test_errors_tables_cards_and_hits_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    fail(3, f"nothing is called {ODD}", f"the nearest are: {ODD}", as_json=False)
    assert capsys.readouterr().err == f"error: nothing is called {PLAIN}\nhint: the nearest are: {PLAIN}\n"
    file = io.StringIO()
    output.table(("a", "b"), [(ODD, ODD)], file)
    assert len(file.getvalue().splitlines()) == 2 and all(map(is_plain, file.getvalue().splitlines()))
    made = card.Card("https://a.example/", ODD, (ODD,), (ODD,), ())
    assert all(map(is_plain, card.lines(made, quotes=True)))
    assert all(map(is_plain, cells(Hit("https://a.example/", ODD, "label", 1.0, "entity"))))
