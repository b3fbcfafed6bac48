"""``kgtool reason`` and ``kgtool explain`` through a real process."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from llm_server import Server, Step
from tests_support import DATA, ROOT, Run


@pytest.mark.parametrize("encoder", ["none", "minilm"])
@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who designed Colossus?", ["Tommy Flowers"]),
        ("When did the computer on which LEO was based run its first program?", ["1949-05-06"]),
    ],
)
def test_answers_come_with_their_sentences(
    kgtool: Run, demo: Path, question: str, answers: list[str], encoder: str
) -> None:
    done = kgtool("reason", question, "-s", demo, "--json", "--encoder", encoder)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["answers"] == answers and not found["abstained"]
    assert found["evidence"]
    for cited in found["evidence"]:
        text = (DATA / cited["document"]).read_bytes().decode()
        assert text[cited["begin"] : cited["end"]] == cited["quote"]
        assert cited["extractor"] == "rules" and cited["direction"] in {"forward", "backward"}
    rows = kgtool("query", found["sparql"], "-s", demo, "--format", "ndjson").stdout
    assert rows.strip()
    assert found.keys() >= {"id", "question", "iris", "confidence", "text", "calls", "tokens", "seconds", "reasoner"}


@pytest.mark.parametrize("encoder", ["none", "minilm"])
@pytest.mark.parametrize("question", ["Where was Thomas J. Watson born?", "Who is Zaphod Beeblebrox?"])
def test_what_is_not_in_the_graph_is_not_answered(kgtool: Run, demo: Path, question: str, encoder: str) -> None:
    done = kgtool("reason", question, "-s", demo, "--encoder", encoder)
    assert done.returncode == 7 and done.stdout == ""
    assert done.stderr.startswith("error: no answer: ") and "\nhint: " in done.stderr
    told = kgtool("reason", question, "-s", demo, "--json", "--encoder", encoder)
    assert told.returncode == 7
    assert json.loads(told.stdout)["abstained"] and json.loads(told.stdout)["reason"]


def test_a_batch_gives_one_line_a_question(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "x", "question": "Who designed Colossus?"}\n\n{"id": 2, "question": "Who ate it?"}\n')
    done = kgtool("reason", "-f", questions, "-s", demo, "--json")
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["id"], r["abstained"]) for r in rows] == [("x", False), ("2", True)]


def test_a_batch_goes_on_where_it_was(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    out, trace = tmp_path / "out.jsonl", tmp_path / "trace.jsonl"
    asked = "Who designed Colossus?\nWhere was Tommy Flowers born?\n"
    options = ("-f", "-", "-s", demo, "-o", out, "--encoder", "none", "-j", "2")
    assert kgtool("reason", *options, stdin=asked).returncode == 0
    whole = out.read_bytes()
    out.write_bytes(whole[:-9])
    done = kgtool("reason", *options, "--trace", trace, stdin=asked)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 answers were there\n")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["answers"] for r in rows] == [["Tommy Flowers"], ["London"]]
    assert {json.loads(line)["id"] for line in trace.read_text().splitlines()} == {"2"}
    assert rows[0]["settings"] == rows[1]["settings"] and rows[0]["settings"]["encoder"] == "none"
    other = kgtool("reason", *options, "--depth", "2", stdin=asked)
    assert other.returncode == 2 and "was answered with beam_depth 3, not 2\nhint: " in other.stderr


def test_how_an_answer_came_about(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    trace, plot, page = tmp_path / "t.jsonl", tmp_path / "a.svg", tmp_path / "a.html"
    asked = ("reason", "Where was he born?", "--entity", "Tommy Flowers", "-s", demo, "--encoder", "none")
    done = kgtool(*asked, "--explain", "--trace", trace, "--plot", plot)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "London\t<https://kgtool.example/entity/London>"
    assert "Tommy Flowers was born in London [1]." in lines
    assert any(line.endswith("(documents/colossus.txt, 1433–1522) rules, 0.88") for line in lines)
    assert "names" in lines and "paths" in lines and "; the best" in done.stdout and "below the best" in done.stdout
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    assert events[0]["event"] == "link" and events[-1]["event"] == "answer" and events[-1]["answers"] == ["London"]
    drawn = ElementTree.fromstring(plot.read_text())
    assert {"Tommy Flowers", "London", "was born in [1]"} <= {"".join(e.itertext()) for e in drawn.iter()}
    told = kgtool(*asked, "--explain", "--json", "--plot", page)
    assert json.loads(told.stdout)["explanation"][-1]["event"] == "answer"
    html = page.read_text()
    assert "“Flowers was born in London" in html and "default-src 'none'" in html and "src=" not in html


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("",), 2, "the question is empty"),
        ((" \n",), 2, "the question is empty"),
        (("x" * 100_000,), 7, "no answer"),
        (("Who designed it?", "--entity", "Tommy Flowrs"), 3, "the nearest are: Tommy Flowers"),
        (("Who designed it?", "--entity", "https://example.org/x"), 3, "has no fact about"),
        (("Who?", "--plot", "a.gif"), 2, "not a .svg or .html"),
        (("Who?", "-o", "x"), 2, "-o goes with -f"),
        (("Who?", "-j", "2"), 2, "-j goes with -f"),
        (("Who?", "--verify"), 7, "warning: without a language model (--llm) --verify has no effect"),
        (("Who?", "--save-corrections"), 2, "no corrections to save"),
        (("Who?", "--reject", "Colossus"), 2, "is no fact"),
        (("Who?", "--reject", "Colossus|was designed by|Colossus"), 3, "does not say"),
        (("-f", "-", "--explain"), 2, "are for one question"),
    ],
)
def test_bad_input(kgtool: Run, demo: Path, args: tuple[str, ...], code: int, told: str) -> None:
    done = kgtool("reason", *args, "-s", demo, "--encoder", "none")
    assert (done.returncode, done.stdout) == (code, "") and told in done.stderr
    assert done.stderr.count("error:") == 1 == done.stderr.count("hint:")


def test_what_contradicts_an_answer_is_cited(kgtool: Run, rivals: Path) -> None:
    row = json.loads(kgtool("reason", "Where was Henry Laurent born?", "-s", rivals, "--json").stdout)
    assert row["answers"] == ["Paris"] and [c["object"] for c in row["evidence"]] == ["Paris"]
    (against,) = row["contested"]
    assert (against["object"], against["quote"]) == ("Lyon", "Laurent was born in Lyon.")
    assert "Paris is better supported" in against["justification"] and "Lyon [2]" in row["text"]


TALK = "Who designed Colossus?\nAnd where was he born?\n/entity ENIAC\nWho designed it?\n/nonsense\n\n/history\n"


def test_a_conversation_without_a_terminal(kgtool: Run, demo: Path) -> None:
    done = kgtool("ask", "-s", demo, "--encoder", "none", stdin=TALK + "/quit\nWho?\n")
    answers = [line.split(" (")[0] for line in done.stdout.splitlines()]
    assert answers[:3] == ["Tommy Flowers", "London", "J. Presper Eckert; John Mauchly"] and len(answers) == 6
    assert answers[3].startswith("Who designed Colossus?\tTommy Flowers")
    assert done.returncode == 0 and done.stderr.startswith("error: there is no /nonsense\nhint: ")
    told = kgtool(
        "ask", "-s", demo, "--encoder", "none", "--json", stdin="Who designed Colossus?\n/why\nWho is Zaphod?"
    )
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert [r["abstained"] for r in rows] == [False, False, True] and rows[1]["explanation"][0]["event"] == "link"
    assert kgtool("ask", "-s", demo / "nothing", stdin="Who?").returncode == 3


def test_a_conversation_at_a_terminal(demo: Path, environment: dict[str, str]) -> None:
    """Prompt, answer with its sentence, Ctrl-C for a new line, Ctrl-D to leave."""
    main, side = pty.openpty()
    command = [sys.executable, "-m", "kgtool", "ask", "-s", str(demo), "--encoder", "none"]
    shown = b""

    def until(text: bytes) -> None:
        nonlocal shown
        while text not in shown:
            assert select.select([main], [], [], 60)[0], shown
            shown += os.read(main, 4096)
        shown = shown.partition(text)[2]

    with subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env=environment, cwd=ROOT, start_new_session=True
    ) as process:
        try:
            os.close(side)
            until(b"? ")
            os.write(main, b"Who designed Colossus?\n")
            until(b"Colossus was designed by Tommy Flowers [1].")
            until(b"? ")
            for _ in range(30):  # a signal that comes just before the line is waited for is seen with the next one
                process.send_signal(signal.SIGINT)
                if select.select([main], [], [], 2)[0]:
                    break
            until(b"? ")
            os.write(main, b"\x04")
            assert process.wait(60) == 0
        finally:
            process.kill()
    os.close(main)


def test_a_bad_line_is_named(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "x", "question": "Who designed Colossus?"}\nnonsense\n')
    done = kgtool("reason", "-f", questions, "-s", demo)
    assert done.returncode == 2 and "line 2" in done.stderr


def test_no_store(kgtool: Run, tmp_path: Path) -> None:
    assert kgtool("reason", "Who?", "-s", tmp_path / "kg").returncode == 3


def test_explain_shows_sentences_and_decisions(kgtool: Run, demo: Path) -> None:
    done = kgtool("explain", "colossus", "was designed by", "Tommy Flowers", "-s", demo, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["status"] == "published" and found["support"] == len({e["document"] for e in found["evidence"]})
    assert "Colossus was designed by Tommy Flowers." in {e["quote"] for e in found["evidence"]}
    assert any(d["kind"] == "merge" and "Flowers" in d["candidates"] for d in found["decisions"])


def test_explain_shows_what_was_withheld_and_why(kgtool: Run, demo: Path) -> None:
    done = kgtool("explain", "Turing", "did not design", "Colossus", "-s", demo)
    assert done.returncode == 0 and "negated" in done.stdout


def test_explain_of_what_nobody_said(kgtool: Run, demo: Path) -> None:
    assert kgtool("explain", "Colossus", "was designed by", "Nobody At All", "-s", demo).returncode == 3
    assert kgtool("explain", "ENIAC", "was designed by", "Tommy Flowers", "-s", demo).returncode == 3


RIVALS = {
    "a.txt": "Grand Motors Corporation (GMC) was founded in 1908. Henry Laurent founded GMC. Laurent was born in Lyon.",
    "b.txt": "Henry Laurent was born in Paris. Henry Laurent led Grand Motors Corporation.",
    "c.txt": "Henry Laurent was born in Paris. Marie Laurent and Paul Laurent met Laurent.",
}


@pytest.fixture(scope="module")
def rivals(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a conflict; not to be written to."""
    folder = tmp_path_factory.mktemp("rivals")
    (folder / "docs").mkdir()
    for name, text in RIVALS.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    (folder / "kgtool.toml").write_text('[relations."was born in"]\nfunctional = true\n', encoding="utf-8")
    done = kgtool("build", folder / "docs", "-s", folder / "kg", "--json", "--config", folder / "kgtool.toml")
    assert done.returncode == 0 and json.loads(done.stdout)["conflicts"] == 1, done.stderr
    return folder / "kg"


