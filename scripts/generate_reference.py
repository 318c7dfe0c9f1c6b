"""Write docs/reference/ from the docstrings: `python scripts/generate_reference.py` (`--check`: only compare).

A test compares the pages with the code. The command line has a page of its own, made by
scripts/generate_cli_reference.py.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import memory_chain
from memory_chain import aio, config, conversation, errors, memory, memory_manager, schema, testing, types
from memory_chain.embedding import base as embedding_base
from memory_chain.extraction import base as extraction_base
from memory_chain.llm import base as llm_base
from memory_chain.storage import base as storage_base

TARGET = Path(__file__).parent.parent / "docs" / "reference"
HEAD = "<!-- made by scripts/generate_reference.py; do not edit -->\n"

OPENING = ("open", "from_config", "from_settings")


# -- from Python to words ----------------------------------------------------------------------------------------


def annotation(given: Any) -> str:
    """A type as it stands in the source."""
    if given is inspect.Parameter.empty:
        return ""
    return given if isinstance(given, str) else getattr(given, "__name__", str(given))


def default(value: Any) -> str:
    """A default as it stands in the source."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if callable(value):
        return str(getattr(value, "__name__", value))
    return repr(value)


def signature(function: Callable[..., Any], name: str) -> str:
    """A function's line, without `self`, wrapped where it is long."""
    parts: list[str] = []
    keywords = False
    for one in inspect.signature(function).parameters.values():
        if one.name in ("self", "cls"):
            continue
        if one.kind is one.KEYWORD_ONLY and not keywords:
            parts.append("*")
        keywords = keywords or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        star = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        typed = f": {annotation(one.annotation)}" if one.annotation is not one.empty else ""
        equals = (" = " if typed else "=") + default(one.default) if one.default is not one.empty else ""
        parts.append(f"{star}{one.name}{typed}{equals}")
    returned = annotation(inspect.signature(function).return_annotation)
    arrow = f" -> {returned}" if returned and returned != "None" else ""
    line = f"{name}({', '.join(parts)}){arrow}"
    if len(line) <= 100:
        return line
    body = ",\n".join(f"    {part}" for part in parts)
    return f"{name}(\n{body},\n){arrow}"


_BLOCK = re.compile(r"^(Args|Returns|Raises):\s*$")
_ENTRY = re.compile(r"^    (\w+): (.*)$")


def prose(docstring: str | None) -> str:
    """A docstring as Markdown: its `Args:` and `Raises:` as lists."""
    lines: list[str] = []
    inside = ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        heading, entry = _BLOCK.match(line), _ENTRY.match(line)
        if heading:
            inside = heading[1]
            lines += [{"Args": "Arguments:", "Raises": "Raises:"}.get(inside, f"{inside}:"), ""]
        elif inside and entry:
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif inside and line.strip():
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines).strip()


def attribute_docs(module: ModuleType) -> dict[str, dict[str, str]]:
    """The texts that stand below the attributes of a module's classes."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            docs = found.setdefault(node.name, {})
            for here, after in zip(node.body, node.body[1:], strict=False):
                name = _assigned(here)
                if name and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                    docs[name] = " ".join(str(after.value.value).split())
    return found


def _assigned(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def own_classes(module: ModuleType) -> Iterator[type]:
    """A module's public classes, in the order of the source."""
    for name in attribute_docs(module):
        found = getattr(module, name)
        if not name.startswith("_") and found.__module__ == module.__name__:
            yield found


def public_members(owner: type) -> Iterator[tuple[str, Any]]:
    """A class's own public methods and properties, in the order of the source."""
    for name, member in vars(owner).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property | classmethod)):
            yield name, member


# -- pages -------------------------------------------------------------------------------------------------------


def method(owner: type, name: str, *, level: str = "###", prefix: str = "") -> str:
    """One method: its line and its docstring."""
    member = inspect.getattr_static(owner, name)
    if isinstance(member, property):
        getter = member.fget
        returned = annotation(inspect.signature(getter).return_annotation) if getter else ""
        return f"{level} {name}\n\n```text\n{prefix}{name}: {returned}\n```\n\n{prose(member.__doc__)}\n"
    function = getattr(owner, name)
    return f"{level} {name}\n\n```text\n{signature(function, prefix + name)}\n```\n\n{prose(function.__doc__)}\n"


