"""What the exports of assistants share: content in parts, and text out of HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

from memory_chain.types import Role

ROLES = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "chatgpt": Role.ASSISTANT,
    "bing": Role.ASSISTANT,
    "bard": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "agent": Role.ASSISTANT,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "tool": Role.TOOL,
    "function": Role.TOOL,
    "function_call": Role.TOOL,
    "observation": Role.TOOL,
}
"""The words that formats use for who speaks."""

_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "tr", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}
_HIDDEN = {"script", "style", "button", "svg"}


def text_of(content: Any) -> str:
    """The text of content: a text, or parts that are texts or objects of type `text`."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = content.get("parts") or content.get("text") or []
        if isinstance(content, str):
            return content
    if not isinstance(content, list):
        return ""
    found = []
    for part in content:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str) and _is_text(part):
            found.append(part["text"])
    return "\n\n".join(text for text in found if text.strip())


def _is_text(part: dict[str, Any]) -> bool:
    return part.get("type", part.get("content_type", "text")) in (
        "text",
        "input_text",
        "output_text",
        "audio_transcription",
    )


def plain_text(markup: str) -> str:
    """The text of HTML, its blocks on lines of their own."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.found)).strip()


def unescaped(text: str) -> str:
    """The text with `&amp;` and the like as the signs that they stand for."""
    return html.unescape(text)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "li":
            self.found.append("\n- ")
        elif tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS and tag != "br":
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
