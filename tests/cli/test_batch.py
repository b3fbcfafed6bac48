"""Questions from a file: what is there is kept, whatever ended the run before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import pytest

from kgtool.cli._batch import Asked, Origin, questions, run
from kgtool.errors import BudgetError, EndpointError, KgtoolError, PartialError, RemoteError, UsageError
from kgtool.model import Answer
from kgtool.ports import Trace, silent

ASKED = [Asked(str(i), f"question {i}") for i in range(9)]


class Slow:
    """Answers with the question; fails where it is told to, and notes what it was asked."""

    def __init__(self, **failures: KgtoolError | ValueError) -> None:
        self.failures = {name.replace("_", " "): error for name, error in failures.items()}
        self.asked: list[str] = []
        self._lock = Lock()

    @property
    def reasoner(self) -> Slow:
        return self

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        if not question:
            return Answer("", abstained=True)
        with self._lock:
            self.asked.append(question)
        trace("answer", {"answers": [question]})
        if error := self.failures.get(question):
            raise error
        return Answer(question, (question,))


def ids(out: Path) -> list[str]:
    return [json.loads(line)["id"] for line in out.read_text().splitlines()]


@pytest.mark.parametrize("jobs", [1, 4])
def test_lines_are_in_the_order_of_the_file(tmp_path: Path, jobs: int) -> None:
    out, graph, seen = tmp_path / "out.jsonl", Slow(), []
    assert run(graph, ASKED, out, jobs=jobs, trace=lambda event, told: seen.append(told["id"])) == 0
    assert ids(out) == [a.id for a in ASKED] == sorted(seen)
    before = out.read_bytes()
    assert run(graph, ASKED, out, jobs=jobs) == len(ASKED) == len(graph.asked) and out.read_bytes() == before


def test_a_torn_line_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(Slow(), ASKED, out)
    whole = out.read_bytes()
    for cut in (1, 30, len(whole.splitlines()[-1]) + 1, len(whole)):
        out.write_bytes(whole[:-cut])
        graph = Slow()
        run(graph, ASKED, out)
        assert out.read_bytes() == whole and len(graph.asked) == (9 if cut == len(whole) else 1)


def test_what_failed_is_asked_again_and_comes_to_its_place(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(PartialError, match="2 questions failed") as failed:
        run(Slow(question_2=ValueError("odd"), question_5=RemoteError("busy")), ASKED, out)
    assert failed.value.code == 5 and ids(out) == [a.id for a in ASKED]
    assert json.loads(out.read_text().splitlines()[2])["error"] == "ValueError: odd"
    graph = Slow()
    assert run(graph, ASKED, out) == 7 and graph.asked == ["question 2", "question 5"]
    assert ids(out) == [a.id for a in ASKED] and "error" not in out.read_text()


@pytest.mark.parametrize(("error", "code"), [(BudgetError("enough"), 6), (EndpointError("down"), 4)])
def test_a_budget_ends_the_run_and_the_next_goes_on(tmp_path: Path, error: KgtoolError, code: int) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(type(error)) as ended:
        run(Slow(question_4=error), ASKED, out)
    assert ended.value.code == code and ids(out) == ["0", "1", "2", "3"]
    graph = Slow()
    assert run(graph, ASKED, out) == 4 and graph.asked[0] == "question 4" and ids(out) == [a.id for a in ASKED]


def test_questions_that_are_added_are_asked(tmp_path: Path) -> None:
    out, graph = tmp_path / "out.jsonl", Slow()
    run(Slow(), ASKED[4:], out)
    run(graph, ASKED, out)
    assert len(graph.asked) == 4 and ids(out) == [a.id for a in ASKED]


@pytest.mark.parametrize(
    "line", ["{}", "nonsense", '{"id": "1", "question": "another one"}', '{"id": "77", "question": "question 1"}']
)
def test_other_files_are_left_alone(tmp_path: Path, line: str) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text(f"{line}\n")
    with pytest.raises(UsageError, match="line 1 answers none of the questions"):
        run(Slow(), ASKED, out)
    assert out.read_text() == f"{line}\n"


def test_an_id_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two questions have the id '0'"):
        run(Slow(), [*ASKED, ASKED[0]], tmp_path / "out.jsonl")


def test_lines_end_at_line_ends(tmp_path: Path) -> None:
    """Not at U+2028, which a question in JSON may have as it is."""
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": 1, "question": "a\u2028b"}\r\n\n{"id": "x", "question": "c"}', encoding="utf-8")
    assert questions(file) == [Asked("1", "a\u2028b"), Asked("x", "c")]
    file = tmp_path / "q.txt"
    file.write_text("one\n\n two \r\n", encoding="utf-8")
    assert questions(file) == [Asked("1", "one"), Asked("3", "two")]


PATHS = {"reasoner": "paths", "beam_depth": 3}


def test_a_line_says_what_made_it_and_other_settings_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(PartialError):
        run(Slow(question_1=ValueError("odd")), ASKED[:3], out, origin=Origin(PATHS, "g1"))
    row = json.loads(out.read_text().splitlines()[0])
    assert (row["settings"], row["graph"]) == (PATHS, "g1")
    before = out.read_bytes()
    for other, told in [
        (PATHS | {"beam_depth": 2}, "line 1 was answered with beam_depth 3, not 2"),
        ({"reasoner": "tog", "beam_depth": 3, "variant": "tog"}, "line 1 was answered with reasoner paths, not tog"),
        (PATHS | {"llm": "openai:x"}, "line 1 was answered with llm unset, not openai:x"),
    ]:
        with pytest.raises(UsageError, match=told) as refused:
            run(Slow(), ASKED, out, origin=Origin(other, "g1"))
        assert "-o" in refused.value.hint and out.read_bytes() == before
    assert run(Slow(), ASKED, out, origin=Origin(PATHS, "g1")) == 2 and ids(out) == [a.id for a in ASKED]


def test_a_line_that_does_not_say_what_made_it_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(Slow(), ASKED[:3], out)
    with pytest.raises(UsageError, match="line 1 does not say"):
        run(Slow(), ASKED, out, origin=Origin(PATHS, "g1"))


def test_answers_from_an_earlier_graph_are_kept_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    run(Slow(), ASKED[:3], out, origin=Origin(PATHS, "g1"))
    assert not capsys.readouterr().err
    assert run(Slow(), ASKED, out, origin=Origin(PATHS, "g2")) == 3
    assert "warning: 3 of the answers" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_question_fails_and_the_others_are_answered(tmp_path: Path, text: str) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(PartialError, match="1 question failed"):
        run(Slow(), [ASKED[0], Asked("x", text), ASKED[1]], out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["id"] for r in rows] == ["0", "x", "1"]
    assert rows[1] == {"id": "x", "question": text, "error": "the question is empty"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"nonsense", "not valid JSON: Expecting value"),
        (b'["id", "question"]', "not an object"),
        (b'{"id": 1}', "no field 'question'"),
        (b'{"question": "Who?"}', "no field 'id'"),
        (b'{"id": 1, "question": null}', "'question' is no text"),
        (b'{"id": null, "question": "Who?"}', "'id' is neither text nor number"),
        (b'{"id": 1, "question": "\xff"}', "not valid UTF-8"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: bytes, told: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes(b'{"id": "a", "question": "Who?"}\n\n' + line + b"\n")
    with pytest.raises(UsageError) as refused:
        questions(file)
    assert refused.value.message.startswith(f"{file}, line 3: {told}") and refused.value.hint
    assert "Error(" not in refused.value.message


def test_a_byte_order_mark_is_no_part_of_a_question(tmp_path: Path) -> None:
    for name, text in (("q.txt", "\ufeffWho?\n"), ("q.jsonl", '\ufeff{"id": "1", "question": "Who?"}\n')):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert questions(tmp_path / name) == [Asked("1", "Who?")]
