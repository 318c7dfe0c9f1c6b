"""Embedders that run on this machine. Each needs its extra, imported when the embedder is made."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memory_chain.embedding.base import Kind
from memory_chain.embedding.checks import checked_vectors
from memory_chain.errors import ConfigurationError, ReplyError

_LONGEST_TEXT = 8_000


class Model2VecEmbedder:
    """A static embedding model of model2vec (`Embedder`): a table of words, 65,000 messages a second."""

    def __init__(self, path: str | Path) -> None:
        """Load a model.

        Args:
            path: its folder, or a name that model2vec knows how to download.

        Raises:
            ConfigurationError: the extra is not installed, or there is no such model.
        """
        model2vec = _extra("model2vec", "model2vec")
        self._name = Path(path).name
        self._model: Any = _loaded(lambda: model2vec.StaticModel.from_pretrained(str(path)), path)
        self._dim = int(self._model.dim)

    @property
    def name(self) -> str:
        """Model and dimension, as stored beside the vectors."""
        return f"model2vec:{self._name}-{self._dim}"

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._dim

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text, of length 1; zeros for a text of which the model knows no word.

        Raises:
            ModelError: the model failed.
        """
        return _run(lambda: self._model.encode([text[:_LONGEST_TEXT] for text in texts]), texts, self._dim, self.name)


class FastembedEmbedder:
    """A model of fastembed (`Embedder`): ONNX on the CPU, slower and better than a table."""

    def __init__(self, path_or_name: str | Path, *, dim: int | None = None) -> None:
        """Load a model.

        Args:
            path_or_name: a name that fastembed knows (it downloads it once), or a folder with `model.onnx`
                (or `onnx/model.onnx`) and its tokenizer.
            dim: the length of a vector of a model in a folder; None finds out.

        Raises:
            ConfigurationError: the extra is not installed, or there is no such model.
        """
        fastembed = _extra("fastembed", "fastembed")
        folder = Path(path_or_name)
        self._name = folder.name if folder.is_dir() else str(path_or_name)
        self._lock = threading.Lock()
        if folder.is_dir():
            self._model: Any = _loaded(lambda: _from_folder(fastembed, folder, dim), folder)
        else:
            self._model = _loaded(lambda: fastembed.TextEmbedding(model_name=str(path_or_name)), path_or_name)
        self._dim = len(next(iter(self._model.embed(["dimension"]))))

    @property
    def name(self) -> str:
        """Model and dimension, as stored beside the vectors."""
        return f"fastembed:{self._name}-{self._dim}"

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._dim

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text, of length 1.

        Raises:
            ModelError: the model failed.
        """
        given = [text[:_LONGEST_TEXT] for text in texts]
        encode = self._model.query_embed if kind == "query" else self._model.embed
        with self._lock:
            return _run(lambda: list(encode(given)), texts, self._dim, self.name)


def _from_folder(fastembed: Any, folder: Path, dim: int | None) -> Any:
    """A model that fastembed does not know by name, from a folder; nothing is downloaded."""
    description = importlib.import_module("fastembed.common.model_description")
    name = f"omem/{folder.resolve().name}"
    known = {model["model"] for model in fastembed.TextEmbedding.list_supported_models()}
    file = "model.onnx" if (folder / "model.onnx").exists() else "onnx/model.onnx"
    if name not in known:
        fastembed.TextEmbedding.add_custom_model(
            model=name,
            pooling=description.PoolingType.MEAN,
            normalization=True,
            sources=description.ModelSource(hf=name),
            dim=dim or 384,
            model_file=file,
        )
    return fastembed.TextEmbedding(model_name=name, specific_model_path=str(folder))


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"This embedder needs {module}, which is not installed. Run: pip install 'o-mem[{extra}]'"
        ) from error


def _loaded(load: Any, path: str | Path) -> Any:
    try:
        return load()
    except Exception as error:  # whatever those packages raise: no such file, no network, a broken model
        raise ConfigurationError(
            f"The embedding model {str(path)!r} cannot be loaded ({type(error).__name__}: {error}). Give the folder of "
            "a model, or a name that the package knows."
        ) from error


def _run(encode: Any, texts: Sequence[str], dim: int, name: str) -> list[list[float]]:
    if not texts:
        return []
    try:
        rows = [[float(value) for value in row] for row in encode()]
    except Exception as error:  # a model's own errors have no common root
        raise ReplyError(
            f"The embedder {name!r} failed ({type(error).__name__}: {error}).", outcome="failed"
        ) from error
    return checked_vectors(rows, texts=len(texts), dim=dim, name=name)
