"""One spelling for many: contractions are written out, chat shorthand and curly quotes are made plain."""

from __future__ import annotations

import re

_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})
_BARE = {
    "im": "i am", "ive": "i have", "dont": "do not", "cant": "can not", "cannot": "can not", "wont": "will not",
    "doesnt": "does not", "didnt": "did not", "isnt": "is not", "wasnt": "was not", "arent": "are not",
    "werent": "were not", "havent": "have not", "hasnt": "has not", "hadnt": "had not", "wouldnt": "would not",
    "couldnt": "could not", "shouldnt": "should not", "thats": "that is", "whats": "what is", "theres": "there is",
    "youre": "you are", "theyre": "they are", "hes": "he is", "shes": "she is", "aint": "am not", "weve": "we have",
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "plese": "please", "bc": "because",
    "cuz": "because", "cos": "because", "coz": "because", "gonna": "going to", "wanna": "want to",
    "gotta": "have to", "kinda": "kind of", "sorta": "sort of", "dunno": "do not know", "tho": "though",
    "w/": "with", "w/o": "without", "y'all": "you all", "yall": "you all", "lemme": "let me", "gimme": "give me",
    "ppl": "people", "bday": "birthday", "b-day": "birthday", "rn": "right now", "atm": "at the moment",
    "anymore": "any more", "fav": "favourite", "fave": "favourite", "favorite": "favourite", "luv": "love",
    "'cause": "because", "hv": "have", "dnt": "do not", "wfh": "work from home", "yo": "years old",
    "y/o": "years old", "&": "and", "thru": "through", "tmrw": "tomorrow", "tmr": "tomorrow", "2nite": "tonight",
    "hubby": "husband", "bf": "boyfriend", "gf": "girlfriend", "idk": "i do not know", "ik": "i know",
    "imma": "i am going to", "ima": "i am going to", "prolly": "probably", "ya": "you",
}  # fmt: skip
_BARE_WORD = re.compile(
    r"(?<![\w'./-])(" + "|".join(sorted(map(re.escape, _BARE), key=len, reverse=True)) + r")(?![\w'/-])", re.IGNORECASE
)
_NOT = re.compile(r"\b(ca|wo|sha|ai|[a-z]+)n't\b", re.IGNORECASE)
_KIN_IS = re.compile(
    r"\b(mum|mom|mam|dad|stepdad|stepmum|stepmom|wife|husband|brother|sister|son|daughter|"
    r"grandad|grandma|grandpa|nan|gran|partner|girlfriend|boyfriend)'s"
    r"(?=\s+[A-Z]?[a-z]+(?:ish|ian|ese|can|man|nch|nic)\b)",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r",? (?:I|i) (?:suppose|guess|think|reckon|believe|must admit|have to admit|have "
    r"to say|must say|swear|promise you|hear|know|fear)\s*([.!?\n]|$)"
)
_AGES = re.compile(r"\s\(\d{1,2}\)")
_NOT_STEM = {"ca": "can", "wo": "will", "sha": "shall", "ai": "am"}
_SHORT = re.compile(r"\b([a-z]+)'(m|re|ve|ll|d)\b", re.IGNORECASE)
_LONG = {"m": "am", "re": "are", "ve": "have", "ll": "will"}
_HAD = re.compile(r"\s+(?:better|been|gone|done|seen|had|lost|forgotten|met|already)\b", re.IGNORECASE)
_IS_AFTER = re.compile(
    r"\b(it|that|there|here|what|who|where|how|he|she|name|this|everything|nothing|everyone|one|when|why|so|"
    r"anniversary|birthday)'s\b",
    re.IGNORECASE,
)
_IS_BEFORE = re.compile(
    r"\b([a-z]+)'s(?=\s+(?:called|named|due|gone|allergic|an?|been|not|always|also|got|broken|dead|from|in|on|at|"
    r"my|just|really|still|too|very|terrified|scared|\d+|ill|sick|retired|disabled|blind|"
    r"deaf|coeliac|celiac|lactose|getting|having|going|moving|coming|turning|starting|"
    r"half|vegan|vegetarian|pregnant|diabetic|autistic|awful|terrible|useless|tight)\b)",
    re.IGNORECASE,
)


def _not(match: re.Match[str]) -> str:
    stem = match.group(1)
    return f"{_NOT_STEM.get(stem.lower(), stem)} not"


def _bare(match: re.Match[str]) -> str:
    long = _BARE[match.group(1).lower()]
    return long[0].upper() + long[1:] if match.group(1)[0].isupper() else long


def _short(match: re.Match[str]) -> str:
    word, ending = match.group(1), match.group(2).lower()
    if ending == "d":
        return f"{word} {'had' if _HAD.match(match.string, match.end()) else 'would'}"
    return f"{word} {_LONG[ending]}"


def plain_marks(text: str) -> str:
    """Curly quotes and odd spaces made plain; the length stays the same."""
    return text.translate(_PLAIN)


def normalise(text: str) -> str:
    """Contractions and chat shorthand written out, case kept: "I'm vegan, cant eat" → "I am vegan, can not eat"."""
    text = _HEDGE.sub(r"\1", text)
    text = _AGES.sub("", plain_marks(text))
    text = _NOT.sub(_not, text)
    text = _SHORT.sub(_short, text)
    text = _IS_AFTER.sub(r"\1 is", text)
    text = _KIN_IS.sub(r"\1 is", text)
    text = _IS_BEFORE.sub(r"\1 is", text)
    return _BARE_WORD.sub(_bare, text)
