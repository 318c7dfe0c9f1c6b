"""The asynchronous face has the same methods with the same signatures, and works."""

import asyncio
import inspect

from memory_chain import AsyncMemoryManager, MemoryManager


def public(kind):
    return {
        name: member
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name not in ("from_settings",)
    }


def test_every_method_has_its_twin_with_the_same_signature():
    plain, twins = public(MemoryManager), public(AsyncMemoryManager)
    assert plain.keys() == twins.keys()
    for name, method in plain.items():
        assert inspect.iscoroutinefunction(twins[name]), name
        assert inspect.signature(method) == inspect.signature(twins[name]), name
        assert twins[name].__doc__ == method.__doc__


def test_the_twin_remembers_and_finds(tmp_path):
    async def story():
        async with AsyncMemoryManager.open(tmp_path) as memory:
            await asyncio.gather(*(memory.add(f"I love game{i}.", user_id=f"u{i % 3}") for i in range(12)))
            found = await memory.search("game7", user_id="u1")
            return await memory.users(), [piece.text for piece in found]

    users, found = asyncio.run(story())
    assert users == ["u0", "u1", "u2"]
    assert found[0] == "I love game7."
