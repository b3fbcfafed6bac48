"""One document through another tool, at its defaults, against an endpoint. Run by the tool's own Python.

python benchmarks/peers.py kg-gen|lightrag|graphrag URL FILE FOLDER
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path


def kg_gen(url: str, file: Path, folder: Path) -> None:
    from kg_gen import KGGen

    made = KGGen(model="openai/test", api_base=url, api_key="none", temperature=0.0)
    graph = made.generate(input_data=file.read_text(encoding="utf-8"))
    print(len(graph.relations), "relations")


def lightrag(url: str, file: Path, folder: Path) -> None:
    import numpy as np
    from lightrag import LightRAG
    from lightrag.llm.openai import openai_complete_if_cache
    from lightrag.utils import EmbeddingFunc

    async def ask(prompt: str, system_prompt: str | None = None, history_messages: object = (), **more: object) -> str:
        more.pop("hashing_kv", None)
        answer: str = await openai_complete_if_cache(
            "test", prompt, system_prompt=system_prompt, history_messages=list(history_messages or ()),  # type: ignore[call-overload]
            base_url=url, api_key="none", **more,
        )  # fmt: skip
        return answer

    async def embed(texts: list[str]) -> np.ndarray:  # type: ignore[type-arg]
        return np.full((len(texts), 64), 0.1, dtype=np.float32)

    async def work() -> None:
        rag = LightRAG(
            working_dir=str(folder), llm_model_func=ask, embedding_func=EmbeddingFunc(64, embed, max_token_size=8192)
        )
        await rag.initialize_storages()
        await rag.ainsert(file.read_text(encoding="utf-8"))
        await rag.finalize_storages()

    asyncio.run(work())


def graphrag(url: str, file: Path, folder: Path) -> None:
    tool = [sys.executable, "-m", "graphrag"]
    subprocess.run(
        [*tool, "init", "--root", str(folder), "--model", "gpt-4o", "--embedding", "text-embedding-3-small"], check=True
    )
    settings = folder / "settings.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("api_key: ${GRAPHRAG_API_KEY}", f"api_key: none\n    api_base: {url}"))
    (folder / "input").mkdir(exist_ok=True)
    shutil.copy(file, folder / "input" / f"{file.stem}.txt")
    subprocess.run([*tool, "index", "--root", str(folder)], check=True)


if __name__ == "__main__":
    name, url, file, folder = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    {"kg-gen": kg_gen, "lightrag": lightrag, "graphrag": graphrag}[name](url, Path(file), Path(folder))
