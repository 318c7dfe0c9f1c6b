"""Time expressions become intervals; what is no time is not read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_chain.dates import describe, find_times, query_interval
from memory_chain.types import Interval, Precision

NOW = datetime(2024, 5, 15, 9, 30, tzinfo=UTC)  # a Wednesday


def read(text, **more):
    """The first and last day of each time in a text."""
    return [
        None
        if span.interval is None
        else (
            span.interval.start.date().isoformat(),
            (span.interval.end - timedelta(microseconds=1)).date().isoformat(),
        )
        for span in find_times(text, NOW, **more)
    ]


def one(first, last=None):
    return [(first, last or first)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I went yesterday", one("2024-05-14")),
        ("I went the day before yesterday", one("2024-05-13")),
        ("We leave tomorrow morning", one("2024-05-16")),
        ("We leave the day after tomorrow", one("2024-05-17")),
        ("I ran this morning", one("2024-05-15")),
        ("Last night I slept badly", one("2024-05-14")),
        ("I saw her the other day", one("2024-05-05", "2024-05-15")),
        ("I tore it last Friday", one("2024-05-10")),
        ("I tore it last Wednesday", one("2024-05-08")),
        ("I tore it this past Monday", one("2024-05-13")),
        ("We meet next Friday", one("2024-05-17")),
        ("We meet this coming Tuesday", one("2024-05-21")),
        ("On Monday I went to Rome", one("2024-05-13")),
        ("On Monday we're going to Rome", one("2024-05-20")),
        ("I'll see him on Wednesday", one("2024-05-15")),
        ("We met the Sunday before last", one("2024-05-05")),
        ("We met the weekend before last", one("2024-05-04", "2024-05-05")),
        ("We met the week before last", one("2024-04-29", "2024-05-05")),
        ("We met on Tuesday of last week", one("2024-05-07")),
        ("Last weekend was fun", one("2024-05-11", "2024-05-12")),
        ("This weekend we hike", one("2024-05-18", "2024-05-19")),
        ("Next weekend we hike", one("2024-05-25", "2024-05-26")),
        ("Last week I was ill", one("2024-05-06", "2024-05-12")),
        ("Next week I start", one("2024-05-20", "2024-05-26")),
        ("Last month I moved", one("2024-04-01", "2024-04-30")),
        ("Next month I move", one("2024-06-01", "2024-06-30")),
        ("Earlier this month I moved", one("2024-05-01", "2024-05-31")),
        ("Last year I moved", one("2023-01-01", "2023-12-31")),
        ("Next year I move", one("2025-01-01", "2025-12-31")),
        ("Last quarter was good", one("2024-01-01", "2024-03-31")),
        ("Last summer I worked", one("2023-06-01", "2023-08-31")),
        ("Last winter I worked", one("2023-12-01", "2024-02-29")),
        ("Next spring I marry", one("2025-03-01", "2025-05-31")),
        ("Last March I moved", one("2024-03-01", "2024-03-31")),
        ("Next June I move", one("2024-06-01", "2024-06-30")),
        ("Three days ago I fell", one("2024-05-12")),
        ("A couple of days ago I fell", one("2024-05-13")),
        ("It was two weeks ago", one("2024-04-28", "2024-05-04")),
        ("About 3 months ago I fell", one("2024-02-01", "2024-02-29")),
        ("Ten years ago I fell", one("2014-01-01", "2014-12-31")),
        ("In two weeks I fly", one("2024-05-26", "2024-06-01")),
        ("In 3 days I fly", one("2024-05-18")),
        ("In a month's time I fly", one("2024-06-01", "2024-06-30")),
        ("I read a lot over the past two months", one("2024-03-16", "2024-05-15")),
        ("Born on 5 May 1990", one("1990-05-05")),
        ("Born May 5th, 1990", one("1990-05-05")),
        ("Born on the 5th of May 1990", one("1990-05-05")),
        ("Born 1990-05-05", one("1990-05-05")),
        ("Signed 25/06/2023", one("2023-06-25")),
        ("Signed 06/25/2023", one("2023-06-25")),
        ("We married on 8 March", one("2024-03-08")),
        ("We will marry on 8 March", one("2025-03-08")),
        ("I was there from 3 to 9 June 2023", one("2023-06-03", "2023-06-09")),
        ("I was there June 3-9, 2023", one("2023-06-03", "2023-06-09")),
        ("I moved in March 2021", one("2021-03-01", "2021-03-31")),
        ("I moved in March", one("2024-03-01", "2024-03-31")),
        ("I'm moving in March", one("2025-03-01", "2025-03-31")),
        ("What happened between May and July 2023?", one("2023-05-01", "2023-07-31")),
        ("I worked there in 2019", one("2019-01-01", "2019-12-31")),
        ("I have lived here since 2020", one("2020-01-01", "2020-12-31")),
        ("It was early 2021", one("2021-01-01", "2021-05-01")),
        ("It was mid-March 2022", one("2022-03-11", "2022-03-20")),
        ("We met at the end of June 2022", one("2022-06-21", "2022-06-30")),
        ("In the first week of June 2022 I left", one("2022-06-01", "2022-06-07")),
        ("In summer 2022 I left", one("2022-06-01", "2022-08-31")),
        ("It was the Friday before 15 July 2023", one("2023-07-14")),
        ("It was the week before 9 June 2023", one("2023-06-02", "2023-06-08")),
        ("In the 90s I sang", one("1990-01-01", "1999-12-31")),
        ("In the 1980s I sang", one("1980-01-01", "1989-12-31")),
        ("Last Christmas I cooked", one("2023-12-25")),
        ("We met on Halloween 2021", one("2021-10-31")),
        ("We met at Easter 2024", one("2024-03-31")),
        ("Thanksgiving 2023 was loud", one("2023-11-23")),
        ("We will meet at Christmas", one("2024-12-25")),
    ],
)
def test_times(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["I swim every Tuesday", "On Mondays I rest", "We meet weekly", "I run every morning", "Saturdays are mine"]
)
def test_what_repeats_is_told_as_recurring(text):
    (span,) = find_times(text, NOW)
    assert span.recurring and span.interval is None


@pytest.mark.parametrize(
    "text",
    [
        "we sat in the sun",
        "I may go, you might march on",
        "just a second",
        "I have 2 cats and 3 dogs",
        "version 3.11.7 costs $24.99",
        "open 24/7",
        "1/2 cup of sugar",
        "signed 05/06/2023",
        "in the year 9999999",
        "don't fall, spring back",
        "",
        "today" * 3,
        "call 555-2019",
    ],
)
def test_what_is_no_time_is_not_read(text):
    assert read(text) == []


def test_ambiguous_dates_are_read_when_told_how():
    assert read("05/06/2023", day_first=True) == one("2023-06-05")
    assert read("05/06/2023", day_first=False) == one("2023-05-06")


def test_today_is_the_speakers_day():
    late = datetime(2024, 5, 15, 23, 30, tzinfo=UTC)
    (span,) = find_times("today", late, zone=timezone(timedelta(hours=2)))
    assert span.interval.start == datetime(2024, 5, 15, 22, tzinfo=UTC)


def test_queries():
    assert query_interval("What did I do last summer?", NOW).start.date() == date(2023, 6, 1)
    both = query_interval("between 3 May 2023 and 9 May 2023", NOW)
    assert (both.start.date(), both.end.date()) == (date(2023, 5, 3), date(2023, 5, 10))
    assert query_interval("What do I like?", NOW) is None


@pytest.mark.parametrize(
    ("first", "last", "precision", "told"),
    [
        ("2024-03-08", "2024-03-09", Precision.DAY, "8 March 2024"),
        ("2024-03-01", "2024-04-01", Precision.MONTH, "March 2024"),
        ("2024-01-01", "2025-01-01", Precision.YEAR, "2024"),
        ("2024-03-04", "2024-03-11", Precision.WEEK, "the week of 4 March 2024"),
        ("2024-03-08", "2024-03-11", Precision.RANGE, "8–10 March 2024"),
        ("2024-02-28", "2024-03-11", Precision.RANGE, "28 February 2024 – 10 March 2024"),
    ],
)
def test_descriptions(first, last, precision, told):
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    assert describe(Interval(start=start, end=end, precision=precision)) == told


WORDS = """
last next this friday march may 31 30 february 2023 1900 9999 weeks ago in every on of the before christmas - / week
a couple months summer end mid between and
"""
words = st.sampled_from(sorted(WORDS.split()))


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.text(max_size=80), st.lists(words, max_size=12).map(" ".join)),
    st.sampled_from(["past", "future", "auto"]),
)
def test_any_text_is_read_without_error_in_order(text, prefer):
    end = 0
    for span in find_times(text, NOW, prefer=prefer):
        assert span.start_index >= end and span.text == text[span.start_index : span.end_index]
        end = span.end_index
        if span.interval is not None:
            assert span.interval.start < span.interval.end


@given(
    st.datetimes(min_value=datetime(1903, 1, 1), max_value=datetime(2190, 1, 1)),
    st.sampled_from(["last", "next"]),
    st.sampled_from(["friday", "week", "month", "year", "summer", "weekend", "quarter"]),
)
def test_last_is_before_next(moment, way, unit):
    said = moment.replace(tzinfo=UTC)
    spans = find_times(f"{way} {unit}", said)
    if spans:
        interval = spans[0].interval
        assert interval.start < said if way == "last" else interval.end > said
