"""The other commands, and what holds for all of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests_support import DATA, ROOT, Run, exported

COMMANDS = [
    "build", "config", "doctor", "evaluate", "explain", "export", "extract", "forget", "query", "reason", "search",
    "show", "stats", "status", "viz",
]  # fmt: skip
HEAVY = [
    "torch", "pykeen", "sentence_transformers", "openai", "rdflib", "networkx", "numpy", "pandas", "spacy",
    "pyoxigraph", "rapidfuzz", "httpx", "sqlite3",
]  # fmt: skip


def test_help_imports_nothing_heavy(environment: dict[str, str]) -> None:
    code = (
        "import sys; sys.argv = ['kgtool', '--help']\n"
        "from kgtool.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr.strip() == "[]"


def test_reasoning_imports_no_torch_and_no_spacy(environment: dict[str, str], demo: Path) -> None:
    heavy = ["torch", "pykeen", "sentence_transformers", "transformers", "openai", "rdflib", "networkx", "spacy"]
    code = (
        "import sys; import kgtool\n"
        f"graph = kgtool.open({str(demo)!r})\n"
        "assert graph.encoder is not None and not graph.reason('Who designed Colossus?').abstained\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


def test_a_build_with_nothing_to_do_loads_no_parser(environment: dict[str, str], demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    shutil.copytree(demo, store)
    code = (
        "import sys; import kgtool\n"
        f"assert not kgtool.open({str(store)!r}).build().changed\n"
        "print([m for m in ('spacy', 'torch', 'openai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(kgtool: Run, command: str) -> None:
    for flag in ("-h", "--help"):
        done = kgtool(command, flag)
        assert done.returncode == 0 and done.stdout.startswith("Usage: ") and done.stderr == ""


def test_version_and_nonsense(kgtool: Run) -> None:
    assert kgtool("--version").stdout.startswith("kgtool ")
    assert kgtool("nonsense").returncode == 2


@pytest.mark.parametrize("command", [(), ("config",), ("evaluate",), ("forget",)])
def test_a_missing_command_gives_the_help(kgtool: Run, command: tuple[str, ...]) -> None:
    done = kgtool(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == kgtool(*command, "--help").stdout


def test_extract_writes_lines_with_offsets(kgtool: Run, tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    done = kgtool("extract", DATA / "documents", "-o", out, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) > 500
    for row in rows:
        text = Path(row["document"]).read_bytes().decode()
        assert text[row["begin"] : row["end"]] == row["quote"]
        assert row["status"] in {"asserted", "negated", "hedged", "attributed", "unsupported"}


def test_extract_from_jsonl(kgtool: Run, tmp_path: Path) -> None:
    lines = tmp_path / "in.jsonl"
    lines.write_text('{"key": 7, "body": "Zuse built the Z3."}\n')
    done = kgtool("extract", lines, "--id-field", "key", "--text-field", "body")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(r["document"], r["subject"], r["object"]) for r in rows} == {("7", "Zuse", "the Z3")}
    lines.write_text('{"key": 7, "body": "Zuse built the Z3."}\n{"key": 8}\n')
    bad = kgtool("extract", lines, "--id-field", "key", "--text-field", "body", "-o", tmp_path / "out.jsonl")
    assert bad.returncode == 5 and f"failed: {lines}: line 2: no field 'body'" in bad.stderr
    assert json.loads((tmp_path / "out.jsonl").read_text())["document"] == "7"


def test_extract_names_what_failed(kgtool: Run, texts: Path) -> None:
    (texts / "bad.txt").write_bytes(b"\xff\xff")
    done = kgtool("extract", texts)
    assert done.returncode == 5 and "bad.txt" in done.stderr and "Tommy Flowers" in done.stdout


@pytest.mark.parametrize("ending", ["nq", "nt", "ttl", "trig", "rdf", "jsonld"])
def test_export_formats_hold_the_same_facts(kgtool: Run, demo: Path, tmp_path: Path, ending: str) -> None:
    facts = {
        str(q.triple)
        for q in ox.parse(exported(kgtool, demo), format=ox.RdfFormat.N_QUADS)
        if q.graph_name == ox.DefaultGraph()
    }
    target = tmp_path / f"x.{ending}"
    assert kgtool("export", "-s", demo, "-o", target, "--provenance", "none").returncode == 0
    assert {str(q.triple) for q in ox.parse(path=target)} == facts
    first = target.read_bytes()
    kgtool("export", "-s", demo, "-o", target, "--provenance", "none")
    assert target.read_bytes() == first


def test_exported_quads_are_sorted_and_whole(kgtool: Run, demo: Path) -> None:
    lines = exported(kgtool, demo).splitlines()
    assert lines == sorted(set(lines)) or sorted(lines) == sorted(set(lines))
    assert any("oa#exact" in line for line in lines)


def test_status(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    row = json.loads(kgtool("status", "-s", demo, "--json").stdout)
    assert row["documents"] == 14 and row["triples"] > 700 and row["pending"] == 0 and row["locked"] is False
    assert row.keys() >= {"chunks", "entities", "relations", "revision", "last_build", "embeddings"}
    assert kgtool("status", "-s", tmp_path / "none").returncode == 3


def test_config_show_names_origins(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "kgtool.toml").write_text('beam_width = 7\nstore = "here"\n')
    row = json.loads(kgtool("config", "show", "--json", cwd=tmp_path, KGTOOL_STORE="there").stdout)
    assert row["beam_width"] == {"value": 7, "origin": "kgtool.toml"}
    assert row["store"] == {"value": "there", "origin": "environment KGTOOL_STORE"}
    assert row["extractor"]["origin"] == "default"


@pytest.mark.parametrize(
    ("text", "told"),
    [("a = 1\nbeam_widht = 7\n", "line 1"), ("\nbeam_width = 'x'\n", "line 2"), ("x = [", "kgtool.toml")],
)
def test_bad_configuration_is_refused_by_line(kgtool: Run, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "kgtool.toml").write_text(text)
    done = kgtool("status", cwd=tmp_path)
    assert done.returncode == 2 and told in done.stderr and "hint:" in done.stderr


def test_config_init_gives_the_defaults(kgtool: Run, tmp_path: Path) -> None:
    assert kgtool("config", "init", cwd=tmp_path).returncode == 0
    text = (tmp_path / "kgtool.toml").read_text()
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line)
    assert tomllib.loads(uncommented)["store"] == "./kg"
    assert kgtool("config", "init", cwd=tmp_path).returncode == 2
    assert kgtool("config", "init", "-y", cwd=tmp_path).returncode == 0


def test_doctor_tells_versions_and_store(kgtool: Run, demo: Path) -> None:
    row = json.loads(kgtool("doctor", "-s", demo, "--json").stdout)
    assert row["versions"]["pyoxigraph"] and "revision" in row["store"]
    assert row.keys() >= {"versions", "extras", "devices", "endpoint", "encoder", "store"}


def test_a_closed_pipe_is_no_accident(environment: dict[str, str], demo: Path) -> None:
    command = f"{sys.executable} -m kgtool export -s {demo} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.count("\n") == 1 and done.stderr == ""


ALONE = """
import json, os, sys
from kgtool.cli import _app

def there():
    named = lambda commands: [c.name or c.callback.__name__ for c in commands]
    groups = {g.name: sorted(named(g.typer_instance.registered_commands)) for g in _app.app.registered_groups}
    return dict.fromkeys(named(_app.app.registered_commands), []) | groups

def loaded(word):
    read, write = os.pipe()
    if os.fork() == 0:
        _app.register(word)
        os.write(write, json.dumps([there(), [m for m in sys.modules if m.startswith("kgtool.cli.")]]).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(read, 1 << 16))

every, _ = loaded("")
for word, within in every.items():
    alone, modules = loaded(word)
    assert alone[word] == within, word
assert len(loaded("query")[1]) < 8 and len(every) > 20
assert loaded("--help")[0] == loaded("nonsense")[0] == every
"""


def test_a_command_is_there_with_its_own_modules(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
