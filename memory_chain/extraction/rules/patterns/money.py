"""Income, budget, debts and savings."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    MOST,
    OWN,
    THING,
)
from memory_chain.extraction.rules.shape import Who

_MONEY = (
    r"(?:[£$€]\s?\d|\d[\d,.]*\s?(?:k\b|quid|pounds?|euros?|dollars?|bucks|a (?:month|"
    r"year|week|day)|per (?:month|year|week)|net|gross|hundred|thousand|million|%|percent)|"
    r"\d{3,}|\d,\d{3})"
)


FRAMES: list[Frame] = [
    frame(
        "money",
        "income",
        r"^i (?:only |just |can |barely )*(?:earn|make|get paid|take home|am paid|bring "
        r"home|am on|get by on|live on|live off|survive on|have|spend|afford|pay|go up to) "
        r"(?P<v>(?:up to |at most )?(?:about |around |roughly |only |less than |over |under "
        rf"|just |almost |barely )*(?:{_MONEY}|minimum wage|tips|savings|welfare|food stamps|"
        r"unemployment\b.*|(?:the |an? |my |our |one )?(?:state |small |tiny |fixed |disability |single "
        r"|student )*(?:pension|benefits|income|universal credit|dole|bursary|stipend|allowance|"
        r"disability|student budget|(?:tight |shoestring |strict )budget)).*)",
        "earn make paid take bring get live survive on have spend afford pay go",
        where=lambda v, c: (
            None
            if re.search(
                r"\b(?:people|friends|followers|photos|pages|books|emails|messages|words|messages|"
                r"bees|hens|miles|km|cows|records|questions|files|rows|lines)\b",
                v,
            )
            else Place("money", "income")
        ),
    ),
    frame(
        "money",
        "saving",
        r"^(?P<v>every (?:spare |last |single )?(?:euro|penny|pound|dollar|cent|bit of money) "
        r"(?:goes|is|gets|counts).*)",
        "every",
        who=MOST,
    ),
    frame(
        "money",
        "state",
        r"^i (?P<v>(?:went bankrupt|declared bankruptcy|inherited (?:enough|money|a (?:lot|"
        r"bit|fortune|small)|some|\D{0,3}\d).*|won the lottery|lost (?:everything|all my "
        r"(?:money|savings))).*)",
        "bankrupt bankruptcy inherited lottery everything savings",
    ),
    frame(
        "money",
        "budget",
        r"^my (?:\w+ )?(?P<v>(?:budget|salary|income|rent|mortgage|pension|wage|wages|savings|"
        r"debt|debts|student loans?|loan|overdraft|allowance|pay|paycheck|pocket money|credit "
        r"card|credit score|bills|take-home pay|disposable income|pension|grant|stipend|"
        r"finances|money)(?: for \w+)? (?:is|are|was|comes?|goes|go|went|has gone|will|lands|arrives|covers|"
        r"keeps|have|has|stretch|only|barely|does not|eats|run)\b.*)",
        "",
        who=OWN,
        where=lambda v, c: Place("money", "budget" if v.startswith("budget") else "state"),
    ),
    frame(
        "money",
        "spending",
        r"^(?P<v>(?:rent|mortgage|childcare|bills|the rent|nursery|my rent) (?:is|are|eats|"
        r"takes|costs|swallows|comes to) .+)",
        "rent mortgage childcare bills nursery",
        who=(*ANY, Who.OTHER),
    ),
    frame(
        "money",
        "budget",
        r"^i (?:can not|could not|can barely|can hardly|can only|can no longer|cannot) afford "
        r"(?P<v>(?:to )?(?!to lose you|to wait|not to).+)",
        "afford",
        polarity=NEG,
    ),
    frame(
        "money",
        "state",
        r"^i am (?:a bit |always |completely |usually |pretty |absolutely |permanently |"
        r"financially )*(?P<v>(?:broke|skint|in debt|in (?:a lot of |serious )?debt|on a "
        r"(?:tight |strict |small |student |shoestring |limited |very tight |fixed )*(?:budget|"
        r"income)|on benefits|on (?:the )?minimum wage|on the dole|on universal credit|bankrupt|"
        r"overdrawn|in my overdraft|debt[- ]free|frugal|short of money|living (?:paycheck "
        r"to paycheck|hand to mouth|on .*)|tight with money|bad with money|good with money|"
        r"paying off .+|well off|poor|struggling financially|struggling with money|stingy|"
        r"thrifty|a saver|a spender|saving hard|putting aside .+|setting aside .+|on a low "
        r"income)\b.*)",
        "am",
    ),
    frame(
        "money",
        "debt",
        r"^i (?:still )?(?:owe|am paying off|have to pay off|have to pay back|am paying "
        r"back|paid off) (?P<v>(?!you\b|it to|an apology).+)",
        "owe paying pay paid",
        where=lambda v, c: (
            None
            if re.search(r"\b(?:apology|explanation|favou?r|lunch|drink|coffee|message|email)\b", v)
            else Place("money", "debt")
        ),
    ),
    frame(
        "money",
        "debt",
        r"^i have (?P<v>(?:about |around |roughly |over |almost |still |a |an |some |no "
        rf"|two |three |lots of |\w+ )*?(?:{_MONEY}[\w ,.]* (?:in |of )?(?:debt|savings|student "
        r"loans?|loans?|credit card|the bank|overdraft|to my name|left)|(?:student |car "
        r"|bank |personal )?loans?\b|debts?\b|credit cards?\b|mortgage\b|savings\b|overdraft\b|"
        r"nest egg\b|pension\b|trust fund).*)",
        "debt debts savings loan loans card cards mortgage overdraft pension egg bank name left fund",
        where=lambda v, c: Place("money", "debt"),
    ),
    frame(
        "money",
        "saving",
        r"^i (?:am |have |always |try to |)?(?:save|saving|saved|put away|put aside|putting "
        r"aside|putting away|set aside|invest|investing|donate|send|spend|budget|am budgeting|"
        r"give myself|allow myself|pay|put|give|tithe) (?P<v>(?:every penny|a tenth|all "
        r"my (?:money|spare cash))|(?:about |around |roughly |only |at most |up to |no more "
        rf"than |less than |nearly |almost |over )*(?:{_MONEY}|half|a (?:third|quarter|fifth|"
        r"tenth)|most|\d+ ?%).*)",
        "save saving saved put putting set invest investing donate send spend budget budgeting give allow pay tithe",
    ),
    frame(
        "money",
        "saving",
        r"^i (?:invest|am investing|have invested|have shares|hold shares) in (?P<v>.+)",
        "invest investing invested shares",
    ),
    frame(
        "money",
        "saving",
        r"^i (?:am )?(?:paying|pay) (?P<v>.+ (?:in rent|a month|for rent|in childcare|per "
        r"month|towards .*))",
        "paying pay",
    ),
    frame(
        "money",
        "budget",
        r"^(?:no more than|anything (?:under|over|above)|max(?:imum)?|budget is|budget:|"
        rf"under|up to) (?P<v>(?:about |around )?{_MONEY}.*)",
        "more under over above max maximum budget up",
        who=(FRAGMENT, THING),
        where=lambda v, c: (
            Place("money", "budget") if re.search(r"[£$€]|quid|pound|euro|dollar|bucks|budget", c.low) else None
        ),
    ),
    frame(
        "money",
        "spending",
        r"^(?:money is (?P<v>tight|very tight|short|a bit tight|not an issue|no object|really "
        r"tight).*)",
        "money",
        who=(*ANY, Who.OTHER),
    ),
    frame(
        "money",
        "spending",
        r"^i (?P<v>(?:hate|never|refuse to|do not|avoid) (?:wast(?:e|ing) money|spend(?:ing)? "
        r"money|pay(?:ing)? full price|use credit cards|borrow(?:ing)?(?: money)?|buy(?:ing)? "
        r"(?:things )?on credit|take out loans|owe anyone).*)",
        "hate never refuse not avoid",
        polarity=NEG,
    ),
    frame(
        "money",
        "spending",
        r"^i (?:only |always |usually |have to |try to )?(?P<v>(?:live paycheck to paycheck|"
        r"live from paycheck|live hand to mouth|count every penny|watch every penny|pay "
        r"(?:cash|in cash|by cash)|buy (?:second[- ]hand|used|in the sales|everything second[- "
        r"]hand|only second-hand)|shop at (?:aldi|lidl|charity shops|thrift stores)|budget "
        r"(?:carefully|strictly|down)).*)",
        "live count watch pay buy shop budget",
    ),
    frame(
        "money",
        "spending",
        r"^i (?:also |always )?(?P<v>(?:send|give|lend|wire|transfer) (?:some |most of my "
        r"|my |half my )?(?:money|cash|wages|salary)\b.*)",
        "send give lend wire transfer",
    ),
    frame(
        "money",
        "state",
        r"^i (?:am|have been) (?P<v>(?:debt[- ]free|skint|broke|overdrawn|in debt|in (?:my|the) overdraft|"
        r"in the red|behind on (?:my |the )?(?:rent|bills|mortgage))\b.*)",
        "debt debt-free skint broke overdrawn overdraft red behind",
    ),
    frame(
        "money",
        "state",
        r"^(?P<v>debt[- ]free\b.*)",
        "debt debt-free",
        who=FRAGMENT,
    ),
]
