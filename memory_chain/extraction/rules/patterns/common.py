"""What several sections share: persons, number words, kinds of values."""

from __future__ import annotations

from memory_chain.extraction.rules.shape import Who

SELF, OWN, THING, FRAGMENT, ORDER = Who.SELF, Who.OWN, Who.THING, Who.FRAGMENT, Who.ORDER
ANY = (SELF, OWN, THING, FRAGMENT)
MOST = (*ANY, Who.OTHER)
ORDERS = (ORDER, FRAGMENT)

ARTICLE = r"(?:(?:an?|the|one|such an?|quite an?|bit of an?|more of an?|your \w+|my own|born|lifelong|proud|now) )*"

DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|weekdays?|week ?nights?)"
