"""Every error of our tree has a readable line and an exit code."""

from __future__ import annotations

import json

import pytest

from memory_chain import errors
from memory_chain.cli import failures

TREE = {
    errors.InvalidInputError: 2,
    errors.InvalidMessageError: 2,
    errors.InvalidUserError: 2,
    errors.ConfigurationError: 2,
    errors.TransferError: 2,
    errors.StorageError: 4,
    errors.ForeignFileError: 4,
    errors.NewerSchemaError: 4,
    errors.StoreBusyError: 4,
    errors.StoreFullError: 4,
    errors.ReadOnlyError: 4,
    errors.ClosedError: 4,
    errors.ModelError: 5,
    errors.ProviderDownError: 5,
    errors.ProviderRefusedError: 5,
    errors.ReplyError: 5,
    errors.NotFoundError: 3,
}
SPECIAL = {
    errors.ConflictError("m", ["text"]): 2,
    errors.UnknownUserError("bob"): 3,
    errors.UnknownItemError("message", "m9", "bob"): 3,
    errors.MissingModelError("answer"): 2,
    errors.UserExistsError(): 2,
}


def everything(kind: type) -> set[type]:
    return {kind, *(one for child in kind.__subclasses__() for one in everything(child))}


def test_the_whole_tree_is_covered():
    ours = {one for one in everything(errors.MemoryChainError) if one.__module__ == errors.__name__}
    assert ours - {errors.MemoryChainError} == {*TREE, *(type(error) for error in SPECIAL)}


@pytest.mark.parametrize(
    ("error", "code"), [*((kind("Not so."), code) for kind, code in TREE.items()), *SPECIAL.items()]
)
def test_codes_and_lines(error, code: int, capsys: pytest.CaptureFixture[str]):
    assert failures.tell_error(error, as_json=False) == code
    line = capsys.readouterr().err
    assert line.startswith("omem: ")
    assert line.count("\n") == 1
    assert failures.tell_error(error, as_json=True) == code
    told = json.loads(capsys.readouterr().err)
    assert told["error"]["type"] == type(error).__name__
    assert told["error"]["message"]


def test_hostile_words_in_an_error_are_harmless(capsys: pytest.CaptureFixture[str]):
    failures.tell("X", "bad \x1b[31m name\nand more", as_json=False)
    assert capsys.readouterr().err == "omem: bad ␛[31m name and more\n"


@pytest.mark.parametrize(
    ("args", "given"), [(["--json"], True), (["a", "--json"], True), (["a", "--", "--json"], False), ([], False)]
)
def test_flags_are_seen_before_the_arguments_are_understood(args: list[str], given: bool):
    assert failures.flag_given(args, "--json") is given
