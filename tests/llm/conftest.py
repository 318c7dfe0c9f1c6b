from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # for fault_server, which tests of other folders use, too

from fault_server import FaultServer

from memory_chain.llm.openai_compatible import OpenAICompatibleLLM

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(hang_seconds=2.0) as started:
        yield started


@pytest.fixture
def make_llm(server: FaultServer) -> Iterator[Callable[..., OpenAICompatibleLLM]]:
    made: list[OpenAICompatibleLLM] = []

    def make(**settings: Any) -> OpenAICompatibleLLM:
        defaults: dict[str, Any] = {
            "model": "m",
            "api_key": KEY,
            "base_url": server.base_url,
            "timeout_seconds": 0.15,
            "attempts": 2,
            "sleep": lambda seconds: None,
        }
        llm = OpenAICompatibleLLM(**{**defaults, **settings})
        made.append(llm)
        return llm

    yield make
    for llm in made:
        llm.close()
