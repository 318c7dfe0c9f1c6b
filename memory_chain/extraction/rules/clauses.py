"""Who a clause is about and whether it is meant: the canonical form on which the patterns work.

A clause about the writer is brought to one shape: it begins with `i` (also for "we", for a fragment without
subject such as "Allergic to nuts" or "Broke my wrist", and after a time or place that was put first) or with
`my` ("our", "the wife", "Mum"). Adverbs that change nothing are left out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from memory_chain.extraction.rules.fragments import AGE, BEING, DESCRIBING, read_fragment
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.sentences import Part, Sentence, split_clauses
from memory_chain.extraction.rules.shape import FINITE, Clause, Subject, Who

_FILLER = re.compile(
    r"^(?:(?:well|so|ok|okay|k|oh|um|uh|hmm|ah|yeah|yes(?=[,.!])|yep|no(?=[,.!:])|no "
    r"wait|wait no|nope|nah|hi|hey|hello|haha|lol|lmao|btw|by the way|fyi|"
    r"honestly|actually|anyway|anyways|also|and|but|plus|sorry|wait|right|look|listen|tbh|to be honest|correction|"
    r"just so you know|fun fact|full disclosure|heads up|for the record|for context|context|reminder(?! \d)|"
    r"remember|"
    r"please note|note(?! \d)|note that|turns out|it turns out|it turns out that|turns out that|i think|i guess|"
    r"i must say|i have to say|i must admit|i have to admit|i admit|as you know|you know|the thing is|the truth is|"
    r"truth is|basically|apart from that|in fact|in general|personally|thing is|the problem is|my problem is|"
    r"unfortunately|sadly|luckily|thankfully|fortunately|oddly|weirdly|strangely|not gonna lie|ngl|ugh|gosh|wow|"
    r"guess what|update(?! \d)|quick update|news|good news|bad news|big news|ps|p\.s\.|edit|oops|my mistake|"
    r"i should have said|i should say|i should mention|i should add|i mean|i meant|what i meant is|i forgot to say|"
    r"i forgot to mention|did i mention|did i mention that|did i tell you|did i tell you that|i told you|"
    r"i told you that|as i said|like i said|you misremember|remember that|keep in mind|bear in mind|"
    r"keep in mind that|bear in mind that|don't forget|do not forget|do not forget that|just|now|then|"
    r"for what it is worth|fwiw|imo|imho|in case it matters|in case you forgot|one more thing|another thing|"
    r"dear diary|hi there|hey there|hello there|good morning|good evening|morning|evening|thanks|thank you|cheers|"
    r"congrats|seriously|literally|apparently|as an aside|side note|small update|let me correct that|"
    r"strictly speaking|no no|i said(?= i \w)|i have decided|i realised|i realized|i have realised|"
    r"i have realized|i have noticed|i noticed|i find that|"
    r"i suppose|i believe that|i am pretty sure|i am sure|i am afraid(?! of)|let us just say|let us say that|"
    r"or rather|"
    r"these days|nowadays|lately|currently|finally|still(?= \w+ing\b)|at the moment|"
    r"at present|right now|as of today|as of now|oh and|"
    r"that is because|this is because|because|since|though|although|except|whereas|while|which is why|"
    r"that is why|hence|therefore|and yet|yet|then again|on the other hand|to be fair|to be clear|for me|as for me|"
    r"after all|in the end|all in all|mind you|of course|obviously|clearly|tbf|imagine my joy|"
    r"i am happy to say|i am proud to say|proud to say|happy to report|i am glad to say)\b(?:\s*[,:.!-]+\s*|\s+|$))+",
    re.IGNORECASE,
)
_IDLE = re.compile(
    r"\b(?:really|just|also|still|actually|absolutely|totally|kind of|sort of|honestly|personally|basically|"
    r"currently|"
    r"already|mostly|generally|definitely|genuinely|truly|literally|(?<!, )even|very|(?<!do )so(?! that)|pretty|"
    r"quite|"
    r"(?<!would )(?<!had )rather(?! than)|super|too|ever(?! since)|lol|tbh|ngl|imo|now|finally|at the moment|"
    r"right now|"
    r"these days|nowadays|lately|at present|by the way|as well|probably|certainly|obviously|clearly|extremely|"
    r"incredibly|insanely|terribly|deeply|properly|slightly|a bit(?! of)|somewhat|half-heartedly|frankly|apparently|"
    r"completely|utterly|fully|completely|recently|mildly|severely|badly(?= allergic)|highly|massively|secretly|"
    r"unfortunately|sadly|luckily|happily|hopefully|do(?= (?:love|like|enjoy|prefer|hate|have|eat|drink|play|"
    r"own|work|"
    r"live|want|need|believe|care|feel|find|get))(?<!not do)|wholly|purely|strictly(?! "
    r"speaking)|actively|both(?= love))"
    r"\b\s*",
    re.IGNORECASE,
)
_LEADS = (
    "on|in|at|since|for|after|before|during|every|each|most|when|whenever|as|by|until|till|from|this|last|next|once|"
    "yesterday|today|tomorrow|tonight|mostly|mainly|generally|occasionally|rarely|sometimes|"
    "usually|normally|often|always|every day|never|one|two|three|four|five|"
    "six|seven|eight|nine|ten|a|an|the|with|without|being|growing|monday|tuesday|wednesday|thursday|friday|saturday|"
    "sunday|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|weekends|mornings|evenings|nights|daily|"
    "outside|between|despite|because|thanks|due|apart|other|besides|over|back|here|not|only|up|earlier|later|soon|"
    "recently|early|late|all|half|several|many|few|some|to|around|about|twice|of"
)
_LEAD = re.compile(rf"^(?:{_LEADS}|\d+)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:i|we)\b", re.IGNORECASE)
_I_CASED = re.compile(r"\b(?:I|we|We|i)\b")
_PAIR = re.compile(
    r"(?:^|(?<=, )|(?<=when )|(?<=because )|(?<=so )|(?<=but )|(?<=that ))(?:"
    r"((?:[Mm]e|[Mm]yself|I)) and ((?:my|our|the) [\w-]+(?: [A-Z]\w+)?|[A-Z]\w+)(?= \w)|"
    r"((?:[Mm]y|[Oo]ur|[Tt]he) [\w-]+(?: [A-Z]\w+)?|[A-Z]\w+) and (I|me|i)(?= (?!am\b)\w))"
)
_WITH_ME = re.compile(
    r"^(?:(?:me|myself|i) & (?:(?:my|our) [\w-]+(?: [A-Z]\w+)?|[A-Z]\w+|the \w+)|(?:my|"
    r"our|the) [\w-]+(?: [A-Z]\w+)? & (?:i|me)|"
    r"[A-Z]\w+ & (?:i|I|me)|both of us|the (?:two|three|four|five) of us)\s+",
    re.IGNORECASE,
)
_MY = re.compile(r"^(?:my|our)\s+", re.IGNORECASE)
_BOTH_MY = re.compile(
    r"^(?:(?:both|all|neither)(?: of)?|(?:two|three|four|one|most|some|none|the (?:eldest|"
    r"youngest|oldest)|\w+) of) (?:my|our)\s+",
    re.I,
)
_KIN_WORD = (
    "wife|husband|missus|kids|kid|baby|twins|girls|boys|little one|little ones|eldest|youngest|in-laws|hubby|partner|"
    "other half|boyfriend|girlfriend|ex"
)
_PET_WORD = "dog|dogs|cat|cats|puppy|kitten|horse|pony|hens|chickens|rabbit|hamster"
_THE_KIN = re.compile(rf"^(?:the|ye|da) (?={_KIN_WORD}\b|{_PET_WORD}\b)", re.IGNORECASE)
_BARE_KIN = re.compile(
    r"^(?=(?:mum|mom|mam|dad|daddy|mummy|papa|grandma|grandad|granddad|grandpa|nan|nana|gran|granny|stepdad|stepmum|"
    r"stepmom|hubby|(?:husband|wife|missus|partner|boyfriend|girlfriend|son|daughter|"
    r"brother|sister|parents|toddler|eldest|youngest)(?= (?:is|are|has|have|works?|can "
    r"not|loves?|hates?|was|does)\b)|auntie [A-Z]\w+|aunt [A-Z]\w+|uncle [A-Z]\w+|Auntie "
    r"[A-Z]\w+)\b(?! here\b))",
    re.IGNORECASE,
)
_BODY_THE = re.compile(
    r"^the (?=(?:knees?|back|hip|hips|eyes?|eyesight|hearing|shoulder|ankle|lungs|heart|old knees|feet|legs|"
    r"memory)\b)",
    re.I,
)
_PRONOUN = re.compile(r"^(?:he|she|they|it)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"^(?:he|she|they|his|her|their|everyone|everybody|someone|somebody|people|nobody|no one|anyone|some people|"
    r"most people|half the|many people|others|who|one(?! (?:[\w-]+ )?(?:dog|cat|son|"
    r"daughter|child|kid|brother|sister|boy|girl|baby|horse))|apparently \w+|according)\b",
    re.IGNORECASE,
)
_THING = re.compile(
    r"^(?:it|that|this|there|these|those|here|what|which|nothing|everything|anything|all|something)\b", re.I
)
_YOU = re.compile(r"^(?:you|your|yours)\b", re.IGNORECASE)
_WH = re.compile(
    r"^(?:(?:what|which|who|whose|where|when|why|how)(?: is|'s| are)?\s+(?:the (?:best|"
    r"difference|point|deal|name)|is|are|was|were|do|"
    r"does|did|can|could|should|would|will|has|have|much|many|long|often|far|old|about|come|to|else|kind|type|sort|"
    r"size|time|month|year|day|a|an|fast|big|well|likely|hard|if|month|happens|makes|makes|might|am|normal)\b"
    r"|what(?:'s| is| are)\b|how (?:do|can|to|is|are|come)\b|where(?:'s| is)\b|who(?:'s| is)\b|why\b|"
    r"which (?:one|is|\w+ (?:is|are|was|should|would|do|does|can|has))\b|whats\b)",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"^(?:(?:do|does|did|is|are|am|was|were|can|could|should|would|will|have|has|had|"
    r"may|might|shall|must|ought)(?: not)?\s+"
    r"(?:i|you|u|we|he|she|it|they|there|this|that|these|those|one|anyone|anybody|someone|somebody|people|any)\b"
    r"|(?:is|are|was|were|can|could|should|would|will|does|did|has)(?: not)?\s+(?:the|"
    r"a|an|my|your|our|his|her|their|[a-z]+ing|some|"
    r"\w+ (?:people|person|good|bad|safe|ok|allowed|worth|better|a))\b"
    r"|do (?:people|soldiers|vegetarians|men|women|cats|dogs|\w+s)\b(?! (?:not )?(?:my|the|it|this|that))"
    r"|any(?:one|body)?\b(?: know| else| chance| idea| good| tips| advice| suggestions| recommendations| ideas)"
    r"|is it\b|are there\b|is there\b|got any\b|know any\b|any chance\b|thoughts on\b|wondering\b|i wonder\b|"
    r"i was wondering\b|i am wondering\b|just wondering\b|question\b|quick question\b|quick one\b)",
    re.IGNORECASE,
)
_UNREAL_START = re.compile(
    r"^(?:if|unless|suppose|supposing|imagine|pretend|let us say|lets say|let's say|"
    r"say (?:i|you|we|a|an|my|someone)|assume|assuming|what if|"
    r"hypothetically|in case|as if|as though|wish|i wish|if only|were i|had i|should i|in another life|in theory|"
    r"given a choice|in an ideal world|theoretically|provided)\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"^i (?:\w+ )?(?:would(?! (?:love|like|prefer|rather|never|not|sooner|hate))|could(?! "
    r"(?:not|never|live on|eat (?!a horse)|talk about|listen to|watch|read|spend))|might|"
    r"may|should|wish|would not (?:mind|"
    r"say|know|want to be|be)|would never (?:have|guess|know))\b|"
    r"\b(?:would have|could have|might have|should have|would be|were to|would i|as "
    r"if i|as though i|like i (?:am|was) a)\b",
    re.IGNORECASE,
)
_TASK_SELF = re.compile(
    r"^i (?:think|guess|suppose|wonder|mean|said|told|asked|see|know|hope (?!to\b)|bet|"
    r"feel like|forgot|saw|heard|read (?:that|somewhere|an|"
    r"about)|noticed|watched (?:a|the)|came across|was told|do not (?:know|get|understand|"
    r"think|see|remember)|am (?:asking|wondering|curious|"
    r"trying to (?:understand|figure|find|decide|choose|remember|write|get|work out|"
    r"set up|install|run|build|debug|fix))|"
    r"need (?:help|you|to know|advice|a hand|some (?:help|ideas|advice))|want (?:you|"
    r"help|to know|to ask)|have (?:a|one|another|two) (?:quick )?questions?|"
    r"got (?:this|the) (?:error|email|message)|keep getting|was going to (?:say|ask)|had a dream|dreamt|dreamed)\b"
)
_REPORT = re.compile(
    r"\b(?:says?|said|told|tells|thinks?|thought|reckons?|claims?|claimed|swears?|insists?|believes?|mentioned|"
    r"goes|wrote|writes|reads|asks|asked|wonders|suggests?|suggested|argued|argues|explained|complained|complains|"
    r"keeps saying|telling|saying|thinking|keeps telling|posted|tweeted|announced|admitted|"
    r"promised|according to|motto)\b"
)
_EXPERT = re.compile(
    r"\b(?:doctor|doctors|gp|dentist|consultant|specialist|nurse|physio|physiotherapist|"
    r"therapist|psychiatrist|neurologist|"
    r"cardiologist|dermatologist|allergist|optician|dietitian|midwife|surgeon|hospital|tests?|scan|bloods|"
    r"blood tests?|"
    r"everyone|people|friends|they)\b",
    re.IGNORECASE,
)
_HELPED = re.compile(
    r"(raised|brought up|born|educated|based|living|working|studying|married|retired|"
    r"schooled|single|divorced|from|originally from)\b",
    re.I,
)
_INTRODUCED = re.compile(
    r"^(?:(?:aged? )?\d{1,2}\b(?! (?:min|hour|week|month|day))|(?:originally |now |currently "
    r")?(?:from|based in|living in|working (?:in|as|at|for))|(?:an? )?(?:\w+ )?(?:mum|"
    r"mom|dad|mother|father) of|"
    r"(?:happily )?married|single|divorced|widowed|retired|(?:they|she|he)/(?:them|her|"
    r"him)|(?:thirty|forty|fifty|sixty|seventy|eighty|twenty)\b)",
    re.IGNORECASE,
)
_INTRO = re.compile(
    r"^((?:since|after|before|during|in|on|at|because of|thanks to|with|for|by|from|"
    r"until|these days|every|most|as)\b[^,]{2,50}),\s+(?!and\b|or\b|but\b)(\S.+)$",
    re.I,
)
_LEAD_MINE = re.compile(r"^(?:with|because of|due to|thanks to|given) (my .+)$", re.IGNORECASE)
_TIME_LEAD = re.compile(
    r"\b(?:days?|weeks?|months?|years?|times?|moment|nights?|mornings?|afternoons?|evenings?|"
    r"weekends?|summers?|winters?|spring|autumn|rest|minute|hours?|ago|later|before|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)


def read_clauses(sentences: Iterable[Sentence]) -> list[Clause]:
    """All clauses of the sentences, in canonical form."""
    clauses: list[Clause] = []
    listy = False
    for number, sentence in enumerate(sentences):
        sentence = replace(sentence, text=_PAIR.sub(_paired, sentence.text))
        before: Clause | None = None
        parts = _list_parts(sentence.text)
        listy = parts is not None
        question_from = _question_from(parts or _finer(split_clauses(sentence.text)), sentence.end)
        for place, part in enumerate(parts or _finer(split_clauses(sentence.text))):
            clause = _clause(part, before if not listy else None, clauses[-1] if clauses else None, number, sentence)
            asked = place >= question_from and not (place > question_from and _states(part))
            clause = replace(clause, question=clause.question or asked)
            if clause.join in ("when", "once", "until", "till", "if") and re.match(
                r"^i (?:have|get|am|finish|move|retire|become|can)\b", clause.low
            ):
                clause = replace(clause, unreal=True)
            if before is not None and before.unreal and (clause.join in ("and", "or", "then") or "would" in clause.low):
                clause = replace(clause, unreal=True)
            if before is not None and before.question and clause.join in ("and", "or", "if", "when", "that"):
                clause = replace(clause, question=True)
            clauses.append(clause)
            clauses.extend(_of_lead(clause))
            before = clause
    return clauses


def _of_lead(clause: Clause) -> list[Clause]:
    """What stood before the subject, as a statement: "As a nurse" → "I am a nurse"."""
    being, mine = BEING.match(clause.lead), _LEAD_MINE.match(clause.lead)
    if clause.who not in (Who.SELF, Who.OTHER) or clause.unreal or clause.question or not (being or mine):
        return []
    full = f"I am {being[1]}" if being else f"I have {mine[1]}" if mine else ""
    return [replace(clause, full=full, core=full, low=_lower(full), lead="", who=Who.SELF)]


def _paired(match: re.Match[str]) -> str:
    """ "Lena and I" as one word, so that it is not split into clauses."""
    first, second = match[1] or match[3], match[2] or match[4]
    return f"{first} & {second}"


def _list_parts(sentence: str) -> list[Part] | None:
    """The parts of a sentence that only lists facts ("44, divorced, two cats"); None if it is not such a list."""
    pieces = [piece.strip() for piece in re.split(r",\s*|\s+/\s+|\s\|\s", sentence)]
    if len(pieces) < 2 or any(len(piece.split()) > 7 for piece in pieces) or len(sentence) > 200:
        return None
    if _I.match(_FILLER.sub("", sentence)) or FINITE.search(sentence.lower()):
        return None
    first = pieces[0].lower()
    words = first.split()
    describes = AGE.match(first) or any(
        lexicon().has(" ".join(words[i:j]), *DESCRIBING)
        for i in range(len(words))
        for j in range(i + 1, len(words) + 1)
    )
    return (
        [Part(text=piece) for piece in pieces if piece] if describes and words[0] not in ("my", "our", "no") else None
    )


def _finer(parts: list[Part]) -> list[Part]:
    """Parts that are not about the writer are split at every comma that separates two phrases."""
    found: list[Part] = []
    for part in parts:
        pieces = re.split(r",\s+", part.text) if "," in part.text else [part.text]
        if (
            len(pieces) > 1
            and re.match(r"^(?:.{0,12}\b)?I am\b", part.text, re.I)
            and any(map(_introduces, pieces[1:]))
        ):
            found.extend(_introduction(part, pieces))
            continue
        if len(pieces) < 2 or part.shares_subject or _I_CASED.match(_FILLER.sub("", part.text)) or _listed(pieces):
            found.append(part)
            continue
        found.append(replace(part, text=pieces[0]))
        found.extend(Part(text=piece, join="and") for piece in pieces[1:] if piece)
    return found


def _introduces(piece: str) -> bool:
    words = piece.lower().split()
    known = any(
        lexicon().has(" ".join(words[i:j]), "occupation", "origin", "marital", "regime")
        for i in range(min(2, len(words)))
        for j in (i + 1, i + 2)
    )
    return bool(_INTRODUCED.match(piece)) or (known and len(words) <= 5)


def _introduction(part: Part, pieces: list[str]) -> list[Part]:
    """ "I am Ana, 31, from Porto" as three statements."""
    found = [replace(part, text=pieces[0])]
    for piece in pieces[1:]:
        for text in re.split(
            r"\s+(?:but|and)\s+(?=(?:now |currently )?(?:based|living|from|married|retired|working|"
            r"studying)\b)",
            piece,
        ):
            text = re.sub(r"^(?:and|but)\s+", "", text)
            found.append(Part(text=f"I am {text}" if _introduces(text) else text, join="and"))
    return found


def _listed(pieces: list[str]) -> bool:
    """Whether pieces between commas belong together: a list, names set apart, a clause of place or time before."""
    if any(len(piece.split()) < 2 and not lexicon().of(piece.lower()) for piece in pieces[1:]):
        return True
    if (
        re.match(rf"^(?:{_LEADS}|please|if|my|our)\b", pieces[0], re.IGNORECASE)
        and not FINITE.search(pieces[0])
        and not re.match(r"^(?:a|an|one|two|three|four|five|six|no)\b", pieces[0], re.I)
    ):
        return True
    return (
        bool(
            re.match(
                r"^(?:and|or|but|not|which|who|where|please|though|then|is|are|was|were)\b", pieces[-1], re.IGNORECASE
            )
        )
        and len(pieces) == 2
    )


_STATES = re.compile(
    r"^(?:(?:so|and|but|because|as|since|now) )?(?:(?:I|i|[Ww]e) (?:am|are|have|do not|can not|never|only|live|work|"
    r"hate|love|eat|drive|get|need|use|own|run)|(?:my|our) [\w' ]+? (?:is|has|have|are|can not|does not|do not))\b"
)


def _states(part: Part) -> bool:
    """Whether a clause after the question tells why it is asked: "…, I don't gamble", "… because my knee is bad"."""
    return (
        part.join in ("", "because", "so", "since", "but")
        and not part.shares_subject
        and bool(_STATES.match(part.text))
        and not re.search(r"\b(?:right|or not|should|would|could|too (?:much|late|old))\b", part.text)
    )


def _question_from(parts: list[Part], end: str) -> int:
    """The first clause that asks; a large number if none does."""
    for place, part in enumerate(parts):
        text = _FILLER.sub("", part.text)
        asks = _WH.match(text)
        if (asks and (end in ("?", "") or not _I.search(text))) or (not asks and _INVERTED.match(text)):
            return place
    if end != "?" or re.match(r"(?:it )?turns out\b", parts[0].text, re.I):
        return 10_000
    tagged = len(parts) > 1 and re.match(
        r"^(?:right|ok|okay|remember|you know|eh|no|yes|innit|huh)$", parts[-1].text, re.I
    )
    if tagged and parts[-1].text.lower() in ("remember", "you know"):
        return len(parts) - 1
    return 0 if len(parts) == 1 or tagged else max(0, len(parts) - 1 if _I.match(parts[0].text) else 0)


def _clause(part: Part, before: Clause | None, earlier: Clause | None, number: int, sentence: Sentence) -> Clause:
    text = part.text
    stripped = _FILLER.sub("", text).strip() or text
    question = bool(_WH.match(stripped) or _INVERTED.match(stripped))
    unreal = part.join in ("if", "unless") or bool(_UNREAL_START.match(stripped))
    lead, who, full, fragment, owner = "", Who.FRAGMENT, stripped, False, ""
    if (
        part.shares_subject
        and re.match(r"(?:please )?do not\b", stripped, re.I)
        and (part.join == "so" or (before and before.who is Who.OWN))
    ):
        who = Who.ORDER
    elif part.shares_subject and before is not None and before.who in (Who.SELF, Who.OWN):
        subject = "I" if before.who is Who.SELF else before.owner or "my family"
        helper = _HELPED.match(stripped)
        if helper and before.who is Who.SELF:
            subject += " was" if helper[1].lower() in ("raised", "brought", "born", "educated", "schooled") else " am"
        full, who, owner = f"{subject} {stripped}", before.who, before.owner
        unreal, question = unreal or before.unreal, question or before.question
        fragment = before.fragment
    elif part.shares_subject and before is not None:
        who = before.who
    else:
        leading = before is None or before.who is Who.SELF
        lead, who, full, fragment, owner = _subject(stripped, before or earlier, leading)
    core = _core(full, who)
    low = _lower(core)
    if who is Who.SELF and (_UNREAL.search(low) and not re.match(r"^i (?:would not|could not|can not)\b", low)):
        unreal = True
    if who is Who.SELF and _TASK_SELF.match(low):
        who = Who.OTHER
    return Clause(
        full=full, core=core, low=low, lead=lead, who=who, question=question, unreal=unreal, join=part.join,
        sentence=number, sentence_text=sentence.text, fragment=fragment, owner=owner,
    )  # fmt: skip


def _subject(text: str, before: Clause | None, first_part: bool) -> Subject:
    """Lead, whom it is about, the text from the subject on, whether the subject was added, and the owner."""
    together = _WITH_ME.match(text)
    if together:
        return Subject("", Who.SELF, text)
    found = _I_CASED.search(text)
    if found:
        lead = text[: found.start()].strip(" ,")
        if not lead or _accepts_lead(lead):
            return Subject(lead, Who.SELF, text[found.start() :])
    for pattern in (_THE_KIN, _BODY_THE):
        if pattern.match(text):
            text = pattern.sub("my ", text)
    if _BARE_KIN.match(text):
        text = "my " + text
    both = _BOTH_MY.match(text)
    if both and not found:
        text = "my " + text[both.end() :]
    if _MY.match(text):
        return Subject("", Who.OWN, text, owner=owner_of(text))
    if found and _I.search(text):
        return Subject("", Who.OTHER, text)
    lead_my = re.match(rf"^((?:{_LEADS})\b[^,]{{0,40}},?\s+)(?=(?:my|our)\b)", text, re.IGNORECASE)
    if lead_my and not FINITE.search(lead_my.group(1)):
        rest = text[lead_my.end() :]
        return Subject(lead_my.group(1).strip(" ,"), Who.OWN, rest, owner=owner_of(rest))
    if _PRONOUN.match(text) and before is not None and before.who is Who.OWN and before.owner:
        rest = _PRONOUN.sub("", text).strip()
        return Subject("", Who.OWN, f"{before.owner} {rest}", owner=before.owner)
    intro = _INTRO.match(text)
    if intro and not FINITE.search(intro[1]):
        rest_of = _subject(intro[2], before, first_part)
        return rest_of._replace(lead=rest_of.lead or intro[1].strip(" ,"))
    if _OTHER.match(text):
        return Subject("", Who.OTHER, text)
    if _YOU.match(text):
        return Subject("", Who.OTHER, text)
    if _THING.match(text):
        return Subject("", Who.THING, text)
    return read_fragment(text, first_part)


def _accepts_lead(lead: str) -> bool:
    low = lead.lower()
    if _REPORT.search(low):
        return bool(_EXPERT.search(low)) and not low.endswith(("if", "when", "what", "how"))
    if FINITE.search(low):
        return False
    if re.match(r"^(?:the|an?|this|that|one|some|many|two|three|all|few|several)\b", low) and not _TIME_LEAD.search(
        low
    ):
        return False
    return bool(_LEAD.match(low)) and len(low.split()) <= 12


def owner_of(text: str) -> str:
    """The noun phrase of a clause that begins with "my": "my daughter Ines starts school" → "my daughter Ines"."""
    words = text.split()
    taken = ["my"]
    last_hit = 0
    lex = lexicon()
    for word in words[1:6]:
        low = word.lower().strip(",.")
        if last_hit and not (word[:1].isupper() and word.isalpha()) and not lex.has(low, "kin", "social", "animal"):
            break
        if low in ("is", "are", "was", "has", "have", "and", "who", "with"):
            break
        taken.append(word.strip(","))
        if lex.has(low, "kin", "social", "animal", "vehicle", "body", "device"):
            last_hit = len(taken)
        if word.endswith(","):
            break
    return " ".join(taken[: max(last_hit, 2)] if not taken[-1][:1].isupper() else taken)


def _core(full: str, who: Who) -> str:
    core = _IDLE.sub("", full)
    if who is Who.SELF:
        together = _WITH_ME.match(core)
        if together:
            core = "I " + core[together.end() :]
        core = re.sub(r"^(?:we|i)\s+are\b", "I am", core, flags=re.IGNORECASE)
        core = re.sub(r"^(?:we|i)\s+were\b", "I was", core, flags=re.IGNORECASE)
        core = re.sub(r"^(?:we|i)(?=\s)", "I", core, flags=re.IGNORECASE)
        core = re.sub(r"^I (all|both|each) ", "I ", core)
        core = re.sub(r"^I have got\b(?! (?:into|used|to|over|rid|better|worse))", "I have", core)
        core = re.sub(r"^I got (?=an? |\d|two|three|my )", "I got ", core)
    elif who is Who.OWN:
        core = re.sub(r"^our\b", "my", core, flags=re.IGNORECASE)
    return core.strip()


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