def record(owner: Any, docs: dict[str, str]) -> str:
    """A dataclass or an enum: its text and a table of its fields."""
    if issubclass(owner, Enum):
        told = {str(member.value): docs.get(name, "") for name, member in owner.__members__.items()}
        if any(told.values()):
            table = "| value | meaning |\n|---|---|\n" + "\n".join(f"| `{v}` | {text} |" for v, text in told.items())
        else:
            table = f"One of {', '.join(f'`{v}`' for v in told)}."
    else:
        rows: list[str] = []
        for field in dataclasses.fields(owner):
            shown = _field_default(field)
            rows.append(f"| `{field.name}` | `{_cell(str(field.type))}` | {shown} | {docs.get(field.name, '')} |")
        table = "| field | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows)
    parts = [f"### {owner.__name__}\n\n{prose(owner.__doc__)}\n\n{table}\n"]
    parts += [
        f"- `{name}{'' if isinstance(member, property) else '()'}`: {_first_line(member)}"
        for name, member in public_members(owner)
        if not isinstance(member, Enum)
    ]
    return "\n".join(parts).rstrip() + "\n"


def _field_default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f"`{default(field.default)}`"
    if field.default_factory is not dataclasses.MISSING:
        return f"`{default(field.default_factory)}()`"
    return "required"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_line(member: Any) -> str:
    return (inspect.getdoc(member) or "").split("\n\n")[0].replace("\n", " ")


def names_page() -> str:
    """The front door."""
    lines = ["# Public names\n", "All that `memory_chain` itself offers. Everything else may change.\n"]
    lines.append("| name | what it is | where it is told |\n|---|---|---|")
    pages = {
        memory_manager.MemoryManager: "manager.md",
        aio.AsyncMemoryManager: "manager.md",
        memory.MemoryChain: "manager.md",
        config.Settings: "settings.md",
        errors.MemoryChainError: "errors.md",
        schema.ProfileSchema: "seams.md",
    }
    for name in memory_chain.__all__:
        if name == "__version__":
            lines.append("| `__version__` | The version, as text. | |")
            continue
        found = getattr(memory_chain, name)
        page = pages.get(found, "records.md")
        lines.append(f"| `{name}` | {_first_line(found)} | [{page.removesuffix('.md')}]({page}) |")
    lines.append(
        "\nBeside them, these modules are public: `memory_chain.types` ([records](records.md)), `memory_chain.errors`\n"
        "([errors](errors.md)), `memory_chain.testing` and the modules of the seams ([seams](seams.md))."
    )
    return "\n".join(lines) + "\n"


def manager_page() -> str:
    """`MemoryManager`, and what differs in its two siblings."""
    owner = memory_manager.MemoryManager
    parts = [f"# MemoryManager\n\n{prose(owner.__doc__)}\n\nHow it is opened:\n"]
    parts += [method(owner, name, prefix="MemoryManager.") for name in OPENING]
    chain = memory.MemoryChain
    parts.append(
        "## Methods\n\nMost of them do what the method of the same name of `MemoryChain` does, for the user who is "
        "named; its text is repeated here.\n"
    )
    for name, _ in public_members(owner):
        if name in OPENING:
            continue
        text = method(owner, name, prefix="memory.")
        told = inspect.getdoc(getattr(owner, name)) or ""
        if f"see `MemoryChain.{name}`" in told:
            text = text.replace(f"; see `MemoryChain.{name}`", "").rstrip()
            text += f"\n\n{prose(getattr(chain, name).__doc__)}\n"
        parts.append(text)
    parts.append(f"## AsyncMemoryManager\n\n{prose(aio.AsyncMemoryManager.__doc__)}\n\n{_twins()}\n")
    parts.append(f"## MemoryChain\n\n{prose(chain.__doc__)}\n")
    own = [name for name, _ in public_members(chain) if not hasattr(owner, name)]
    parts.append("It has the methods above without `user_id`, and these:\n")
    parts += [method(chain, name, prefix="chain.") for name in own]
    parts.append(f"### Options\n\n{record(memory.ChainOptions, attribute_docs(memory)['ChainOptions'])}")
    return "\n".join(parts)


def _twins() -> str:
    names = [name for name, _ in public_members(aio.AsyncMemoryManager) if name not in OPENING]
    return "Every method is awaited: " + ", ".join(f"`{name}`" for name in names) + "."


def records_page() -> str:
    """The records and enums of `types`, and the answer."""
    docs = attribute_docs(types)
    parts = [f"# Records\n\n{prose(types.__doc__)}\n"]
    parts += [record(owner, docs[owner.__name__]) for owner in own_classes(types)]
    parts.append(record(conversation.Answer, attribute_docs(conversation)["Answer"]))
    return "\n".join(parts)


