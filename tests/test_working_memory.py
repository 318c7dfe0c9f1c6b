"""Working memory: what goes to the model, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_chain.types import Message, QueueItem
from memory_chain.working_memory import WorkingMemory

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def queue(count, **more):
    return [QueueItem(message=Message(text=f"message {i}", id=str(i)), **more) for i in range(count)]


def ids(items):
    return [item.message.id for item in items]


def test_nothing_overflows_while_there_is_room():
    assert WorkingMemory().overflow(queue(19), now=NOW, last_added_at=NOW) == []


def test_when_full_the_oldest_go_on():
    assert ids(WorkingMemory().overflow(queue(20), now=NOW, last_added_at=NOW)) == [str(i) for i in range(10)]


def test_after_silence_or_on_flush_all_goes_on_in_batches():
    memory = WorkingMemory(refresh=2)
    late = NOW + timedelta(seconds=60)
    assert ids(memory.overflow(queue(3), now=late, last_added_at=NOW)) == ["0", "1"]
    assert ids(memory.overflow(queue(1), now=NOW, last_added_at=NOW, flush=True)) == ["0"]


def test_a_failed_batch_is_halved_until_one_message_stands_alone():
    memory = WorkingMemory()
    sizes = [len(memory.overflow(queue(10, tries=tries), now=NOW, last_added_at=NOW)) for tries in range(1, 6)]
    assert sizes == [5, 2, 1, 1, 1]


def test_failed_messages_wait_for_their_time():
    later = NOW + timedelta(seconds=1)
    assert WorkingMemory().overflow(queue(5, tries=1, not_before=later), now=NOW, last_added_at=NOW, flush=True) == []


def test_refresh_has_to_fit():
    with pytest.raises(ValueError, match="refresh"):
        WorkingMemory(capacity=5, refresh=6)
