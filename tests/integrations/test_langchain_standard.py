"""LangChain's own suite for integrations (`langchain-tests`), over the retriever and the tools."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("langchain_tests", reason="needs langchain-tests; run tests/integrations/run langchain")

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import RetrieversIntegrationTests, ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from memory_chain import MemoryManager
from memory_chain.integrations.langchain import OMemRetriever, memory_tools

HOME = SimpleNamespace(manager=None)
"""The memories that the suite's properties take: they are asked before any fixture of a test."""


@pytest.fixture(autouse=True, scope="module")
def memories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with MemoryManager.open(tmp_path_factory.mktemp("m"), consolidate="inline") as HOME.manager:
        HOME.manager.add(
            ["I'm allergic to shellfish.", "I live in Porto.", "I like green tea."], user_id="alice", session_id="one"
        )
        yield


class TestRetrieverStandard(RetrieversIntegrationTests):
    @property
    def retriever_constructor(self) -> Any:
        return OMemRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"manager": HOME.manager, "user_id": "alice"}

    @property
    def retriever_query_example(self) -> str:
        return "What do I like to eat and drink?"


class TestMessagesStandard(TestRetrieverStandard):
    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"manager": HOME.manager, "user_id": "alice", "search_type": "search"}

    @property
    def retriever_query_example(self) -> str:
        return "shellfish, Porto, green tea"


RUNTIME = ToolRuntime(
    state={},
    context={"user_id": "alice"},
    config={"configurable": {"thread_id": "two"}},
    stream_writer=lambda chunk: None,
    tool_call_id=None,
    store=None,
)


class OneTool:
    """A tool of `memory_tools`, with what a framework's run gives it."""

    name: str
    example: dict[str, Any]

    @property
    def tool_constructor(self) -> BaseTool:
        return next(one for one in memory_tools(HOME.manager, allow_changes=True) if one.name == self.name)

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {**self.example, "runtime": RUNTIME}


class TestRecallUnit(OneTool, ToolsUnitTests):
    name, example = "recall", {"query": "What food is fine?"}


class TestRecall(OneTool, ToolsIntegrationTests):
    name, example = "recall", {"query": "What food is fine?"}


class TestRememberUnit(OneTool, ToolsUnitTests):
    name, example = "remember", {"text": "The user likes jazz."}


class TestRemember(OneTool, ToolsIntegrationTests):
    name, example = "remember", {"text": "The user likes jazz."}


class TestAboutUser(OneTool, ToolsIntegrationTests):
    name, example = "about_user", {}


class TestForget(OneTool, ToolsIntegrationTests):
    name, example = "forget", {"item_id": "none"}
