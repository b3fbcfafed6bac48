"""A recorded run of a real model (Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, llama.cpp) over three documents of data/.

Recorded with: kgtool build DOCUMENTS --llm record:graphusion.jsonl@llamacpp:qwen2.5-coder-1.5b-instruct-q4_k_m -j 2
"""

from __future__ import annotations

import json
from pathlib import Path

from tests_support import DATA

from kgtool.extract.graphusion import GraphusionExtractor
from kgtool.llm.replay import ReplayModel
from kgtool.model import Document
from kgtool.text.chunking import chunks

HERE = Path(__file__).resolve().parent.parent / "cassettes"
TITLES = {
    "ada-lovelace.txt": "Ada Lovelace",
    "konrad-zuse.md": "Konrad Zuse and the Z Machines",
    "manchester-baby.md": "The Manchester Baby and Its Successors",
}


def played(jobs: int) -> tuple[str, ReplayModel]:
    """The triples of the three documents as JSON Lines, and the model that was replayed."""
    model = ReplayModel(HERE / "graphusion.jsonl")
    extractor = GraphusionExtractor(model, jobs=jobs)
    lines = []
    for name, title in TITLES.items():
        text = (DATA / "documents" / name).read_text(encoding="utf-8")
        for extraction in extractor.extract(chunks(Document(name, text, title))):
            assert not extraction.error
            for triple in extraction.triples:
                e = triple.evidence
                assert text[e.begin : e.end] == e.quote
                lines.append(json.dumps(triple.to_json(), ensure_ascii=False))
    return "\n".join(lines) + "\n", model


def test_the_recorded_run_is_replayed_to_the_byte_and_to_the_end() -> None:
    found, model = played(jobs=1)
    assert not model.unplayed
    assert found == (HERE / "graphusion.triples.jsonl").read_text(encoding="utf-8")
    assert played(jobs=4)[0] == found
