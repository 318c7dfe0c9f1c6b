"""How somebody wants to be spoken to."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, POS, Frame, Place, frame
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    ORDER,
    ORDERS,
    OWN,
    SELF,
    THING,
)
from memory_chain.extraction.rules.shape import Clause, Who

_TALK = (
    r"(?:answers?|repl(?:y|ies)|responses?|messages?|explanations?|texts?|emails?|things|"
    r"it|everything|sentences|words|summaries|instructions|paragraphs|advice|language)"
)

_STYLES = (
    r"short|shorter|brief|concise|simple|simpler|plain|to the point|snappy|casual|formal|"
    r"informal|polite|direct|blunt|honest|straight|light|clear|"
    r"simply|briefly|politely|directly|plainly|detailed|in detail|technical|friendly|"
    r"professional|minimal|crisp|sweet|kind|gentle|neutral|serious|structured|under "
    r"\w+ (?:words|lines|sentences)|"
    r"bullet points?|bullets|lists?|numbered|steps?|step[- ]by[- ]step|one (?:thing|"
    r"step|question) at a time|jargon|emojis?|exclamation marks?|slang|metric|"
    r"imperial|celsius|fahrenheit|kilomet\w+|miles|kilos|grams|24[- ]?h(?:our)?|plain "
    r"(?:english|words|language|text)|british (?:spelling|english)|"
    r"american (?:spelling|english)|uk spelling|us spelling|examples?|tables?|headings|"
    r"markdown|bold|caps|capitals|all caps|large print|big font|"
    r"sugar-?coat\w*|waffle|fluff|small talk|pleasantries|apologies|apologi[sz]e|apologi[sz]ing|"
    r"disclaimers?|flattery|compliments|praise|preamble|"
    r"filler|buzzwords|swear\w*|jokes?|humou?r|sarcasm|irony|baby talk|long (?:words|"
    r"texts|messages|answers|paragraphs|sentences|explanations)|"
    r"walls? of text|big words|technical terms|difficult words|abbreviations|acronyms|"
    r"analogies|metaphors|facts|first names?|nicknames?|surname|"
    r"they/them|she/her|he/him|pronouns|voice (?:notes?|messages?)|phone calls?|calls?|"
    r"captions|subtitles|audio|text(?: me)?|patroni[sz]\w*|lectur\w+|"
    r"preach\w*|mansplain\w*|talk down|hashtags|gifs|dates? in|font|line breaks|colou?rs?|"
    r"simplified|slowly|slower|loud|english|german|spanish|french|"
    r"italian|dutch|portuguese|polish|deutsch|swedish|welsh|"
    r"motivational|pep talks?|cheerful|chirpy|hype|fuss|small print|speak slowly|formatting|"
    r"sources|links|references|units|euros|pounds|dollars|"
    r"question marks|great question|dear|buddy|mate|bro|dude|sir|ma'am|madam|honey|sweetie|"
    r"love|darling|mr|mrs|ms|dr|miss"
)

_STYLE = re.compile(rf"\b(?:{_STYLES})\b")

_TASK_OBJECT = re.compile(
    r"\b(?:this|these|following|my (?:email|text|essay|cv|letter|code|paragraph)|poem|"
    r"story|essay|article|recipe|cover letter|letter to|tweet|haiku|for (?:a|my|an) "
    r"\w+|about (?:a|the|an|my)|the (?:email|text|passage|paragraph|function|code|file))\b"
)


def _styled(value: str, clause: Clause) -> Place | None:
    """An order about the manner of all answers, not about one text."""
    if (
        clause.question
        or _TASK_OBJECT.search(clause.low)
        or not (_STYLE.search(clause.low) or "how i feel" in clause.low)
        or len(clause.low) > 140
        or re.search(r"\b(?:today|this time|for once|right now)\b", clause.low)
    ):
        return None
    return Place("communication", "style")


def _wanted(value: str, clause: Clause) -> Place | None:
    return Place("communication", "style") if _STYLE.search(value) and not _TASK_OBJECT.search(clause.low) else None


FRAMES: list[Frame] = [
    frame(
        "communication",
        "address",
        r"^(?:you can |please |just |everyone |everybody |people |do |feel free to |it is "
        r"fine to )*(?:calls?|address) me (?:as |by )?(?!back|maybe|when|if|later|tomorrow|tonight|"
        r"at|on|crazy|old-fashioned|a |an |anything|later|names|out)(?P<v>.+?)(?:,? please.*|"
        r",? not .*|$)",
        "call calls address",
        who=(ORDER, FRAGMENT, Who.OTHER, THING),
    ),
    frame(
        "communication",
        "address",
        r"^(?:please )?(?:do not|never|stop|quit) (?:call|calling|address|addressing) me "
        r"(?:as )?(?P<v>.+)",
        "call calling address addressing",
        who=(ORDER, FRAGMENT, SELF),
        polarity=NEG,
    ),
    frame(
        "communication",
        "address",
        r"^i (?:prefer|would prefer|like|go by|want|would like) (?:to be (?:called|addressed(?: "
        r"as)?|known as)|being called) (?P<v>.+)",
        "called addressed known",
        polarity=POS,
    ),
    frame(
        "communication",
        "address",
        r"^(?P<v>(?:mr|mrs|ms|miss|dr|prof|professor|just|first name)\.? ?[a-z]*) (?:is "
        r"fine|will do|is (?:ok|okay|enough|better)|works|suits me)\b.*",
        "fine do ok okay enough better works suits",
        who=(FRAGMENT, Who.OTHER, THING, SELF),
    ),
    frame(
        "communication",
        "style",
        r"^(?:please |always |just |from now on |in future |in general |when you (?:answer|"
        r"reply|write),? |could you (?:please )?|can you (?:please )?)*(?:keep|make|give|"
        rf"leave) (?:all |your |me |my |the |every )*(?P<v>(?:{_TALK} )?.+)",
        "keep make give leave",
        who=ORDERS,
        polarity=POS,
        where=lambda v, c: (
            _styled(v, c)
            if re.match(
                r"^(?:please |always |just |from now on )*(?:keep (?:\w+ ){0,2}(?:"
                + _TALK[3:-1]
                + r"|short|simple|brief)|make (?:your |the |all )?(?:answers|replies|responses|messages|"
                r"explanations|sentences)|give (?:me |us )?(?:metric|bullets?|bullet points|examples|"
                r"the (?:short|facts|bad news|straight|long)|it (?:to me )?straight|straight|short|"
                r"plain|honest|numbers|units|step by step|one step|things|just|only)|leave out|keep "
                r"to)",
                c.low,
            )
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^(?:please |always |just |from now on |in future |and )*(?:do not|never|no|stop|"
        r"avoid|skip|spare me|drop|quit|less|without|cut|enough with|lose|ditch|not so|hold|"
        r"save me|easy on|go easy on|no need (?:to|for)|leave out|ease off) (?:the |any "
        r"|your |all |so many |too many |using |use |saying |being |with |more |of |me |"
        r"give me |talk to me in |talk to me like |write |send me |send |ask(?:ing)? |explain(?:ing)? "
        r"|sound |be |talk(?:ing)? |start(?:ing)? |end(?:ing)? )*(?P<v>.+)",
        "not never no stop avoid skip spare drop quit less without cut enough lose ditch "
        "hold save easy need leave ease",
        who=ORDERS,
        polarity=NEG,
        where=lambda v, c: (
            _styled(v, c)
            if re.search(rf"\b(?:{_STYLES}|how i feel|questions)\b", v)
            and not re.match(
                r"^(?:please )?no (?:jokes?|calls?|text|english|lists?|links?|steps?|dates?|love|"
                r"examples?)$",
                c.low,
            )
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^(?:please |always |just |from now on |in future |generally |when you (?:answer|"
        r"reply),? |maybe |kindly )*(?:answer|reply|respond|talk|speak|write|explain|use|"
        r"stick|address|phrase|format|say|tell|show|text|email|message|phone|contact|label|"
        r"describe|be|go|start|put|get|treat|include|add|refer|ring|repeat|type|give it|"
        r"round|quote|send) (?P<v>.+)",
        "answer reply respond talk speak write explain use stick address phrase format "
        "say tell show text email message phone contact label describe be go start put "
        "get treat include add refer ring repeat type give round quote send",
        who=ORDERS,
        polarity=POS,
        where=lambda v, c: (
            _styled(v, c)
            if re.search(rf"\b(?:{_STYLES})\b", c.low)
            and re.match(
                r"^(?:please |always |just |from now on |in future |generally |maybe |kindly )*(?:answer|"
                r"reply|respond|talk|speak|write (?:to me|in|back)|explain (?:things|everything|"
                r"it|stuff|concepts|like|in|to me|slowly|simply|step)|use (?!the (?:following|code)|"
                r"it\b|this|a (?:python|regex|loop))|stick to|address|phrase|format (?:everything|"
                r"answers|your)|say (?:it|so|what)|tell me (?:straight|the truth|directly|honestly|"
                r"bluntly|things)|(?:text|email|message|phone|ring|contact) me|label|be (?:blunt|"
                r"honest|direct|brief|concise|straight|kind|gentle|patient|formal|casual|nice|critical|"
                r"frank)|get (?:straight )?to the point|get straight|go easy|go slow|start with|"
                r"put (?:it|things|everything|everything|the)|treat me|refer to me|repeat|show (?:me "
                r")?(?:prices|temperatures|distances|times|examples)|include|add (?:sources|examples)|"
                r"round|quote|send me (?:texts?|voice|an? email))",
                c.low,
            )
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^(?:please |just |always )*(?P<v>(?:talk|speak|explain (?:it|things|everything)|"
        r"write|answer) to me (?:like|as if|as though) .+|(?:talk|speak) (?:to me )?(?:slowly|"
        r"normally|straight|plainly).*)",
        "talk speak explain write answer",
        who=ORDERS,
        polarity=POS,
        where=lambda v, c: (
            Place("communication", "style") if not re.search(r"pirate|shakespeare|yoda|character|robot", v) else None
        ),
    ),
    frame(
        "communication",
        "channel",
        r"^(?:please |just |better |always |only )*(?P<v>(?:text|email|message|write to|"
        r"whatsapp|e-mail) me(?: (?:instead|rather|only|please|if|whenever|any time|anytime).*)?)$",
        "text email message write whatsapp e-mail",
        who=(ORDER, FRAGMENT),
        polarity=POS,
        where=lambda v, c: None if re.search(r"\bwhen\b", v) else Place("communication", "channel"),
    ),
    frame(
        "communication",
        "channel",
        r"^(?:please )?(?:do not|never) (?P<v>(?:call|phone|ring|text|email|message|voice "
        r"note|send) (?:me )?.*)",
        "call phone ring text email message voice send",
        who=(ORDER, FRAGMENT, SELF),
        polarity=NEG,
        where=lambda v, c: Place("communication", "channel") if c.who is not SELF and re.search(r"\bme\b", v) else None,
    ),
    frame(
        "communication",
        "style",
        r"^(?:please )?(?:stop|quit|do not|no need to|never) (?P<v>(?:asking|telling|sending|"
        r"suggesting|recommending|calling|reminding|lecturing|apologi[sz]ing|assuming|saying|"
        r"suggest|recommend|remind|lecture|assume|send)\b.+)",
        "stop quit not need never",
        who=(ORDER, FRAGMENT),
        polarity=NEG,
        where=lambda v, c: (
            None
            if c.question or _TASK_OBJECT.search(c.low) or re.search(r"\b(?:it|file|email)\b", v)
            else Place("communication", "style")
        ),
    ),
    frame(
        "communication",
        "style",
        r"^(?:you do not (?:need|have) to|no need to|there is no need to) (?P<v>(?:apologi[sz]e|"
        r"explain|sugar-?coat|be so|repeat|thank|ask|say|flatter|soften|spell)\b.*)",
        "need have",
        who=(Who.OTHER, FRAGMENT, ORDER, THING),
        polarity=NEG,
        where=lambda v, c: None if c.question else Place("communication", "style"),
    ),
    frame(
        "communication",
        "channel",
        r"^(?:please )?remind me (?P<v>(?:after|before|in the|at|on|only|by|the (?:day|night|"
        r"evening)) .+)",
        "remind",
        who=ORDERS,
        where=lambda v, c: (
            Place("schedule", "regular")
            if re.search(r"^(?:after|before) \d|in the (?:morning|evening)s?\b(?!.*\b(?:to|about|that)\b)", v)
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^i (?:always |much |would |really |usually |generally |definitely |find |strongly "
        r")*(?:prefer|like|want|appreciate|love|need|understand|learn best (?:with|from|"
        r"by)|work best with|respond (?:well|best|better) to|get on better with|take in|"
        r"read|would rather (?:have|hear|get|read|you)|would prefer|rather) (?P<v>.+)",
        "prefer like want appreciate love need understand learn work respond get take read rather",
        polarity=POS,
        where=lambda v, c: (
            Place("communication", "style")
            if re.search(rf"\b(?:{_STYLES})\b", v)
            and re.search(
                r"\b(?:answers?|repl(?:y|ies)|respon\w+|explanations?|explained|messages?|texts?\b(?! "
                r"books)|texting|emails?|to the point|bullet|bullets|straight|blunt\w*|direct\w*|"
                r"jargon|emojis?|things (?:short|simple|brief|plain)|it (?:straight|short|simple|"
                r"brief|plain)|plain (?:english|words|language)|metric|celsius|fahrenheit|honest "
                r"(?:feedback|opinion|answer)|feedback|step[- ]by[- ]step|steps|to be (?:called|"
                r"addressed)|visual\w*|diagrams|examples?|written|in writing|voice notes?|24[- ]hour|"
                r"british spelling|numbers)\b",
                v,
            )
            and not re.search(
                r"\b(?:an example|this|these|your (?:answer|message|text)|the (?:email|text|message)|"
                r"help|a (?:reply|text|message|email|summary|list|table))\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^i (?:hate|can not stand|dislike|do not like|do not need|do not want|am not a "
        r"fan of|am allergic to|can do without|can not read|struggle with|switch off (?:at|"
        r"with)|find it hard to read|get lost in|tune out) (?P<v>.+)",
        "hate stand dislike like need want fan allergic do read struggle switch find get tune",
        polarity=NEG,
        where=lambda v, c: (
            Place("communication", "style")
            if re.search(
                r"\b(?:long (?:answers|texts|explanations|emails|messages|paragraphs|replies)|walls? "
                r"of text|emojis?|jargon|waffl\w*|phone calls?|voice (?:notes?|messages?)|exclamation "
                r"marks|being (?:called|patroni[sz]ed|lectured|talked down to|sugar-?coated)|sugar-?coat\w*|"
                r"small print|pleasantries|flattery|being told (?:great|good)|preamble|corporate "
                r"speak|buzzwords|blocks of text|disclaimers|bullet points|when you (?:use|say|apologi[sz]e))\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^(?:long |big |dense )?(?P<v>(?:bullets?|bullet points|examples|diagrams|pictures|"
        r"short (?:sentences|answers|messages)|lists|plain (?:words|english)|large print|"
        r"a summary first|numbered steps) (?:help|helps|work|works|are (?:best|easier|better|good|great|fine)|"
        r"suits?)\b.*)",
        "good great fine help helps work works best easier better suit suits",
        who=(FRAGMENT, Who.OTHER, THING),
        polarity=POS,
    ),
    frame(
        "communication",
        "style",
        r"^(?P<v>(?:(?:short|shorter|brief|briefer|simple|simpler|direct|honest|concise) "
        r"(?:answers|replies|messages|explanations|sentences|responses)|(?:just )?the facts|"
        r"plain words|plain english|short answers|short and sweet|no fluff|no waffle|no "
        r"nonsense|straight answers|bullet points|metric|one (?:step|thing|question) at "
        r"a time|simple (?:words|language)|step by step|first names?|informal|formal|british "
        r"spelling|(?:uk|us|american) spelling|celsius|no small talk|no emojis|in (?:german|english|french|"
        r"spanish|italian|"
        r"dutch|polish|plain english|simple words)|auf deutsch|en fran\w+|en espa\w+)\b "
        r"?(?:please|only|for me|thanks|or i .*|if possible|is best)?.*)",
        "",
        who=FRAGMENT,
        polarity=POS,
        where=lambda v, c: (
            Place("communication", "style")
            if not c.question
            and len(v.split()) <= 9
            and re.search(r"please|only|for me|or i|if possible|thanks|^[\w ]+$", c.low)
            and not re.search(r"\b(?:is|are|was|what|how|means?)\b", v)
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^my (?:eyes|hearing|english|reading|attention span|concentration) .* so (?:please "
        r")?(?P<v>.+)",
        "so",
        who=OWN,
        where=_wanted,
        polarity=POS,
    ),
    frame(
        "communication",
        "style",
        r"^(?P<v>.+ should be (?:brief|short|simple|gentle|direct|written|in writing|in "
        r"\w+|kept (?:short|simple|brief)).*)",
        "should",
        who=(FRAGMENT, Who.OTHER, THING),
        polarity=POS,
        where=lambda v, c: (
            Place("communication", "style")
            if re.search(r"\b(?:advice|answers?|repl|messages?|explanations?|reminders?|instructions|everything)\b", v)
            else None
        ),
    ),
    frame(
        "communication",
        "style",
        r"^you can (?:just |always )?(?P<v>(?:be|talk|speak|skip|use|write|swear|drop|tell|"
        r"cut|text|email) .+)",
        "can",
        who=(Who.OTHER, THING, FRAGMENT),
        polarity=POS,
        where=_styled,
    ),
    frame(
        "communication",
        "style",
        r"^i (?:really )?(?:like|love|prefer|appreciate|find it helpful|find it easier) "
        r"(?:it )?when you (?P<v>(?:give|use|explain|keep|write|show|are|get|break|add|speak|"
        r"answer|ask|send|put)\b.*)",
        "when",
        polarity=POS,
        where=lambda v, c: Place("communication", "style"),
    ),
    frame(
        "communication",
        "style",
        r"^i (?:really )?(?:hate|dislike|do not like|can not stand) (?:it )?when you (?P<v>(?:give|"
        r"use|explain|keep|write|show|are|get|add|speak|answer|ask|send|apologi[sz]e|say|"
        r"call|start|end|repeat)\b.*)",
        "when",
        polarity=NEG,
        where=lambda v, c: Place("communication", "style"),
    ),
    frame(
        "communication",
        "style",
        r"^i would (?:rather|prefer (?:it )?if) you (?P<v>.+)",
        "rather prefer",
        polarity=POS,
        where=lambda v, c: Place("communication", "style") if not _TASK_OBJECT.search(c.low) else None,
    ),
    frame(
        "communication",
        "channel",
        r"^i (?:much |would |always |really )*prefer (?P<v>(?:to (?:text|write|email|message|"
        r"call|talk)|emails?|texts?|texting|calls|phone calls|whatsapp|voice notes|messages|"
        r"writing|messaging|speaking)\b.*)",
        "prefer",
        polarity=POS,
    ),
    frame(
        "communication",
        "style",
        r"^(?:please )?(?:explain|talk|write|tell|teach|put) (?:it |this |things |everything "
        r")?to me (?P<v>(?:like|as if|as though) i (?:know|am|have)\b.*)",
        "explain talk write tell teach put",
        who=(Who.OTHER, ORDER, FRAGMENT),
        polarity=POS,
    ),
    frame(
        "communication",
        "style",
        r"^(?:can|could|would|will) (?:you|u|we) (?:please |maybe |just )*(?P<v>(?:stop (?:with|using|sending)|skip|"
        r"avoid|drop|leave out|cut|lose|not use|ease off|go easy on) (?:all |so many |the |your |"
        r"any )*(?:[\w-]+ )?(?:"
        r"emojis?|jargon|exclamation marks?|slang|waffle|fluff|small talk|pleasantries|disclaimers?|flattery|jokes?|"
        r"acronyms|abbreviations|long words|technical terms|markdown|tables|bullet points|hashtags|gifs|caps)\b.*)",
        "stop skip avoid drop leave cut lose use ease easy",
        who=(*ORDERS, SELF, THING, Who.OTHER),
        polarity=NEG,
        doubtful=True,
        where=lambda v, c: None if _TASK_OBJECT.search(c.low) else Place("communication", "style"),
    ),
    frame(
        "communication",
        "style",
        r"^(?:can|could|would|will) (?:you|u|we) (?:please |maybe |just )*(?P<v>(?:go (?:super |really |very |"
        r"nice and )?"
        r"(?:slow|slowly|slower|step by step|one step at a time)|"
        r"keep (?:it|things|answers|your answers|replies|your replies) (?:\w+ )?(?:short|simple|brief|formal|"
        r"informal|"
        r"casual)|talk (?:to me )?(?:slowly|normally|plainly)|"
        r"speak (?:slowly|plainly|normally)|use (?:simple|plain|short) (?:words|english|sentences))\b.*)",
        "go keep talk speak use",
        who=(*ORDERS, SELF, THING, Who.OTHER),
        polarity=POS,
        doubtful=True,
        where=lambda v, c: None if _TASK_OBJECT.search(c.low) else Place("communication", "style"),
    ),
]
