"""Generated conversations: much everyday chatter, now and then a fact about the user. The same for the same seed.

Words follow Zipf's law over real stems (those of the shipped word table, the commonest first) and, beyond them,
invented ones, so that the vocabulary goes on growing as it does in life. Lengths follow LoCoMo's (about 125
characters, some a single word, some a long paragraph).
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from memory_chain.retrieval.wordtable import word_table
from memory_chain.types import Message, Role

SESSION_MESSAGES = 20
FACT_SHARE = 0.1
"""How many of all messages carry a first-person fact; only the user's do."""

MEAN_CHARACTERS = 125
INVENTED_WORDS = 40_000
ZIPF_EXPONENT = 1.5
ZIPF_SHIFT = 50.0
"""Zipf and Mandelbrot: weight = 1 / (rank + shift) ** exponent. With these the vocabulary grows, and common words
are as common, as in LoCoMo (some 5,000 stems in 5,800 messages; the 100th in 2 % of them)."""

START = datetime(2019, 1, 7, 8, tzinfo=UTC)
SPAN = timedelta(days=5 * 365)
SESSION_GAP = timedelta(hours=8)
TURN_GAP = timedelta(seconds=47)

CHATTER = (
    "Did you see the {w} near the {w}?",
    "There was a {w} on the {w} again, and nobody knew about the {w}.",
    "They said that the {w} would {w} by {day}.",
    "What a {w} {w}, and so much {w}!",
    "The {w} was {w}, but the {w} was rather {w}.",
    "Somebody left a {w} beside the {w} after the {w}.",
    "How did the {w} go with the {w} and the {w}?",
    "It turned out that {w} and {w} were only {w}.",
    "That {w} reminds me of the {w} in the {w}.",
    "Isn't it odd how {w} the {w} can {w}?",
    "The news was all about {w}, {w} and a {w} from {name}.",
    "{name} told everybody about the {w} and the {w} {w}.",
    "Next to the {w} there is now a {w} with {w} and {w}.",
    "Could you look up the {w} of {w} for the {w}?",
    "So the {w} had no {w}, which made the {w} {w}.",
    "Please tell me more about {w} and how it {w}s a {w}.",
    "Wow, the {w} looks {w} in that {w}!",
    "Remember the {w} with the {w}? It was {w} this time.",
    "Not sure whether the {w} or the {w} is more {w}.",
    "Then the whole {w} began to {w}, just before the {w}.",
    "Thanks, that {w} explains the {w}.",
    "Is a {w} better than a {w} when there is {w}?",
    "A {w} without {w} is hardly a {w}, as {name} would say.",
    "The second {w} of the {w} was about {w} and {w}.",
)
SHORT = ("Okay.", "Sure, go on.", "Ha, really?", "Good morning!", "That's great to hear.", "Hm, tell me more.")

FACTS = (
    "I'm allergic to {food}.",
    "I can't eat {food}, it makes me ill.",
    "I love {hobby}.",
    "I really enjoy {hobby} on {day}s.",
    "I hate {food}.",
    "I don't like {hobby} any more.",
    "I stopped eating {food} in {month}.",
    "I'm a {job}.",
    "I work as a {job} in {city}.",
    "I moved to {city} last {month}.",
    "I live in {city}.",
    "My sister {name} lives in {city}.",
    "My son {name} started school in {month}.",
    "My brother is a {job}.",
    "I adopted a {animal} called {name}.",
    "I have a {animal} and two {animal}s.",
    "I went to {city} last {day}.",
    "I visited {city} with {name} in {month}.",
    "I tore my {body} two weeks ago.",
    "My {body} hurts whenever it is cold.",
    "I'm afraid of {fear}.",
    "I go {sport} every {day}.",
    "I started {hobby} yesterday.",
    "I'm planning a trip to {city} in {month}.",
    "I want to learn {skill} this year.",
    "I'm learning {skill} at the moment.",
    "I grew up in {city}.",
    "I just bought a {thing}.",
    "I own a {thing} and a {animal}.",
    "I usually get up at {hour}.",
    "I drink {drink} every morning.",
    "I gave up {drink} last {month}.",
    "I can only spend {money} euros a month on {hobby}.",
    "My favourite food is {food}.",
    "I prefer {drink} to coffee.",
    "I studied {skill} in {city}.",
    "I have a meeting with {name} next {day}.",
    "I got married to {name} in {month}.",
    "I work nights on {day}s.",
    "I believe that {fear} are overrated.",
)


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.replace(",", " ").split())


