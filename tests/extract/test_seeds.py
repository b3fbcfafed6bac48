"""Seed concepts and quotations: found without a model, the same every time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_support import DATA, ROOT

from kgtool.extract.grounding import locate, unfit, ungrounded
from kgtool.extract.seeds import concepts, seeds
from kgtool.words import PRONOUNS, STOP_WORDS, words

TEXT = (DATA / "documents" / "konrad-zuse.md").read_text(encoding="utf-8")


def test_concepts_stand_in_the_text_and_are_no_function_words() -> None:
    found = concepts(TEXT)
    assert len(found) == len(set(found)) == 12
    own = f" {' '.join(words(TEXT))} "
    for concept in found:
        parts = concept.split()
        assert f" {concept} " in own and 1 <= len(parts) <= 4
        assert parts[0] not in STOP_WORDS | PRONOUNS and parts[-1] not in STOP_WORDS | PRONOUNS


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_concepts_do_not_depend_on_the_order_of_hashes(seed: str) -> None:
    code = "import sys; from kgtool.extract.seeds import concepts; print(concepts(sys.stdin.read()))"
    env = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], input=TEXT, capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == str(concepts(TEXT))


def test_what_stands_out_in_one_class_comes_before_what_is_everywhere() -> None:
    classes = ["machine, relay, relay, relay", "machine, valve", "machine, drum", "machine, lamp"]
    assert seeds(classes, 3)[0] == "relay"
    assert "machine" not in seeds(classes, 3)


@pytest.mark.parametrize("text", ["", " \n", "the of and", "12 1941", "…"])
def test_a_text_of_nothing_has_no_concepts(text: str) -> None:
    assert concepts(text) == []


@given(st.data())
def test_a_passage_is_found_whatever_its_white_space(data: st.DataObject) -> None:
    pieces = TEXT.split()
    begin = data.draw(st.integers(0, len(pieces) - 4))
    end = data.draw(st.integers(begin + 3, min(len(pieces), begin + 40)))
    spaces = data.draw(st.lists(st.sampled_from([" ", "\n", "  ", "\t"]), min_size=end - begin, max_size=end - begin))
    quote = "".join(p + s for p, s in zip(pieces[begin:end], spaces, strict=True))
    place = locate(quote, TEXT)
    if len(words(quote)) >= 2:
        assert place is not None
        assert words(TEXT[place[0] : place[1]]) == words(quote)


@given(st.text(max_size=200), st.text(max_size=400))
def test_what_is_located_is_in_the_text(quote: str, text: str) -> None:
    place = locate(quote, text)
    assert place is None or 0 <= place[0] < place[1] <= len(text)


def test_names_and_predicates_that_are_not_of_the_text() -> None:
    text, prompt = words("The Z3 was built by Konrad Zuse."), words("Copy a sentence word for word from the text.")
    assert not ungrounded("the Z3", text) and not ungrounded("Konrad Zuse", text)
    assert ungrounded("Zuse Konrad", text) == "not in the text" and ungrounded("It", text) == "function word"
    assert not unfit("was constructed by", prompt, text)
    assert unfit("a sentence word for word", prompt, text) == "from the prompt"