def test_explain_of_an_entity_shows_its_names_with_the_decisions(kgtool: Run, rivals: Path) -> None:
    done = kgtool("explain", "gmc", "-s", rivals, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    names = {row["name"]: row for row in found["names"]}
    assert found["label"] == "Grand Motors Corporation" and set(names) == {"GMC", "Grand Motors Corporation"}
    assert [d["rule"] for d in names["GMC"]["decisions"]] == ["alias"]
    shown = kgtool("explain", found["entity"], "-s", rivals)
    assert shown.returncode == 0 and "GMC: 2 times, in 1 documents\n    merge by alias (0.98): GMC" in shown.stdout


def test_explain_of_an_entity_shows_what_is_kept_apart(kgtool: Run, rivals: Path) -> None:
    found = json.loads(kgtool("explain", "Henry Laurent", "-s", rivals, "--json").stdout)
    assert {row["name"] for row in found["names"]} == {"Henry Laurent", "Laurent"}
    assert any("c.txt" in d["candidates"] for d in found["apart"]) and {d["kind"] for d in found["apart"]} == {"veto"}


def test_explain_shows_winner_and_losers(kgtool: Run, rivals: Path) -> None:
    won = json.loads(kgtool("explain", "Henry Laurent", "was born in", "Paris", "-s", rivals, "--json").stdout)
    lost = json.loads(kgtool("explain", "Henry Laurent", "was born in", "Lyon", "-s", rivals, "--json").stdout)
    assert won["status"] == "published" and lost["status"] == "loser" and "Paris is better supported" in lost["reason"]
    assert [row["triple"] for row in won["losers"]] == [lost["triple"]] and not lost["losers"]
    assert "excludes <" in kgtool("explain", "Henry Laurent", "was born in", "Paris", "-s", rivals).stdout


@pytest.mark.parametrize(("words", "code"), [(("Nobody At All",), 3), (("Paris", "is"), 2), (("was born in",), 3)])
def test_explain_of_no_entity(kgtool: Run, rivals: Path, words: tuple[str, ...], code: int) -> None:
    done = kgtool("explain", *words, "-s", rivals)
    assert done.returncode == code and done.stderr.count("error:") == 1 == done.stderr.count("hint:")


def test_an_inferred_statement_is_cited_with_its_justification(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna Berg married Otto Lind.", encoding="utf-8")
    (tmp_path / "kgtool.toml").write_text("[relations.married]\nsymmetric = true\n", encoding="utf-8")
    done = kgtool("build", tmp_path / "a.txt", "-s", tmp_path / "kg", "--config", tmp_path / "kgtool.toml")
    assert done.returncode == 0, done.stderr
    found = kgtool("reason", "Who did Otto Lind marry?", "-s", tmp_path / "kg", "--json")
    assert found.returncode == 0, found.stderr
    row = json.loads(found.stdout)
    (cited,) = row["evidence"]
    assert row["answers"] == ["Anna Berg"] and cited["subject"] == "Otto Lind" and not cited["quote"]
    assert "is symmetric" in cited["justification"] and cited["confidence"] < 1


def test_answers_are_scored(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        '{"id": 1, "question": "Who designed Colossus?", "answers": ["Tommy Flowers"]}\n'
        '{"id": 2, "question": "Where was Thomas J. Watson born?", "answers": []}\n'
    )
    done = kgtool("evaluate", "reasoning", gold, "-s", demo, "--encoder", "none", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(done.stdout)
    assert (row["hits_at_1"], row["f1"], row["abstention_recall"], row["cited"]) == (1, 1, 1, 1)
    shown = kgtool("evaluate", "reasoning", gold, "-s", demo, "--encoder", "none")
    assert shown.returncode == 0 and "2 questions, 1 answerable" in shown.stdout
    assert kgtool("evaluate", "reasoning", tmp_path / "none.jsonl", "-s", demo).returncode == 3


def scripted(body: dict[str, Any]) -> Step:
    """A model that follows everything, and finds at once that it suffices: the first entity answers."""
    wanted = json.dumps(body["response_format"]["json_schema"]["schema"])
    if '"scores"' in wanted:
        return {"text": json.dumps({"scores": [{"id": i, "score": 1} for i in range(1, 30)]})}
    return {"text": '{"enough": true}' if '"enough"' in wanted else '{"answers": [1], "verdict": "none"}'}


def test_think_on_graph_asks_a_model(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(demo, tmp_path / "kg"))
    arguments = ["reason", "Who designed Colossus?", "-s", store, "--json", "--reasoner", "tog", "--encoder", "none"]
    with Server(scripted) as server:
        done = kgtool(*arguments, "--llm", server.spec, "--seed", "3", KGTOOL_NO_LLM="")
        asked = server.requests
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["calls"] == len(asked) > 0 and row["tokens"] == 120 * len(asked) and row["reasoner"] == "tog"
    assert {(r["temperature"], r["seed"]) for r in asked} == {(0.4, 3), (0.0, 3)}
    assert row["answers"] and all(c["quote"] for c in row["evidence"])


def test_think_on_graph_without_a_model_says_so(kgtool: Run, demo: Path) -> None:
    tog = ("--reasoner", "tog", "--variant", "tog-r", "--pruner", "bm25", "--depth", "1", "--width", "2")
    done = kgtool("reason", "Who designed Colossus?", "-s", demo, *tog)
    assert done.returncode == 0 and done.stdout.startswith("Tommy Flowers\t")
    assert "no language model judged" in done.stderr


def test_options_of_another_reasoner_are_refused(kgtool: Run, demo: Path) -> None:
    done = kgtool("reason", "Who designed Colossus?", "-s", demo, "--variant", "tog-r")
    assert done.returncode == 2 and "--reasoner tog" in done.stderr