SLOTS: dict[str, tuple[str, ...]] = {
    "food": _split(
        "shellfish,peanuts,mushrooms,olives,cheese,beef,tofu,lentils,curry,pasta,sushi,garlic,bread,rice,eggs,honey,"
        "strawberries,spinach,salmon,chocolate,pork,oysters,almonds,tomatoes"
    ),
    "hobby": _split(
        "chess,hiking,pottery,gardening,painting,climbing,baking,photography,sailing,birdwatching,knitting,dancing,"
        "cycling,astronomy,woodwork,karaoke,yoga,fencing,origami,rowing,surfing,calligraphy"
    ),
    "job": _split(
        "nurse,teacher,carpenter,lawyer,programmer,baker,pilot,gardener,plumber,chemist,journalist,translator,"
        "electrician,librarian,architect,mechanic,florist,dentist"
    ),
    "city": _split(
        "Lisbon,Porto,Leeds,Oslo,Kyoto,Lima,Boston,Cairo,Turin,Ghent,Malmo,Quito,Perth,Seville,Dublin,Prague,Basel,"
        "Tampere,Nairobi,Utrecht,Bergen,Chicago,Toronto,Split"
    ),
    "animal": ("cat", "dog", "rabbit", "parrot", "hamster", "tortoise", "horse", "goat"),
    "body": ("knee", "shoulder", "ankle", "back", "wrist", "hip", "elbow"),
    "fear": ("spiders", "heights", "snakes", "needles", "lifts", "crowds", "storms", "dogs"),
    "sport": ("swimming", "running", "climbing", "skating", "skiing", "fishing", "cycling"),
    "skill": ("Spanish", "Japanese", "the cello", "welding", "Rust", "law", "history", "biology", "piano", "Arabic"),
    "thing": ("tent", "camera", "van", "piano", "telescope", "bicycle", "kayak", "laptop", "sewing machine"),
    "drink": ("tea", "wine", "beer", "juice", "cocoa", "mate", "lemonade", "whisky"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": ("January", "March", "April", "May", "June", "August", "October", "December"),
    "hour": ("five", "six", "seven", "eight", "ten"),
    "money": ("20", "50", "80", "120", "300"),
    "name": _split(
        "Ana,Bram,Clara,Dario,Elif,Farid,Greta,Hugo,Ines,Jonas,Keiko,Luca,Maya,Nils,Olga,Pablo,Rosa,Sven,Tara,Umar,"
        "Vera,Wanda,Yusuf,Zoe"
    ),
}

QUESTIONS = (
    "What shall we do this weekend?",
    "Which restaurant would suit me for dinner?",
    "What could I give my sister for her birthday?",
    "Where did I go last summer?",
    "How do I usually spend my mornings?",
    "What am I allergic to?",
    "Which pets do I have?",
    "When did I move to Lisbon?",
    "What do I do for a living?",
    "Could you plan a short holiday for me?",
    "What is a good exercise for this evening?",
    "Who is Clara?",
    "What did we talk about in March?",
    "Should I take the job in Oslo?",
    "What am I afraid of?",
    "Suggest a book that I would like.",
    "What happened two weeks ago?",
    "Do I like chess?",
    "What are my plans for this year?",
    "How should I furnish the new flat?",
)
ASKING = (
    "When did we talk about {}?",
    "What was said about {}?",
    "Do you remember {}?",
    "Who mentioned {}?",
    "Tell me about {}.",
)

_SYLLABLES = _split(
    "ba bel bro cal cen chi cor da den dor eli fa fen fil gar gle hal hen im jo ka kel lan lo lum ma mer min mor na "
    "nel nor ola pa per pin qua ra rel ron sa sel sha sin ta ter tor tri ul va ven vil wen wor ya zel zor"
)


class Generator:
    """Text with one seed: `chatter`, `fact` and `message` go on with it."""

    def __init__(self, seed: int) -> None:
        self._lots = random.Random(seed)
        self._words = _vocabulary(random.Random(seed))
        self._sums = list(
            accumulate(1 / (rank + ZIPF_SHIFT) ** ZIPF_EXPONENT for rank in range(1, len(self._words) + 1))
        )

    def word(self) -> str:
        """A word, the common ones often."""
        return self._words[bisect(self._sums, self._lots.random() * self._sums[-1])]

    def sentence(self, frames: Sequence[str]) -> str:
        """One of the frames, its slots filled."""
        return self._filled(self._lots.choice(frames))

    def chatter(self) -> str:
        """A message that reveals nothing about anybody."""
        if self._lots.random() < 0.06:
            return self._lots.choice(SHORT)
        wanted = self._lots.lognormvariate(4.68, 0.55)
        text = self.sentence(CHATTER)
        while len(text) + MEAN_CHARACTERS / 5 < wanted:
            text += " " + self.sentence(CHATTER)
        return text

    def fact(self) -> str:
        """A first-person fact, mostly with some chatter around it."""
        fact = self.sentence(FACTS)
        draw = self._lots.random()
        if draw < 0.2:
            return fact
        return f"{fact} {self.sentence(CHATTER)}" if draw < 0.6 else f"{self.sentence(CHATTER)} {fact}"

    def question(self, said: Sequence[str]) -> str:
        """A query: one of the fixed list, or one made of the words of something that was said."""
        if not said or self._lots.random() < 0.5:
            return self._lots.choice(QUESTIONS)
        words = [word.strip(".,?!") for word in self._lots.choice(said).split()]
        chosen = [word for word in words if len(word) > 3] or words
        picked = self._lots.sample(chosen, min(len(chosen), self._lots.randint(2, 4)))
        return self._lots.choice(ASKING).format(" ".join(picked))

    def conversation(self, messages: int, *, users: int = 1) -> Iterator[Message]:
        """Messages in the order in which they are said, in sessions of 20, each of one user with an assistant."""
        sessions = -(-messages // SESSION_MESSAGES)
        gap = min(SESSION_GAP, SPAN / sessions)
        for number in range(messages):
            session, turn = divmod(number, SESSION_MESSAGES)
            user = session % users
            by_user = turn % 2 == 0
            has_fact = by_user and self._lots.random() < 2 * FACT_SHARE
            yield Message(
                id=f"m{number}",
                text=self.fact() if has_fact else self.chatter(),
                role=Role.USER if by_user else Role.ASSISTANT,
                session_id=f"s{session}",
                user_id=f"user-{user}",
                created_at=START + session * gap + turn * min(TURN_GAP, gap / SESSION_MESSAGES),
            )

    def _filled(self, frame: str) -> str:
        parts = frame.split("{")
        filled = [parts[0]]
        for part in parts[1:]:
            slot, rest = part.split("}", 1)
            filled += [self.word() if slot == "w" else self._lots.choice(SLOTS[slot]), rest]
        return "".join(filled)


def _vocabulary(lots: random.Random) -> list[str]:
    """The stems of the word table, then invented words; rank is the place."""
    invented = (_invented(lots) for _ in range(INVENTED_WORDS))
    return list(dict.fromkeys([*(name for name in word_table().names if len(name) > 2), *invented]))


def _invented(lots: random.Random) -> str:
    syllables = lots.choices(_SYLLABLES, k=lots.choice((2, 3, 3, 4)))
    return "".join(syllables)
