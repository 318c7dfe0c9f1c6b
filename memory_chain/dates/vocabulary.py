"""The words that the parsers know: names of times, numbers, cues, and words that speak against a reading."""

from __future__ import annotations

from memory_chain.dates.naming import MONTH_NAMES, PARTS, SEASON_STARTS


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


FULL_MONTHS = {name.lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
MONTHS = FULL_MONTHS | {name[:3]: number for name, number in FULL_MONTHS.items()} | {"sept": 9}
FULL_DAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
WEEKDAYS = {
    **FULL_DAYS,
    **{name[:3]: number for name, number in FULL_DAYS.items()},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
DAY_PLURALS = {f"{name}s": number for name, number in FULL_DAYS.items()}
PART_PLURALS = words("mornings afternoons evenings nights")
SEASONS = {**SEASON_STARTS, "fall": 9}
SEASON_PLURALS = {f"{name}s": month for name, month in SEASON_STARTS.items()}
UNITS = {
    spelling: spellings.split()[0]
    for spellings in (
        "second seconds sec secs",
        "minute minutes min mins",
        "hour hours hr hrs",
        "day days",
        "night nights",
        "week weeks wk wks",
        "weekend weekends",
        "fortnight fortnights",
        "month months",
        "quarter quarters",
        "year years yr yrs",
        "decade decades",
    )
    for spelling in spellings.split()
}
CLOCK_UNITS = words("second minute hour")
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
}
VAGUE_NUMBERS = {"couple": (2, 3), "few": (2, 5), "several": (3, 8), "dozen": (12, 12)}
ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
    "final": -1,
}
SUFFIXES = words("st nd rd th")
DECADES = {"fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
WHICH = {
    "last": -1,
    "past": -1,
    "previous": -1,
    "this": 0,
    "next": 1,
    "coming": 2,
    "upcoming": 2,
    "following": 3,
}
"""-1 the one before, 0 the current, 1 the one after, 2 the nearest ahead, 3 the one after another time."""
THIRDS = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
DASHES = frozenset("-–—")
QUOTES = frozenset("'’‘")
TO = words("to through thru until till") | DASHES
DIGITS = frozenset("0123456789")

CLOCK_CUES = words("at by around about until till from before after since @")
MONTH_CUES = words("in during since until till early late mid last next this through throughout by between")
YEAR_CUES = MONTH_CUES | words("of from before after around about for to back circa")
SEASON_CUES = words("in during over since until till by for throughout")
WEEKEND_CUES = words("over for on at during until till by")
HOLIDAY_CUES = MONTH_CUES | words("on at for over around before after from")
SHORT_DAY_CUES = words("on last next this until till by since from coming")
DATE_CUES = words("on by until till since before after")

VERBS_AFTER = words(
    "be have not well also i we you he she they it never always need as seem or just sound help require even "
    "still up down on toward towards along forward back with by there here"
)
"""Words after which "may", "march", "sun", "sat" and "wed" were no name of a time."""
MODAL_WORDS = words("be have not well also never always")
"""The same after "May" and "March" with a capital."""
NOT_BEFORE_DAYS = words("a an any every each most some one good black cyber easter ruby fat ash palm shrove")
SUN_WORDS = words("screen cream burn light shine exposure damage lotion set rise god salutation salutations")
MEASURES = words(
    "steps words people dollars euros pounds bucks miles km kilometers meters metres feet pieces calories "
    "kcal days hours minutes seconds years weeks months times points users customers lines items copies rpm "
    "mah grams g kg lbs ml percent others tokens subscribers followers guests employees participants square "
    "cups units"
)
"""Words that make the number before them an amount, neither a day nor a year."""
CLAUSE_WORDS = words(
    "and but at in for with i we he she they you my our the to when so because it or is was are were did do if that"
)
RECURRING_WORDS = words("daily weekly biweekly fortnightly monthly quarterly yearly annually nightly")
HOLIDAY_NAMES = (
    "christmas,christmas eve,christmas day,xmas,boxing day,new year's eve,new years eve,new year's day,"
    "new years day,new year's,halloween,valentine's day,valentines day,valentine's,st patrick's day,"
    "saint patrick's day,thanksgiving,thanksgiving day,black friday,easter,easter sunday,easter monday,"
    "good friday,labor day,labour day,memorial day,independence day,fourth of july,veterans day,juneteenth"
)
ANCHORS = (
    words(
        "today yesterday tonight tomorrow noon midday midnight xmas christmas halloween valentine valentines "
        "easter thanksgiving juneteenth weekdays new"
    )
    | RECURRING_WORDS
    | PART_PLURALS
    | DIGITS
    | frozenset((*MONTHS, *WEEKDAYS, *DAY_PLURALS, *SEASONS, *SEASON_PLURALS, *UNITS, *DECADES, *PARTS))
)
"""Every time expression has one of these words or a digit."""

STOPS = words(". ! ? ;") | {"\n\n", ""}