def errors_page() -> str:
    """The tree of errors, and each of them."""
    tree = textwrap.dedent((errors.__doc__ or "").partition("\n\n")[2])
    drawn, _, rest = tree.partition("\n\n")
    head = "# Errors\n\nEvery error that O-Mem raises on purpose, as one tree."
    parts = [f"{head}\n\n```text\n{drawn.rstrip()}\n```\n\n{rest.strip()}\n"]
    parts.append("| error | below | when |\n|---|---|---|")
    for owner in own_classes(errors):
        above = ", ".join(f"`{base.__name__}`" for base in owner.__bases__)
        parts.append(f"| `{owner.__name__}` | {above} | {' '.join(prose(owner.__doc__).split())} |")
    return "\n".join(parts) + "\n"


def settings_page() -> str:
    """The settings."""
    lines = [
        "# Settings\n",
        f"{prose(config.__doc__)}\n",
        "| setting | type | default | meaning | environment |\n|---|---|---|---|---|",
    ]
    for name, field in config.Settings.model_fields.items():
        typed = _cell(str(config.Settings.__annotations__[name]))
        foreign = {"openai_api_key": ", `OPENAI_API_KEY`", "openai_base_url": ", `OPENAI_BASE_URL`"}.get(name, "")
        limits = "".join(f", {_limit(one)}" for one in field.metadata)
        lines.append(
            f"| `{name}` | `{typed}`{limits} | `{default(field.default)}` | {field.description} "
            f"| `OMEM_{name.upper()}`{foreign} |"
        )
    lines.append("\nThe command line reads `OMEM_CONFIG` and `OMEM_USER` as well. How they are read:\n")
    lines.append(method(config.Settings, "load", prefix="Settings."))
    lines.append(method(config.Settings, "home_folder", prefix="settings."))
    return "\n".join(lines)


def _limit(bound: Any) -> str:
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return " ".join(f"{words} {getattr(bound, sign)}" for sign, words in signs.items() if hasattr(bound, sign))


def seams_page() -> str:
    """What others may put in: models, embedders, writers, rules, memory types, stores, schemas, fakes."""
    parts = ["# Seams\n\nWhat can be replaced or added, and what it has to do.\n"]
    sections: list[tuple[str, ModuleType, Iterable[type]]] = [
        ("Language models", llm_base, own_classes(llm_base)),
        ("Embedders", embedding_base, own_classes(embedding_base)),
        ("Understanding", extraction_base, own_classes(extraction_base)),
        ("Profile schema", schema, (schema.ProfileSchema, schema.Section)),
        ("Stores", storage_base, own_classes(storage_base)),
        ("For tests", testing, (testing.ScriptedLLM, testing.HashingEmbedder)),
    ]
    for title, module, owners in sections:
        parts.append(f"## {title}\n\n`{module.__name__}`: {prose(module.__doc__).splitlines()[0]}\n")
        docs = attribute_docs(module)
        parts += [_seam(owner, docs.get(owner.__name__, {})) for owner in owners]
    return "\n".join(parts)


def _seam(owner: type, docs: dict[str, str]) -> str:
    if dataclasses.is_dataclass(owner):
        return record(owner, docs)
    text = f"### {owner.__name__}\n\n{prose(owner.__doc__)}\n"
    if issubclass(owner, tuple):
        fields = getattr(owner, "__annotations__", {})
        return text + "\n" + "\n".join(f"- `{name}`: {docs.get(name, '')}".rstrip(": ") for name in fields) + "\n"
    members = [name for name, _ in public_members(owner)]
    if "__call__" in vars(owner):
        members.append("__call__")
    return text + "\n" + "\n".join(method(owner, name, level="####") for name in members)


PAGES: dict[str, Callable[[], str]] = {
    "names.md": names_page,
    "manager.md": manager_page,
    "records.md": records_page,
    "errors.md": errors_page,
    "settings.md": settings_page,
    "seams.md": seams_page,
}


def pages() -> dict[str, str]:
    """All pages by file name."""
    return {name: HEAD + re.sub(r"\n{3,}", "\n\n", make()).rstrip() + "\n" for name, make in PAGES.items()}


def main() -> int:
    """Write the pages, or tell which are out of date."""
    TARGET.mkdir(parents=True, exist_ok=True)
    old = []
    for name, text in pages().items():
        path = TARGET / name
        if not path.exists() or path.read_text("utf-8") != text:
            old.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, "utf-8")
    print(f"{'out of date' if '--check' in sys.argv else 'written'}: {', '.join(old) or 'none'}")
    return int(bool(old) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
