"""Broken files in a folder of sound ones, through the command line: named, nothing else lost, tried again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_files import bomb, locked, pdf, pdf_bomb, word
from tests_support import ROOT, Run, exported

SENTENCE = "Colossus was designed by Tommy Flowers."
RAGGED = "id,text\na,Ada Lovelace was born in London.\nb\nc,Konrad Zuse built the Z3.\n"
LINES = [json.dumps({"id": f"n{i}", "text": f"Alan Turing wrote the report {i} in 19{i}0."}) for i in range(1, 10)]
BAD_LINES = [*LINES[:6], '{"id": "n7", "text": oops', *LINES[7:]]

BAD: dict[str, tuple[str, bytes, str]] = {
    "encrypted PDF": ("x.pdf", locked(pdf([SENTENCE])), "encrypted"),
    "damaged PDF": ("x.pdf", pdf([SENTENCE])[:200], "damaged"),
    "flate bomb": ("x.pdf", pdf_bomb(2**24), "takes more than 512 MB of memory"),
    "PDF of pictures": ("x.pdf", pdf([]), "OCR|no text"),
    "zip bomb": ("x.docx", bomb(8 * 2**20), "unpacks to"),
    "damaged DOCX": ("x.docx", word()[:1500], "not a readable DOCX"),
    "old DOC": ("x.docx", b"\xd0\xcf\x11\xe0 old", "encrypted, or in the old .doc format"),
    "binary text": ("x.txt", b"\x7fELF\0\1", "binary"),
    "text in no known encoding": ("x.txt", b"\x81\x8d\x8f abc \xff\xfe", "not valid UTF-8 at byte 0"),
    "HTML in another encoding than declared": ("x.html", b"<meta charset=utf-8><p>caf\xe9</p>", "not valid utf-8"),
    "JSON that is cut": ("x.json", b'[{"id": 1, "text": "A"}', "not valid JSON"),
    "ragged rows": ("x.csv", RAGGED.encode(), "line 3: 1 cells instead of 2"),
    "bad line 7": ("x.jsonl", "\n".join(BAD_LINES).encode(), "line 7: not valid JSON"),
    "too large": ("x.txt", b"A long story. " * 100_000, "limit of 1 MB"),
}  # fmt: skip
PARTLY_READ = {"ragged rows": 2, "bad line 7": 8}
"""How many documents of the file are sound."""

MENDED: dict[str, Callable[[], bytes]] = {
    "x.pdf": lambda: pdf([SENTENCE]),
    "x.docx": word,
    "x.txt": SENTENCE.encode,
    "x.html": f"<p>{SENTENCE}</p>".encode,
    "x.json": json.dumps([{"id": 1, "text": SENTENCE}]).encode,
    "x.csv": RAGGED.replace("b\n", "b,Grace Hopper was born in New York.\n").encode,
    "x.jsonl": "\n".join(LINES).encode,
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_broken_file_is_named_and_tried_again(kgtool: Run, texts: Path, tmp_path: Path, kind: str) -> None:
    name, data, why = BAD[kind]
    (texts / name).write_bytes(data)
    store, small = tmp_path / "kg", {"KGTOOL_MAX_DOCUMENT_MB": "1"}
    sound = 2 + PARTLY_READ.get(kind, 0)

    done = kgtool("build", texts, "-s", store, "--json", **small)
    assert done.returncode == 5, done.stderr
    documents = json.loads(done.stdout)["documents"]
    assert documents["added"] == sound
    (failed,) = documents["failed"]
    assert failed["path"].endswith(name) and any(part in failed["error"] for part in why.split("|"))
    assert f"{name}: " in done.stderr and "Traceback" not in done.stderr

    again = json.loads(kgtool("build", texts, "-s", store, "--json", **small).stdout)["documents"]
    assert (again["added"], again["unchanged"], again["failed"]) == (0, sound, [failed])

    (texts / name).write_bytes(MENDED[name]())
    mended = kgtool("build", texts, "-s", store, "--json", **small)
    assert mended.returncode == 0, mended.stderr
    assert json.loads(mended.stdout)["documents"]["added"] == 1
    fresh = tmp_path / "fresh"
    assert kgtool("build", texts, "-s", fresh, "-q").returncode == 0
    assert exported(kgtool, store) == exported(kgtool, fresh)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound all memory of a process")
@pytest.mark.parametrize("unit", [b" ", b"q ", b"(ab) Tj 0 0 Td "])
def test_a_bomb_takes_a_bounded_amount_of_memory(environment: dict[str, str], tmp_path: Path, unit: bytes) -> None:
    (tmp_path / "x.pdf").write_bytes(pdf_bomb(2**29, unit))
    code = (
        "import resource, sys; from pathlib import Path; from kgtool.text import readers\n"
        "from kgtool.errors import KgtoolError\n"
        "try:\n"
        "    list(readers.read(readers.find(Path(sys.argv[1]))[0], max_mb=16))\n"
        "except KgtoolError as error:\n"
        "    print(error.message)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "print(*(line for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.pdf")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=True)
    message, child, own, *_ = done.stdout.splitlines()
    assert "takes more than 512 MB of memory" in message and done.stderr == ""
    assert int(child) < 600 * 1024 and int(own.split()[1]) < 100 * 1024  # kB


def test_extract_names_broken_files_too(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    for number, (name, data, _) in enumerate(BAD.values()):
        (texts / f"{number}{name}").write_bytes(data)
    out = tmp_path / "out.jsonl"
    done = kgtool("extract", texts, "-o", out, KGTOOL_MAX_DOCUMENT_MB="1")
    assert done.returncode == 5
    for number, (name, _, _) in enumerate(BAD.values()):
        assert f"failed: {texts}/{number}{name}: " in done.stderr
    found = {json.loads(line)["subject"] for line in out.read_text().splitlines()}
    assert {"Colossus", "Ada Lovelace", "Konrad Zuse", "Alan Turing"} <= found


@pytest.mark.parametrize("command", ["build", "extract"])
def test_each_row_that_failed_is_counted(kgtool: Run, texts: Path, tmp_path: Path, command: str) -> None:
    rest = ["-s", tmp_path / "kg"] if command == "build" else []
    (texts / "one.txt").write_bytes(b"\x7fELF\0\1")
    assert "error: 1 document failed\n" in kgtool(command, texts, *rest).stderr
    (texts / "rows.csv").write_text(RAGGED + "d,e,f\ng\n")
    (texts / "lines.jsonl").write_text("{oops\n{oops\n" + LINES[0])
    done = kgtool(command, texts, *rest)
    assert done.returncode == 5 and "error: 6 documents failed\n" in done.stderr
    assert done.stderr.count("failed: ") == 6


def test_a_document_that_fails_in_several_chunks_is_counted_once(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(f"{'Zuse built the machine in Berlin and sold it to others, ' * 20_000}\n\n" * 2)
    done = kgtool("extract", tmp_path / "x.txt", KGTOOL_CHUNK_SIZE="1200000")
    assert done.returncode == 5 and "error: 1 document failed\n" in done.stderr
    assert done.stderr.count("cannot be parsed") == 2


def test_scripts_of_a_page_are_no_text(kgtool: Run, tmp_path: Path) -> None:
    page = f"<script>document.write('Eve designed Colossus.')</script><p>{SENTENCE}</p><style>b {{}}</style>"
    (tmp_path / "x.html").write_text(page)
    done = kgtool("extract", tmp_path / "x.html")
    assert done.returncode == 0 and "Eve" not in done.stdout and "Tommy Flowers" in done.stdout


def anchors(kgtool: Run, store: Path) -> dict[str, str]:
    """The anchor of each piece of evidence, by a query."""
    query = (
        "SELECT ?quote ?anchor { GRAPH g:provenance { ?e oa:exact ?quote ; prov:wasDerivedFrom/kg:anchor ?anchor } }"
    )
    done = kgtool("query", query, "-s", store, "--format", "json")
    assert done.returncode == 0, done.stderr
    return {r["quote"]["value"]: r["anchor"]["value"] for r in json.loads(done.stdout)["results"]["bindings"]}


def test_pages_and_anchors_stand_in_the_provenance(kgtool: Run, tmp_path: Path) -> None:
    texts, store = tmp_path / "texts", tmp_path / "kg"
    texts.mkdir()
    (texts / "a.pdf").write_bytes(pdf(["Konrad Zuse built the Z3."], [], ["Ada Lovelace was born in London."]))
    (texts / "b.html").write_text(f'<h1>Colossus</h1><h2 id="maker">Maker</h2><p>{SENTENCE}</p>')
    assert kgtool("build", texts, "-s", store, "-q").returncode == 0
    assert anchors(kgtool, store) == {
        "Konrad Zuse built the Z3.": "page 1",
        "Ada Lovelace was born in London.": "page 3",
        SENTENCE: "#maker",
    }


def test_standard_input_loops_of_links_and_hidden_files(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    (texts / "loop").symlink_to(texts)
    (texts / ".hidden.txt").write_text("Eve designed Colossus.")
    (texts / "draft.txt").write_text("Mallory designed Colossus.")
    (texts / ".kgtoolignore").write_text("draft*\n")
    store = tmp_path / "kg"
    done = kgtool("build", texts, "-", "-s", store, "--json", stdin="Grace Hopper was born in New York.")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"]["added"] == 3
    written = exported(kgtool, store)
    assert "Grace_Hopper" in written and "Eve" not in written and "Mallory" not in written


def test_columns_and_fields_are_named_on_the_command_line(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(f"key\tbody\tyear\nc\t{SENTENCE}\t1943\n")
    (tmp_path / "t.jsonl").write_text(json.dumps({"key": "l", "body": "Ada Lovelace was born in London."}) + "\n")
    done = kgtool("extract", tmp_path, "--id-field", "key", "--text-field", "body")
    assert done.returncode == 0, done.stderr
    names = sorted({Path(json.loads(line)["document"]).name for line in done.stdout.splitlines()})
    assert names == ["t.jsonl#l", "t.tsv#c"]
