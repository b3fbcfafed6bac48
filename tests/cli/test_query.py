"""``kgtool query`` through a real process."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from tests_support import ROOT, Run

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""More than 10^9 rows."""
WHO = "SELECT ?who WHERE { e:Colossus r:be_designed_by ?x . ?x rdfs:label ?who }"


def test_the_answer_is_on_stdout_alone(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", WHO, "-s", demo)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '?who\n"Tommy Flowers"@en\n'


@pytest.mark.parametrize("way", ["stdin", "file", "file from stdin", "environment"])
def test_ways_to_give_query_and_store(kgtool: Run, demo: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "q.rq").write_text(WHO)
    calls = {
        "file from stdin": lambda: kgtool("query", "-f", "-", "-s", demo, stdin=WHO),
        "stdin": lambda: kgtool("query", "-", "-s", demo, stdin=WHO),
        "file": lambda: kgtool("query", "-f", tmp_path / "q.rq", "-s", demo),
        "environment": lambda: kgtool("query", WHO, KGTOOL_STORE=str(demo)),
    }
    assert "Tommy Flowers" in calls[way]().stdout


def test_the_w3c_formats_are_valid(kgtool: Run, demo: Path) -> None:
    bindings = json.loads(kgtool("query", WHO, "-s", demo, "--format", "json").stdout)["results"]["bindings"]
    assert bindings == [{"who": {"type": "literal", "value": "Tommy Flowers", "xml:lang": "en"}}]
    root = ElementTree.fromstring(kgtool("query", WHO, "-s", demo, "--format", "xml").stdout)
    assert "Tommy Flowers" in "".join(root.itertext())
    rows = list(csv.reader(io.StringIO(kgtool("query", WHO, "-s", demo, "--format", "csv").stdout)))
    assert rows == [["who"], ["Tommy Flowers"]]
    lines = kgtool("query", WHO, "-s", demo, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [{"who": "Tommy Flowers"}]


def test_construct_gives_rdf(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    text = "CONSTRUCT { ?x ?p ?o } WHERE { ?x rdfs:label 'Tommy Flowers'@en ; ?p ?o }"
    done = kgtool("query", text, "-s", demo, "-o", tmp_path / "x.nt")
    assert done.returncode == 0 and done.stdout == ""
    triples = list(ox.parse(path=tmp_path / "x.nt"))
    assert len(triples) > 2


def test_ask_and_exit_status(kgtool: Run, demo: Path) -> None:
    yes = kgtool("query", "ASK { e:Colossus ?p ?o }", "-s", demo, "--exit-status")
    assert (yes.returncode, yes.stdout) == (0, "true\n")
    no = kgtool("query", "ASK { e:Nothing ?p ?o }", "-s", demo, "--exit-status")
    assert (no.returncode, no.stdout) == (8, "false\n")
    none = kgtool("query", "SELECT ?o { e:Nothing ?p ?o }", "-s", demo, "--exit-status")
    assert none.returncode == 8


def test_named_queries_and_parameters(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", "@about", "--param", "name=tommy flowers", "-s", demo)
    assert done.returncode == 0 and "Post Office Research Station" in done.stdout
    missing = kgtool("query", "@about", "-s", demo)
    assert missing.returncode == 2 and "--param name" in missing.stderr
    unknown = kgtool("query", "@about", "--param", "name=ENIAC", "--param", "nope=1", "-s", demo)
    assert unknown.returncode == 2 and "nope" in unknown.stderr


def test_every_named_query_has_its_stored_result(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", "--check", "-s", demo)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) >= 20 and all(line.endswith("\tok") for line in lines)


def test_check_tells_what_differs_and_accept_stores_it(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "queries" / "results").mkdir(parents=True)
    query = tmp_path / "queries" / "mine.rq"
    query.write_text("# title: Mine\n# param: x integer\n# example: x=7\n# columns: y\nSELECT ($x AS ?y) {}\n")

    def mine(*more: str) -> tuple[int, str]:
        done = kgtool("query", "--check", *more, "-s", demo, cwd=tmp_path)
        return done.returncode, next(line for line in done.stdout.splitlines() if line.startswith("mine\t"))

    assert mine() == (8, "mine\tno stored result")
    (tmp_path / "queries" / "results" / "mine.tsv").write_text("?y\n8\n")
    assert mine() == (8, "mine\tanother result")
    query.write_text(query.read_text().replace("columns: y", "columns: z"))
    assert "its header says z, it gives y" in mine()[1]
    query.write_text("SELECT (7 AS ?y) { broken")
    assert mine()[0] == 8 and "syntax" in mine()[1]


def test_accept_stores_the_results_of_own_queries_alone(kgtool: Run, tmp_path: Path, texts: Path) -> None:
    (tmp_path / "queries" / "results").mkdir(parents=True)
    shutil.copy(ROOT / "queries" / "top.rq", tmp_path / "queries")
    before = {f: f.read_bytes() for f in (ROOT / "queries" / "results").iterdir()}
    store = tmp_path / "kg"
    assert kgtool("build", texts, "-s", store).returncode == 0
    done = kgtool("query", "--check", "--accept", "-s", store, cwd=tmp_path)
    assert done.returncode == 8 and "top\tok" in done.stdout and "counts\tanother result" in done.stdout
    assert b"Colossus" in (tmp_path / "queries" / "results" / "top.tsv").read_bytes()
    assert before == {f: f.read_bytes() for f in (ROOT / "queries" / "results").iterdir()}


def test_the_list_of_queries(kgtool: Run, demo: Path) -> None:
    shown = kgtool("query", "--list").stdout
    assert "@about" in shown and "limit=10" in shown
    rows = {row["name"]: row for row in json.loads(kgtool("query", "--list", "--json").stdout)}
    assert len(rows) >= 20 and all(row["title"] and row["columns"] for row in rows.values())
    assert rows["top"]["params"] == {"limit": {"kind": "integer", "default": "10"}}
    assert kgtool("query", "@top", "--check", "-s", demo).returncode == 2


def test_queries_of_the_user_come_first(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "top.rq").write_text("SELECT ('mine' AS ?x) {}")
    assert "mine" in kgtool("query", "@top", "-s", demo, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["SELECT * { ?s ?p }"], 2, "line 1, column 19"),
        (["SELECT *\n{ ?s foo:x ?o }"], 2, "line 2"),
        (["DELETE WHERE { ?s ?p ?o }"], 2, "update"),
        (["SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"], 2, "SERVICE"),
        (["@nonesuch"], 3, "@nonesuch"),
        (["-f", "/nonexistent.rq"], 3, "nonexistent"),
        ([], 2, "one query"),
        (["ASK {}", "--format", "docx"], 2, "docx"),
        (["ASK {}", "--param", "x"], 2, "NAME=VALUE"),
        (["ASK {}", "--nonsense"], 2, "nonsense"),
        (["SELECT * {}", "--format", "ttl"], 2, "rows"),
    ],
)
def test_bad_requests(kgtool: Run, demo: Path, args: list[str], code: int, told: str) -> None:
    done = kgtool("query", *args, "-s", demo)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ") and told in lines[0]
    assert len(lines) == 2 and lines[1].startswith("hint: ")


def test_errors_as_json(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("query", "ASK {}", "-s", tmp_path / "none", "--json")
    assert done.returncode == 3 and done.stdout == ""
    error = json.loads(done.stderr)["error"]
    assert error["code"] == 3 and error["message"] and error["hint"]


def test_a_failed_write_leaves_the_old_file(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    assert kgtool("query", "SELECT ?x {", "-s", demo, "-o", target).returncode == 2
    assert target.read_text() == "old"
    assert kgtool("query", WHO, "-s", demo, "-o", tmp_path / "no" / "out.csv").returncode == 1


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "xml", "ndjson", "markdown", "table"])
def test_rows_are_written_as_they_come(environment: dict[str, str], demo: Path, format: str) -> None:
    limit = 400 << 20
    process = subprocess.Popen(
        [sys.executable, "-m", "kgtool", "query", MANY, "-s", str(demo), "--format", format],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    read = len(process.stdout.read(1_000_000))
    process.stdout.close()
    with process.stderr:
        assert (read, process.stderr.read(), process.wait(60)) == (1_000_000, b"", 141)


@pytest.mark.parametrize("format", ["nt", "ttl", "trig", "rdfxml", "jsonld"])
def test_graphs_in_every_format(kgtool: Run, demo: Path, tmp_path: Path, format: str) -> None:
    text = "CONSTRUCT { ?x ?p ?o } WHERE { ?x rdfs:label 'Tommy Flowers'@en ; ?p ?o }"
    rdf = {"nt": ox.RdfFormat.N_TRIPLES, "ttl": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG,
           "rdfxml": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}  # fmt: skip
    written = kgtool("query", text, "-s", demo, "--format", format).stdout
    plain = kgtool("query", text, "-s", demo, "--format", "nt").stdout
    assert plain and {q.triple for q in ox.parse(written, format=rdf[format])} == {
        q.triple for q in ox.parse(plain, format=ox.RdfFormat.N_TRIPLES)
    }


def test_json_and_xml_of_a_graph_are_rdf(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    for name in ("x.json", "x.xml", "x.rdf"):
        done = kgtool("query", "CONSTRUCT WHERE { e:Colossus ?p ?o }", "-s", demo, "-o", tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "x.json").read_text())[0]["@id"].endswith("Colossus")
    assert b"rdf:RDF" in (tmp_path / "x.xml").read_bytes() and b"rdf:RDF" in (tmp_path / "x.rdf").read_bytes()


@pytest.mark.parametrize(("ending", "unpack"), [("gz", gzip.decompress), ("bz2", bz2.decompress)])
def test_results_in_compressed_files(
    kgtool: Run, demo: Path, tmp_path: Path, ending: str, unpack: Callable[[bytes], bytes]
) -> None:
    target = tmp_path / f"r.csv.{ending}"
    assert kgtool("query", WHO, "-s", demo, "-o", target).returncode == 0
    assert unpack(target.read_bytes()) == b"who\r\nTommy Flowers\r\n"
    assert "says no format" in kgtool("query", WHO, "-s", demo, "-o", tmp_path / f"r.docx.{ending}").stderr


def test_markdown_cells_cannot_end_early(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    done = kgtool("query", "SELECT ('a|b\\n<b>' AS ?x) ?y {}", "-s", demo, "-o", tmp_path / "x.md")
    assert done.returncode == 0
    assert (tmp_path / "x.md").read_text() == "| x | y |\n|---|---|\n| a\\|b &lt;b> |  |\n"


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "xml", "ndjson", "markdown", "table"])
def test_exit_status_knows_whether_there_are_rows(kgtool: Run, demo: Path, format: str) -> None:
    for limit, code in ((1, 0), (0, 8)):
        query = f"SELECT ?s ?unbound {{ ?s ?p ?o }} LIMIT {limit}"
        done = kgtool("query", query, "-s", demo, "--exit-status", "--format", format)
        assert done.returncode == code
    assert kgtool("query", "SELECT * {}", "-s", demo, "--exit-status", "--format", format).returncode == 0


def test_a_time_limit(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    done = kgtool("query", ENDLESS, "-s", demo, "--timeout", "0.2", "-o", tmp_path / "x.csv")
    assert done.returncode == 124 and done.stdout == ""
    assert done.stderr.startswith("error: not finished within 0.2 s\nhint: ")
    assert list(tmp_path.iterdir()) == []
    assert kgtool("query", WHO, "-s", demo, "--timeout", "60").returncode == 0
    for wrong in ("0", "-1", "nan", "x", "1e300"):
        assert kgtool("query", WHO, "-s", demo, "--timeout", wrong).returncode == 2, wrong


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_within_an_aggregate(
    environment: dict[str, str], demo: Path, tmp_path: Path, number: int, code: int
) -> None:
    target = tmp_path / "x.csv"
    command = [sys.executable, "-m", "kgtool", "query", ENDLESS, "-s", str(demo), "-o", str(target)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while not list(tmp_path.iterdir()):
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(number)
    assert process.wait(10) == code
    assert list(tmp_path.iterdir()) == []


def test_the_time_is_told_on_stderr(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", WHO, "-s", demo, "--time")
    assert done.stdout.count("\n") == 2 and done.stderr.startswith("time: 0.") and done.stderr.endswith(" s\n")


def test_rows_with_their_sources(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", WHO, "-s", demo, "--with-provenance", "--format", "csv")
    assert done.stdout.replace("\r", "") == "who,source,confidence\nTommy Flowers,documents/colossus.txt,0.914\n"


def test_a_plan_instead_of_the_answer(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", ENDLESS, "-s", demo, "--explain")
    assert done.returncode == 0 and done.stdout.startswith("Project(?n)\n  ")
    assert json.loads(kgtool("query", WHO, "--endpoint", demo, "--explain", "--json").stdout)["name"] == "Project(?who)"
    assert kgtool("query", WHO, "-s", "http://127.0.0.1:1/", "--explain").returncode == 2


def on_terminal(environment: dict[str, str], arguments: list[str], **variables: str) -> tuple[int, str]:
    """Run the command line on a terminal: exit code and what it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "kgtool", *arguments], environment | variables)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # as Linux says it when the other side has gone
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_a_terminal_gets_a_table_through_the_pager(environment: dict[str, str], demo: Path) -> None:
    query = ["query", WHO, "-s", str(demo)]
    assert on_terminal(environment, query, PAGER="sed s/^/paged:/") == (
        0,
        "paged:who          \r\npaged:Tommy Flowers\r\n",
    )
    for arguments, page in ((query, "cat"), (query, ""), ([*query, "--no-pager"], "false")):
        code, shown = on_terminal(environment, arguments, PAGER=page)
        assert code == 0 and "Tommy Flowers" in shown
    code, shown = on_terminal(environment, ["query", MANY, "-s", str(demo)], PAGER="head -1")
    assert code == 0 and shown.count("\n") == 1
    code, shown = on_terminal(environment, query, PAGER="no-such-program")
    assert code == 2 and "--no-pager" in shown
