"""The same message sent twice without a time."""

from memory_chain import MemoryManager


def test_a_known_id_without_a_time_is_a_duplicate(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="inline") as memory:
        memory.add({"id": "m1", "text": "I live in Porto."}, user_id="ana")
        receipt = memory.add({"id": "m1", "text": "I live in Porto."}, user_id="ana")
    assert (receipt.stored, receipt.duplicates) == (0, 1)


def test_two_feelings_in_one_message_are_no_liking_of_both(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="inline") as memory:
        memory.add("I am allergic to shellfish and I love hiking.", user_id="ana")
        liked = [one.topic for one in memory.profile("ana").preferences]
    assert "shellfish" not in liked
