"""The date grammar. Every case was said on Thursday 14 March 2024 at 15:30 UTC unless it tells otherwise."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memory_chain.dates import Interval, Precision, TimeSpan, describe, find_times, query_interval
from memory_chain.errors import InvalidInputError

SAID_AT = datetime(2024, 3, 14, 15, 30, tzinfo=UTC)


def told(text: str, **options) -> list[tuple[str, str]]:
    """Each span with its description: `schedule` for what recurs, `open` for what has no interval."""
    spans = find_times(text, options.pop("said_at", SAID_AT), **options)
    return [(span.text, _short(span)) for span in spans]


def _short(span: TimeSpan) -> str:
    if span.recurring:
        return "schedule"
    return describe(span.interval) if span.interval else "open"


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# --- one expression, one interval -----------------------------------------------------------------------

ONE = [
    # days near today
    ("Met her today", "today", "14 March 2024"),
    ("I fell yesterday", "yesterday", "13 March 2024"),
    ("We leave tomorrow", "tomorrow", "15 March 2024"),
    ("the day before yesterday I fell", "the day before yesterday", "12 March 2024"),
    ("the day after tomorrow we fly", "the day after tomorrow", "16 March 2024"),
    ("I saw her the other day", "the other day", "7–13 March 2024"),
    ("earlier today it rained", "earlier today", "14 March 2024"),
    ("yesterday’s news", "yesterday", "13 March 2024"),
    # parts of the day
    ("I went yesterday morning", "yesterday morning", "the morning of 13 March 2024"),
    ("this morning I ran", "this morning", "the morning of 14 March 2024"),
    ("I'll nap this afternoon", "this afternoon", "the afternoon of 14 March 2024"),
    ("what a party last night", "last night", "the night of 13 March 2024"),
    ("late last night it rang", "late last night", "the night of 13 March 2024"),
    ("the night before last", "the night before last", "the night of 12 March 2024"),
    ("see you tonight", "tonight", "the night of 14 March 2024"),
    ("next Monday morning", "next Monday morning", "the morning of 18 March 2024"),
    ("last Friday night we danced", "last Friday night", "the night of 8 March 2024"),
    ("the night of 5 May 2023", "the night of 5 May 2023", "the night of 5 May 2023"),
    # times of the day
    ("We meet tomorrow at 7pm", "tomorrow at 7pm", "15 March 2024, 19:00"),
    ("We met at 7:30 on Friday", "7:30 on Friday", "8 March 2024, 07:30"),
    ("at 7:30 pm tomorrow", "7:30 pm tomorrow", "15 March 2024, 19:30"),
    ("at 7 p.m. on Friday we left", "7 p.m. on Friday", "8 March 2024, 19:00"),
    ("I woke at 6am", "6am", "14 March 2024, 06:00"),
    ("at 7pm I left", "7pm", "13 March 2024, 19:00"),
    ("I'll call at 9am", "9am", "15 March 2024, 09:00"),
    ("at 7 in the evening", "7 in the evening", "14 March 2024, 19:00"),
    ("Friday evening at 7 we ate", "Friday evening at 7", "8 March 2024, 19:00"),
    ("yesterday at 15:00", "yesterday at 15:00", "13 March 2024, 15:00"),
    ("yesterday at 3", "yesterday at 3", "13 March 2024"),
    ("this morning at 9", "this morning at 9", "14 March 2024, 09:00"),
    ("tomorrow night at 8", "tomorrow night at 8", "15 March 2024, 20:00"),
    ("we ate at noon on Tuesday", "noon on Tuesday", "12 March 2024, 12:00"),
    # amounts
    ("5 minutes ago", "5 minutes ago", "14 March 2024, 15:25"),
    ("an hour ago", "an hour ago", "14 March 2024, 14:30"),
    ("half an hour ago", "half an hour ago", "14 March 2024, 15:00"),
    ("three days ago", "three days ago", "11 March 2024"),
    ("a couple of days ago", "a couple of days ago", "11–12 March 2024"),
    ("few days ago I went", "few days ago", "9–12 March 2024"),
    ("two or three days ago", "two or three days ago", "11–12 March 2024"),
    ("two weeks ago I was laid off", "two weeks ago", "the week of 26 February 2024"),
    ("2-3 weeks ago", "2-3 weeks ago", "22–29 February 2024"),
    ("a couple weeks back", "a couple weeks back", "22–29 February 2024"),
    ("a fortnight ago", "a fortnight ago", "the week of 26 February 2024"),
    ("a month ago", "a month ago", "February 2024"),
    ("several months ago", "several months ago", "July–December 2023"),
    ("five years ago", "five years ago", "2019"),
    ("a few years back we hiked", "a few years back", "2019–2022"),
    ("a year and a half ago", "a year and a half ago", "September 2022"),
    ("1.5 years ago", "1.5 years ago", "September 2022"),
    ("a decade ago", "a decade ago", "2012–2016"),
    ("100 years ago", "100 years ago", "1924"),
    ("a year ago today", "a year ago today", "14 March 2023"),
    ("a week ago yesterday", "a week ago yesterday", "6 March 2024"),
    ("a week ago Friday", "a week ago Friday", "1 March 2024"),
    ("two weeks ago on Sunday", "two weeks ago on Sunday", "25 February 2024"),
    ("two Fridays ago", "two Fridays ago", "1 March 2024"),
    ("two weekends ago", "two weekends ago", "2–3 March 2024"),
    ("two summers ago", "two summers ago", "summer 2022"),
    ("in three days I will leave", "in three days", "17 March 2024"),
    ("The baby's due in ten weeks.", "in ten weeks", "the week of 20 May 2024"),
    ("back in a week's time", "in a week's time", "the week of 18 March 2024"),
    ("three weeks from now", "three weeks from now", "the week of 1 April 2024"),
    ("a week from Friday I'll go", "a week from Friday", "22 March 2024"),
    ("a week from tomorrow", "a week from tomorrow", "22 March 2024"),
    ("Friday week we're off", "Friday week", "22 March 2024"),
    ("two days before Christmas 2023", "two days before Christmas 2023", "23 December 2023"),
    ("3 days after 5 May 2023", "3 days after 5 May 2023", "8 May 2023"),
    # stretches until now, or from now
    ("over the past two months", "the past two months", "14 January – 14 March 2024"),
    ("the last few weeks", "the last few weeks", "8 February – 14 March 2024"),
    ("in the last month", "the last month", "14 February – 14 March 2024"),
    ("the past year", "the past year", "14 March 2023 – 14 March 2024"),
    ("the next two months", "the next two months", "14 March – 14 May 2024"),
    ("I've lived here for three years", "for three years", "14 March 2021 – 14 March 2024"),
    ("It's been hard for two weeks", "for two weeks", "29 February – 14 March 2024"),
    ("I've been here since last year", "since last year", "1 January 2023 – 14 March 2024"),
    ("since 2020", "since 2020", "1 January 2020 – 14 March 2024"),
    ("since Monday", "since Monday", "11–14 March 2024"),
    ("I can't until Friday", "until Friday", "14–15 March 2024"),
    ("I'm away till June", "till June", "14 March – 30 June 2024"),
    ("after 2019 I moved", "after 2019", "1 January 2020 – 14 March 2024"),
    # weekdays
    ("last Friday I slipped", "last Friday", "8 March 2024"),
    ("I joined last Tues.", "last Tues", "12 March 2024"),
    ("We get the keys next Friday", "next Friday", "22 March 2024"),
    ("this past Friday", "this past Friday", "8 March 2024"),
    ("this coming Saturday", "this coming Saturday", "16 March 2024"),
    ("I won this Tuesday!", "this Tuesday", "12 March 2024"),
    ("On Friday I went", "Friday", "8 March 2024"),
    ("on Friday we're going", "Friday", "15 March 2024"),
    ("see you on sat then, I will cook", "sat", "16 March 2024"),
    ("I have an interview on Monday!", "Monday", "18 March 2024"),
    ("ANY PLANS FOR FRIDAY?", "FRIDAY", "15 March 2024"),
    ("Monday last week", "Monday last week", "4 March 2024"),
    ("Last week on Tuesday", "Last week on Tuesday", "5 March 2024"),
    ("Tuesday next week", "Tuesday next week", "19 March 2024"),
    ("the Sunday before last", "the Sunday before last", "3 March 2024"),
    ("Friday before 15 July 2023", "Friday before 15 July 2023", "14 July 2023"),
    ("Monday to Wednesday", "Monday to Wednesday", "11–13 March 2024"),
    ("from Monday to Wednesday", "from Monday to Wednesday", "11–13 March 2024"),
    # weeks and weekends
    ("last week", "last week", "the week of 4 March 2024"),
    ("the week before 9 June 2023", "the week before 9 June 2023", "the week of 2 June 2023"),
    ("the week after next", "the week after next", "the week of 25 March 2024"),
    ("the week of 6 March 2024", "the week of 6 March 2024", "the week of 4 March 2024"),
    ("later this week", "later this week", "15–17 March 2024"),
    ("last weekend was fun", "last weekend", "9–10 March 2024"),
    ("this weekend we rest", "this weekend", "16–17 March 2024"),
    ("next weekend", "next weekend", "23–24 March 2024"),
    ("over the weekend we hiked", "the weekend", "9–10 March 2024"),
    ("any plans for the weekend?", "the weekend", "16–17 March 2024"),
    ("the weekend before last", "the weekend before last", "2–3 March 2024"),
    ("weekend before May 24, 2023", "weekend before May 24, 2023", "20–21 May 2023"),
    ("the first week of June 2023", "the first week of June 2023", "the week of 1 June 2023"),
    ("the last week of October 2023", "the last week of October 2023", "the week of 25 October 2023"),
    ("the first weekend of August 2023", "the first weekend of August 2023", "5–6 August 2023"),
    ("the last weekend of August 2023", "the last weekend of August 2023", "26–27 August 2023"),
    ("the first Monday in May 2023", "the first Monday in May 2023", "1 May 2023"),
    # months
    ("last month", "last month", "February 2024"),
    ("this month", "this month", "March 2024"),
    ("next month", "next month", "April 2024"),
    ("I went in May", "May", "May 2023"),
    ("We'll go in May", "May", "May 2024"),
    ("started in june, minimum wage", "june", "June 2023"),
    ("last May", "last May", "May 2023"),
    ("May 2023", "May 2023", "May 2023"),
    ("Sep 2022", "Sep 2022", "September 2022"),
    ("2023-05", "2023-05", "May 2023"),
    ("August last year", "August last year", "August 2023"),
    ("in May of last year", "May of last year", "May 2023"),
    ("earlier this month I started", "earlier this month", "1–14 March 2024"),
    ("mid-March", "mid-March", "11–20 March 2024"),
    ("the end of June 2023", "the end of June 2023", "21–30 June 2023"),
    ("the beginning of January 2023", "the beginning of January 2023", "1–10 January 2023"),
    ("the end of next month", "the end of next month", "21–30 April 2024"),
    ("between May and July 2023", "between May and July 2023", "May–July 2023"),
    ("November to February 2024", "November to February 2024", "November 2023 – February 2024"),
    # dates
    ("5 May 2023", "5 May 2023", "5 May 2023"),
    ("May 5, 2023", "May 5, 2023", "5 May 2023"),
    ("5th of May, 2023", "5th of May, 2023", "5 May 2023"),
    ("the fifth of May 2023", "the fifth of May 2023", "5 May 2023"),
    ("May 5th was great", "May 5th", "5 May 2023"),
    ("May the 5th was great", "May the 5th", "5 May 2023"),
    ("the funeral was on the 3rd of April", "the 3rd of April", "3 April 2023"),
    ("The wedding is on 6 June", "6 June", "6 June 2024"),
    ("Sept. 5, 2022", "Sept. 5, 2022", "5 September 2022"),
    ("5-Sep-2022", "5-Sep-2022", "5 September 2022"),
    ("Friday, 5 May 2023", "Friday, 5 May 2023", "5 May 2023"),
    ("date: 2023-05-05.", "2023-05-05", "5 May 2023"),
    ("2023/05/05", "2023/05/05", "5 May 2023"),
    ("2023-05-05T10:30:15Z", "2023-05-05T10:30:15Z", "5 May 2023, 10:30"),
    ("25/06/2023", "25/06/2023", "25 June 2023"),
    ("06/25/2023", "06/25/2023", "25 June 2023"),
    ("5.6.2023", "5.6.2023", "5 June 2023"),
    ("5/5/2023", "5/5/2023", "5 May 2023"),
    ("13/6/23", "13/6/23", "13 June 2023"),
    ("It dropped on the 11th and I cried", "the 11th", "11 March 2024"),
    ("Friday the 13th was cursed", "Friday the 13th", "13 October 2023"),
    ("born on 29 February", "29 February", "29 February 2024"),
    ("from 3 to 9 June 2023", "from 3 to 9 June 2023", "3–9 June 2023"),
    ("3–9 June 2023", "3–9 June 2023", "3–9 June 2023"),
    ("June 3 to 9, 2023", "June 3 to 9, 2023", "3–9 June 2023"),
    ("28 June to 3 July 2023", "28 June to 3 July 2023", "28 June – 3 July 2023"),
    ("from May 2019 to June", "from May 2019 to June", "May–June 2019"),
    # quarters, seasons, years, decades
    ("Q3 2023", "Q3 2023", "July–September 2023"),
    ("last quarter", "last quarter", "October–December 2023"),
    ("the second half of 2022", "the second half of 2022", "July–December 2022"),
    ("last summer near Fort Wayne", "last summer", "summer 2023"),
    ("this summer I'm going", "this summer", "summer 2024"),
    ("in the fall we hiked", "the fall", "autumn 2023"),
    ("fall 2022", "fall 2022", "autumn 2022"),
    ("the summer of '99", "the summer of '99", "summer 1999"),
    ("last winter", "last winter", "winter 2023"),
    ("the end of summer 2023", "the end of summer 2023", "August 2023"),
    ("in 2019", "2019", "2019"),
    ("last year", "last year", "2023"),
    ("early 2021", "early 2021", "January–April 2021"),
    ("late last year", "late last year", "September–December 2023"),
    ("the end of the year", "the end of the year", "November–December 2024"),
    ("2019–2021", "2019–2021", "2019–2021"),
    ("from 2019 to 2021", "from 2019 to 2021", "2019–2021"),
    ("in the 90s", "the 90s", "the 1990s"),
    ("in the '80s", "the '80s", "the 1980s"),
    ("the 1980s", "the 1980s", "the 1980s"),
    ("the nineties", "the nineties", "the 1990s"),
    # holidays
    ("last Christmas", "last Christmas", "25 December 2023"),
    ("Christmas Eve was quiet", "Christmas Eve", "24 December 2023"),
    ("on New Year’s Day", "New Year’s Day", "1 January 2024"),
    ("New Year's Eve 2022", "New Year's Eve 2022", "31 December 2022"),
    ("Easter 2024", "Easter 2024", "31 March 2024"),
    ("Good Friday 2024", "Good Friday 2024", "29 March 2024"),
    ("on Thanksgiving we ate", "Thanksgiving", "23 November 2023"),
    ("on Halloween I was a cat", "Halloween", "31 October 2023"),
    ("on Valentine's Day he asked", "Valentine's Day", "14 February 2024"),
    ("the 4th of July 2023", "the 4th of July 2023", "4 July 2023"),
    ("on Memorial Day 2023", "Memorial Day 2023", "29 May 2023"),
    ("the day after Christmas we left", "the day after Christmas", "26 December 2023"),
]


@pytest.mark.parametrize(("text", "span", "description"), ONE, ids=[case[0] for case in ONE])
def test_reads(text: str, span: str, description: str) -> None:
    assert told(text) == [(span, description)]


SCHEDULES = [
    ("every Tuesday at 7pm", "every Tuesday at 7pm"),
    ("every Monday and Thursday we train", "every Monday and Thursday"),
    ("every other week", "every other week"),
    ("every two weeks", "every two weeks"),
    ("each morning", "each morning"),
    ("every spring it blooms", "every spring"),
    ("on Mondays", "Mondays"),
    ("Tuesdays, Wednesdays and Thursdays", "Tuesdays, Wednesdays and Thursdays"),
    ("Friday nights", "Friday nights"),
    ("on weekends", "weekends"),
    ("my daily routine", "daily"),
    ("once a week", "once a week"),
    ("three times a month", "three times a month"),
    ("twice per year", "twice per year"),
    ("in the evenings", "evenings"),
]


@pytest.mark.parametrize(("text", "span"), SCHEDULES, ids=[case[0] for case in SCHEDULES])
def test_schedules_recur_and_have_no_interval(text: str, span: str) -> None:
    assert told(text) == [(span, "schedule")]


NOTHING = [
    # words that are something else
    *("", " ", "we wed", "you may march on", "this may be wrong", "by may we mean"),
    *("May I ask you something?", "Option 5 may work", "you may 5", "the march of time"),
    *("we march 5 miles", "April said hi", "I met June at the park", "I sat on the sofa"),
    *("last sat down", "the sun is hot", "sun screen on sun screen", "give me a second", "in a second"),
    *("the second one", "don't fall", "the fall of Rome", "spring rolls", "summer job"),
    *("I love Christmas", "Halloween party", "one day", "some day", "these days", "a new year"),
    *("last time", "next time", "the last one", "the end of the day", "day one", "year one", "at 7"),
    *("noon", "Ruby Tuesday", "on a Friday", "any Sunday", "in my 20s", "12 years old", "10 years older"),
    # amounts without a place in time
    *("I have 2 cats", "24 hours", "a room for 2 nights", "for two weeks"),
    *("I lived there for three years", "I finished it in two days", "twice in two weeks", "years ago"),
    *("a long time ago", "for a while", "3 times", "two weeks later", "the next day", "the day before"),
    *("since we talked", "since I was 12", "since then"),
    # numbers that are no dates
    *("24/7", "1/2 cup", "3/4", "10/10", "v1.2.3", "version 2023.1", "version 2.3.2023", "$2020"),
    *("2020$", "€1999", "in 2000 steps", "2000 people", "price 1999", "phone 555-2023"),
    *("call 2023-555-1234", "192.168.20.24", "05/06/2023", "1-2-2023", "2023-13-45", "31 June 2023"),
    *("30 February", "John 3:16", "a score of 2:11"),
    # years out of range
    *("5 May 1850", "in 1850", "in 2300", "500 years ago", "9999 years ago", "in 9999 years"),
    *("May 5, 0001",),
    # names, code, addresses
    *("monday.com", "http://x.com/2023/05/05/post", "user_friday", "#friday", "friday@x.com", "May(5)"),
    *("pre-Friday", "`on Friday 5 May`", "```\n5 May 2023\n```", "see ``` 5 May 2023", "x=2023-05-05"),
    *("Fridayish", "2023abc"),
]


@pytest.mark.parametrize("text", NOTHING)
def test_reads_nothing(text: str) -> None:
    assert told(text) == []


def test_there_are_many_cases() -> None:
    assert len(ONE) + len(SCHEDULES) + len(NOTHING) >= 300


# --- intervals, exactly ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("yesterday", moment(2024, 3, 13), moment(2024, 3, 14), Precision.DAY),
        ("last week", moment(2024, 3, 4), moment(2024, 3, 11), Precision.WEEK),
        ("last month", moment(2024, 2, 1), moment(2024, 3, 1), Precision.MONTH),
        ("last year", moment(2023, 1, 1), moment(2024, 1, 1), Precision.YEAR),
        ("last winter", moment(2023, 12, 1), moment(2024, 3, 1), Precision.RANGE),
        ("last weekend", moment(2024, 3, 9), moment(2024, 3, 11), Precision.RANGE),
        ("last night", moment(2024, 3, 13, 18), moment(2024, 3, 14, 6), Precision.INSTANT),
        ("yesterday at 7pm", moment(2024, 3, 13, 19), moment(2024, 3, 13, 20), Precision.INSTANT),
        ("yesterday at 7:05pm", moment(2024, 3, 13, 19, 5), moment(2024, 3, 13, 19, 6), Precision.INSTANT),
        ("since 2020", moment(2020, 1, 1), SAID_AT, Precision.RANGE),
        ("the 1900s", moment(1900, 1, 1), moment(1910, 1, 1), Precision.RANGE),
    ],
)
def test_interval(text: str, start: datetime, end: datetime, precision: Precision) -> None:
    (span,) = find_times(text, SAID_AT)
    assert span.interval == Interval(start=start, end=end, precision=precision)


def test_places_are_those_of_the_text() -> None:
    text = "Ünïcödé 💥 — on Friday, and the 5th of May."
    spans = find_times(text, SAID_AT)
    assert [text[span.start_index : span.end_index] for span in spans] == ["Friday", "the 5th of May"]
    assert [span.text for span in spans] == ["Friday", "the 5th of May"]


def test_a_second_time_may_count_from_the_first() -> None:
    assert told("I started on 5 May 2023 and quit two weeks later") == [
        ("5 May 2023", "5 May 2023"),
        ("two weeks later", "the week of 16 May 2023"),
    ]
    assert told("We arrived on 5 May 2023 and left the next day")[1] == ("the next day", "6 May 2023")


def test_open_times_are_told_without_an_interval() -> None:
    assert told("I moved before 2019") == [("before 2019", "open")]


@pytest.mark.parametrize(
    ("text", "past", "future"),
    [
        ("Friday", "8 March 2024", "15 March 2024"),
        ("in June", "June 2023", "June 2024"),
        ("6 June", "6 June 2023", "6 June 2024"),
        ("in the summer", "summer 2023", "summer 2024"),
        ("on Christmas Eve", "24 December 2023", "24 December 2024"),
        ("the weekend it was, over the weekend", "9–10 March 2024", "16–17 March 2024"),
        ("by the 20th", "20 February 2024", "20 March 2024"),
    ],
)
def test_prefer(text: str, past: str, future: str) -> None:
    assert told(text, prefer="past")[0][1] == past
    assert told(text, prefer="future")[0][1] == future


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("Ran my first half marathon on Sunday", False),
        ("We sold the car on Sunday, feels strange", False),
        ("I have been there on Sunday", False),
        ("I was going to call on Sunday", False),
        ("Picked up the puppy on Sunday", False),
        ("I'll call on Sunday", True),
        ("I am going on a picnic on Sunday", True),
        ("Because on Sunday I am going on a picnic", True),
        ("We have a match on Sunday", True),
        ("The party is on Sunday", True),
        ("The exam is due Sunday", True),
        ("How about Sunday?", True),
        ("Let's meet on Sunday", True),
        ("I passed yesterday! On Sunday we're celebrating", True),
        ("I went there on Sunday and I'll go again", False),
    ],
)
def test_verbs_tell_the_direction(text: str, ahead: bool) -> None:
    assert told(text)[-1] == ("Sunday", "17 March 2024" if ahead else "10 March 2024")


def test_day_first() -> None:
    assert told("05/06/2023", day_first=True) == [("05/06/2023", "5 June 2023")]
    assert told("05/06/2023", day_first=False) == [("05/06/2023", "6 May 2023")]
    assert told("25/06/2023", day_first=False) == [("25/06/2023", "25 June 2023")]


def test_zone_says_which_day_is_today() -> None:
    late = moment(2024, 3, 14, 23, 30)
    tokyo = ZoneInfo("Asia/Tokyo")  # there it is the 15th already
    (span,) = find_times("today", late, zone=tokyo)
    assert span.interval
    assert span.interval.start == moment(2024, 3, 14, 15)
    assert span.interval.end == moment(2024, 3, 15, 15)
    assert span.interval.start.tzinfo is UTC
    assert describe(span.interval, zone=tokyo) == "15 March 2024"


def test_an_hour_that_the_clocks_skip_still_has_a_length() -> None:
    (span,) = find_times("31 March 2024 at 2am", SAID_AT, zone=ZoneInfo("Europe/Berlin"))
    assert span.interval
    assert span.interval.end - span.interval.start == timedelta(hours=1)


def test_a_day_of_twenty_three_hours() -> None:
    (span,) = find_times("31 March 2024", SAID_AT, zone=ZoneInfo("Europe/Berlin"))
    assert span.interval
    assert span.interval.end - span.interval.start == timedelta(hours=23)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="time zone"):
        find_times("yesterday", datetime(2024, 3, 14))
    with pytest.raises(InvalidInputError, match="time zone"):
        query_interval("yesterday", datetime(2024, 3, 14))


@pytest.mark.parametrize("said_at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_the_ends_of_the_calendar(said_at: datetime, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    text = "yesterday, tomorrow, last year, next winter, in 9 weeks, since Monday, the Sunday before last, 5 May"
    for span in find_times(text, said_at, zone=zone):
        assert span.interval is None


# --- questions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "description"),
    [
        ("What did I do in March?", "March 2024"),
        ("Where did I go last summer?", "summer 2023"),
        ("What happened in 2022?", "2022"),
        ("Nate 2022 tournaments", "2022"),
        ("Who did Maria meet on 5 May 2023?", "5 May 2023"),
        ("What was I up to between May and July 2023?", "May–July 2023"),
        ("Where was John between August 11 and August 15 2023?", "11–15 August 2023"),
        ("What did we do before June?", "before 1 June 2023"),
        ("Where have I worked since 2020?", "1 January 2020 – 14 March 2024"),
        ("after 2021?", "1 January 2022 – 14 March 2024"),
        ("Where did he go in the first week of June?", "the week of 1 June 2023"),
        ("Where was he during the first weekend of August 2023?", "5–6 August 2023"),
        ("Which classes did Evan join in mid-August 2023?", "11–20 August 2023"),
        ("What did they do on the Monday before July 24, 2023?", "17 July 2023"),
        ("What happened towards the end of summer 2023?", "August 2023"),
        ("What was his issue last week, as mentioned on November 6, 2023?", "6 November 2023"),
        ("What is Nate creating on 9 November?", "9 November 2023"),
        ("What will I do on Friday?", "15 March 2024"),
        ("What did I say on Friday?", "8 March 2024"),
        ("Did I travel more in May 2023 or July 2023?", "May–July 2023"),
        ("What do I eat every Tuesday?", None),
        ("What is my dog called?", None),
        ("May I ask what I like?", None),
    ],
)
def test_query_interval(query: str, description: str | None) -> None:
    interval = query_interval(query, SAID_AT)
    assert (describe(interval) if interval else None) == description


# --- describing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "precision", "description"),
    [
        (moment(2024, 3, 8), moment(2024, 3, 9), Precision.DAY, "8 March 2024"),
        (moment(2024, 3, 8), moment(2024, 3, 11), Precision.RANGE, "8–10 March 2024"),
        (moment(2024, 2, 28), moment(2024, 3, 3), Precision.RANGE, "28 February – 2 March 2024"),
        (moment(2023, 12, 30), moment(2024, 1, 2), Precision.RANGE, "30 December 2023 – 1 January 2024"),
        (moment(2024, 3, 4), moment(2024, 3, 11), Precision.WEEK, "the week of 4 March 2024"),
        (moment(2024, 3, 1), moment(2024, 4, 1), Precision.MONTH, "March 2024"),
        (moment(2023, 6, 1), moment(2023, 9, 1), Precision.RANGE, "summer 2023"),
        (moment(2023, 12, 1), moment(2024, 3, 1), Precision.RANGE, "winter 2023"),
        (moment(2023, 1, 1), moment(2024, 1, 1), Precision.YEAR, "2023"),
        (moment(1990, 1, 1), moment(2000, 1, 1), Precision.RANGE, "the 1990s"),
        (moment(2024, 3, 8, 5), moment(2024, 3, 8, 12), Precision.INSTANT, "the morning of 8 March 2024"),
        (moment(2024, 3, 8, 19, 30), moment(2024, 3, 8, 19, 31), Precision.INSTANT, "8 March 2024, 19:30"),
        (moment(1900, 1, 1), moment(2019, 5, 1), Precision.RANGE, "before 1 May 2019"),
        (moment(2019, 5, 1), moment(2201, 1, 1), Precision.RANGE, "after 30 April 2019"),
        (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), Precision.YEAR, None),
    ],
)
def test_describe(start: datetime, end: datetime, precision: Precision, description: str | None) -> None:
    text = describe(Interval(start=start, end=end, precision=precision))
    assert text == description if description else text


# --- every input works ----------------------------------------------------------------------------------

VOCABULARY = """
the of in on at before after since until between and from to - every once a few couple half last next this
past day days week weekend month year years ago later now today tomorrow yesterday Monday Fridays sat Sun May
march June summer fall Christmas Easter New Year 's Eve first 1 2 5th 12 31 99 1900 2023 2200 9999 7pm 7:30
noon ' , . / : ` early mid end q3 90s the 3rd we went will -
"""
WORDS = st.sampled_from(VOCABULARY.split())
PHRASES = st.lists(st.tuples(WORDS, st.sampled_from(["", " ", " ", "\n"])), max_size=14).map(
    lambda parts: "".join(word + space for word, space in parts)
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
ZONES = st.sampled_from([UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Apia")])


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(st.text(), PHRASES),
    said_at=MOMENTS,
    zone=ZONES,
    day_first=st.sampled_from([None, True, False]),
)
@example(text="9" * 5000 + " May 2023", said_at=SAID_AT, zone=UTC, day_first=None)
@example(text="\ud800 on Friday \x00 ٣ May ² İ", said_at=SAID_AT, zone=UTC, day_first=None)
def test_spans_are_sound(text: str, said_at: datetime, zone: ZoneInfo, day_first: bool | None) -> None:
    reached = 0
    for span in find_times(text, said_at, zone=zone, day_first=day_first):
        assert reached <= span.start_index < span.end_index <= len(text)
        assert text[span.start_index : span.end_index] == span.text
        reached = span.end_index
        assert not (span.recurring and span.interval)
        if span.interval:
            assert span.interval.start < span.interval.end
            assert span.interval.start.tzinfo is UTC
            assert span.interval.end.tzinfo is UTC
            assert 1899 <= span.interval.start.year <= span.interval.end.year <= 2201
            assert describe(span.interval, zone=zone)
    asked = query_interval(text, said_at, zone=zone)
    assert asked is None or asked.start < asked.end


@settings(max_examples=100, deadline=None)
@given(day=st.dates(datetime(1901, 1, 1).date(), datetime(2199, 12, 31).date()), said_at=MOMENTS)
def test_a_described_day_is_read_back(day, said_at: datetime) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    interval = Interval(start=start, end=start + timedelta(days=1), precision=Precision.DAY)
    (span,) = find_times(describe(interval), said_at)
    assert span.interval == interval


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "on Friday we went to the park ",
            "5 May 2023 ",
            "the week before ",
            "between ",
            "1 ",
            "a ",
            "end of ",
        ),
        *(
            "`",
            "``` ",
            "'",
            "\n ",
            "every Monday and ",
            "Mondays and ",
            "to ",
            "1/",
            "the ",
            "💥",
            "a",
            "1",
            "_",
        ),
        *("two or ", "in May, ", "7:", "Monday to ", "from May to "),
    ],
)
def test_linear_time(piece: str) -> None:
    """Sixteen times the text takes about sixteen times as long, not 256 times."""
    short, long = ((piece * (size // len(piece) + 1))[:size] + "x_" for size in (4_000, 64_000))
    best = {text: min(_seconds(text) for _ in range(3)) for text in (short, long)}
    assert best[long] < 70 * max(best[short], 1e-4)


def _seconds(text: str) -> float:
    start = time.process_time()
    find_times(text, SAID_AT)
    return time.process_time() - start


def test_a_megabyte_works() -> None:
    text = "Nothing happened, then we met on 5 May 2023. " * 22_000
    assert len(find_times(text, SAID_AT)) == 22_000


def test_import_compiles_no_pattern_and_loads_no_library() -> None:
    code = (
        "import sys, memory_chain.dates as dates; "
        "assert not dates.tokens._token_pattern.cache_info().currsize; "
        "assert not {'dateutil', 'dateparser', 'calendar', 'zoneinfo'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
