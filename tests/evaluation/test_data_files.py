"""Reading files of benchmarks: hashes, records, and complaints that name the place."""

import hashlib

import pytest

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.files import (
    Origin,
    all_known,
    csv_rows,
    json_lines,
    json_list,
    json_records,
    parse_json,
    read_bytes,
    read_file,
    sums,
    unknown_files,
)

CONTENT = b'[{"a": 1}]'
ORIGIN = Origin(benchmark="X", advice="Get it at x.org.", known={"x.json": [hashlib.sha256(CONTENT).hexdigest()]})


def made(tmp_path, content, name="x.json"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_file(path, ORIGIN)


def test_the_published_file_is_known_and_another_is_told(tmp_path):
    file = made(tmp_path, CONTENT)
    assert file.known and all_known([file]) and unknown_files([file]) == []
    assert read_bytes(file.path, ORIGIN) == (CONTENT, hashlib.sha256(CONTENT).hexdigest(), True)
    other = made(tmp_path, CONTENT, "y.json")
    assert not other.known  # the name counts: the content of one file is not that of another
    assert sums([file, other]) == {str(file.path): file.sha256, str(other.path): file.sha256}
    assert unknown_files([file, other]) == [f"{other.path} (sha256 {other.sha256})"]


def test_a_complaint_about_a_changed_file_tells_the_hashes(tmp_path):
    file = made(tmp_path, b'[{"a": 1}')
    expected = rf"x\.json: is no JSON .*its sha256 is {file.sha256}, expected {ORIGIN.known['x.json'][0]}.*x\.org"
    with pytest.raises(InvalidInputError, match=expected):
        parse_json(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "pointer of Git LFS"),
        (b" \n", "it is empty"),
    ],
)
def test_what_is_no_data(tmp_path, content, message):
    with pytest.raises(InvalidInputError, match=message):
        made(tmp_path, content)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(InvalidInputError, match=r"There is no file .*nothing\.json\. Get it at x\.org"):
        read_file(tmp_path / "nothing.json", ORIGIN)
    with pytest.raises(InvalidInputError, match=r"cannot be read: .*Get it at x\.org"):
        read_file(tmp_path, ORIGIN)


def test_lines_name_their_number(tmp_path):
    file = made(tmp_path, b'{"a": 1}\r\n\n{"a": ')
    lines = json_lines(file)
    place, value = next(lines)
    assert (place.where, value) == ("line 1", {"a": 1})
    with pytest.raises(InvalidInputError, match=r"line 3: is no JSON .*cut off"):
        next(lines)


@pytest.mark.parametrize("content", [b'{"a": 1}', b'[{"a": 1}]', b'{"a": 1}\n'])
def test_records_in_three_forms(tmp_path, content):
    assert [value for _, value in json_records(made(tmp_path, content))] == [{"a": 1}]


def test_several_lines_are_records(tmp_path):
    assert [value for _, value in json_records(made(tmp_path, b'{"a": 1}\n{"a": 2}'))] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"3", b"null"])
def test_another_form_than_a_list(tmp_path, content):
    with pytest.raises(InvalidInputError, match=r"a list is expected|the list is empty"):
        list(json_list(made(tmp_path, content)))


def test_csv_rows(tmp_path):
    rows = list(csv_rows(made(tmp_path, b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n2,z\r\n'), ["a", "b"]))
    assert [(place.where, dict(row)) for place, row in rows] == [
        ("line 3", {"a": "1", "b": "x\r\ny"}),
        ("line 4", {"a": "2", "b": "z"}),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,c\n1,2\n", r"the column b is missing \(columns: a, c\)"),
        (b"a,b\n1\n", r"line 2: the row has another number of fields"),
        (b"a,b\n1,2,3\n", r"line 2: the row has another number of fields"),
        (b"a,b\n\xff,2\n", r"is no UTF-8"),
    ],
)
def test_bad_csv(tmp_path, content, message):
    with pytest.raises(InvalidInputError, match=message):
        list(csv_rows(made(tmp_path, content), ["a", "b"]))


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (lambda at: at.get({"b": 1}, "a"), r"record 4: 'a' is missing \(there is: b\)"),
        (lambda at: at.text({"a": 1}, "a"), r"'a' has to be a text, not a number"),
        (lambda at: at.words({"a": None}, "a"), r"not null"),
        (lambda at: at.words({"a": True}, "a"), r"not true or false"),
        (lambda at: at.integer({"a": "x"}, "a"), r"'a' has to be a whole number, not 'x'"),
        (lambda at: at.integer({"a": 1.5}, "a"), r"whole number"),
        (lambda at: at.list_of({"a": {}}, "a"), r"a list is expected, not an object"),
        (lambda at: at.texts({"a": ["x", []]}, "a"), r"'a' has to hold texts, not a list"),
        (lambda at: at.mapping([]), r"an object is expected, not a list"),
        (lambda at: at.one_of({"a": "9"}, "a", ("1", "2")), r"'a' is '9', which is not known; known are 1, 2"),
    ],
)
def test_values_of_the_wrong_kind(tmp_path, take, message):
    with pytest.raises(InvalidInputError, match=message):
        take(made(tmp_path, CONTENT).place.at("record 4"))


def test_values(tmp_path):
    at = made(tmp_path, CONTENT).place
    assert (at.words({"a": 3}, "a"), at.integer({"a": "3"}, "a"), at.integer({"a": 3}, "a")) == ("3", 3, 3)
