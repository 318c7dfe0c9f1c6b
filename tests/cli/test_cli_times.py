"""Times on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from memory_chain.cli import times


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2024-05-03", datetime(2024, 5, 3, tzinfo=UTC)),
        ("2024-05-03T18:30", datetime(2024, 5, 3, 18, 30, tzinfo=UTC)),
        ("2024-05-03 18:30", datetime(2024, 5, 3, 18, 30, tzinfo=UTC)),
        ("2024-05-03T18:30:00Z", datetime(2024, 5, 3, 18, 30, tzinfo=UTC)),
        ("2024-05-03T18:30:00+02:00", datetime(2024, 5, 3, 16, 30, tzinfo=UTC)),
    ],
)
def test_moments(given: str, moment: datetime):
    assert times.moment(given) == moment


def test_a_date_alone_is_a_whole_day():
    assert times.end("2024-05-03") == datetime(2024, 5, 4, tzinfo=UTC)
    assert times.known_at("2024-05-03") == datetime(2024, 5, 3, 23, 59, 59, 999999, tzinfo=UTC)
    assert times.end("2024-05-03T12:00Z") == times.known_at("2024-05-03T12:00Z") == times.moment("2024-05-03T12:00Z")


@pytest.mark.parametrize("given", ["", "yesterday", "2024-13-01", "3.5.2024", "9999-12-31", "0001-01-01T00:00+12:00"])
@pytest.mark.parametrize("parse", [times.moment, times.end, times.known_at])
def test_what_is_no_time_is_told_with_examples(given: str, parse):
    with pytest.raises(typer.BadParameter, match="Write for example 2024-05-03"):
        parse(given)
