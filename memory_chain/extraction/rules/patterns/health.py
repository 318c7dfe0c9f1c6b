"""Illnesses, allergies, medicines, injuries and aids."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    MOST,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_food

BODY = (
    "back|lower back|knees?|hips?|shoulders?|wrists?|ankles?|elbows?|neck|spine|foot|"
    "feet|toes?|legs?|arms?|hands?|fingers?|thumb|eyes?|ears?|"
    "heart|lungs?|liver|kidneys?|stomach|gut|bladder|skin|joints?|tendons?|ligaments?|"
    "acl|meniscus|achilles|hamstring|rotator cuff|collarbone|"
    "ribs?|jaw|tooth|teeth|wisdom teeth|throat|sinuses|eyesight|hearing|vision|blood "
    "pressure|cholesterol|blood sugar|thyroid|memory|balance|"
    "health|voice|calf|shin|heel|head|nose|sense of smell|mental health|immune system|"
    "digestion|sleep|asthma|migraines?|stammer|stutter|anxiety|"
    "depression|arthritis|eczema|diabetes|adhd|autism|tinnitus|hay fever|ibs|endometriosis|"
    "allergies|fibromyalgia|epilepsy|condition|pacemaker|"
    "hearing aids?|inhaler|medication|meds|insulin|psoriasis|crohn's|sciatica|knee ligament"
)

_HURT = (
    "broke|tore|sprained|fractured|hurt|injured|dislocated|twisted|pulled|ruptured|"
    "strained|cracked|snapped|chipped|burned|burnt|slipped|torn|broken|smashed|cut|"
    "bruised|shattered"
)

_PASSING = re.compile(
    r"\b(?:cold|headache|fever|hangover|cough|flu|stomach ache|stomachache|sore throat|"
    r"bug|tummy ache|blister|hiccups|crush|cramp|sneeze|itch)s?\b"
)

_ACTS = (
    "swim|walk (?:far|long|more|without|fast|very)|run|jump|kneel|bend|lift|climb|stand "
    "(?:for|long)|sit (?:for|still|that|long)|hear|see (?:well|far|colou?rs|out|without|"
    "clearly|in the dark)|smell|"
    "taste|raise|carry|grip|type|sleep (?:without|on my)|move|feel my|use my|bend my|"
    "straighten|turn my|drive at night|look at (?:bright|flashing)|breathe|concentrate|"
    "focus|read small|"
    "read without|do stairs|manage stairs|climb stairs|use stairs|handle (?:heat|cold|"
    "stairs|bright|loud|strobe)|tolerate|be in the sun|go in the sun|have children|"
    "exercise|dance any|manage the stairs|digest|"
    "chew|swallow|tell red|donate blood|give blood|fly because|be around|go near|wear "
    "contact|wear heels|have kids|get pregnant|walk|take"
)


def _ill(value: str, clause: Clause) -> Place | None:
    if _PASSING.search(value) and not re.search(
        r"\b(?:hay|scarlet|glandular|rheumatic) fever|cold sores|chronic|often|always|cluster|"
        r"regular|every",
        clause.low,
    ):
        return None
    return Place("health", "condition")


def _allergy(value: str, clause: Clause) -> Place | None:
    if value in (
        "it",
        "that",
        "this",
        "work",
        "mondays",
        "nonsense",
        "exercise",
        "bullshit",
        "effort",
        "stupidity",
        "fun",
        "them",
        "people",
        "responsibility",
        "mornings",
    ) or re.search(r"\b(?:is|are|am) ", value):
        return None
    return Place("health", "allergy")


FRAMES: list[Frame] = [
    frame(
        "health",
        "allergy",
        r"^i (?:am|have always been|am apparently|have been|have become|turned out to be) "
        r"(?!not\b)(?:\w+ )?(?:allergic|intolerant|hypersensitive|sensitive|anaphylactic) "
        r"to (?P<v>.+)",
        "allergic intolerant hypersensitive sensitive anaphylactic",
        polarity=NEG,
        split=True,
        text="!{s} is allergic to {v}.",
        where=_allergy,
    ),
    frame(
        "health",
        "allergy",
        r"^i am not (?:actually |really |in fact )?(?P<v>(?:allergic to .+|lactose intolerant|"
        r"gluten intolerant|diabetic|pregnant|coeliac|celiac|intolerant to .+)?)(?: after "
        r"all| any ?more| any longer|$)",
        "allergic intolerant diabetic pregnant coeliac celiac",
        ended=True,
        polarity=NEG,
        text="whole",
        where=lambda v, c: (
            Place("health", "condition") if re.search(r"after all|any ?more|any longer|no longer", c.low) else None
        ),
    ),
    frame(
        "health",
        "condition",
        r"^(?:i am )?(?:not|no longer) (?P<v>(?:pregnant|diabetic|contagious|in remission|"
        r"breastfeeding|on (?:medication|antidepressants|insulin)|allergic to .+?|depressed|"
        r"anaemic))(?: any ?more| any longer|$)",
        "pregnant diabetic contagious breastfeeding medication antidepressants insulin "
        "allergic depressed anaemic remission",
        who=(SELF, FRAGMENT),
        ended=True,
        polarity=NEG,
        text="!{s} is no longer {v}.",
        where=lambda v, c: Place("health", "condition") if re.search(r"more|longer", c.low) else None,
    ),
    frame(
        "health",
        "allergy",
        r"^(?P<v>[\w -]+? allerg(?:y|ies)\b.*|(?:severe |bad |mild |serious )?(?:allergy|"
        r"allergies) to .+|allergies:? .+)",
        "allergy allergies",
        who=FRAGMENT,
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(r"\b(?:is|are|can|do|does|season|what|medicine|tests?)\b", v)
            else Place("health", "allergy")
        ),
    ),
    frame(
        "health",
        "allergy",
        r"^(?P<v>[\w' -]{2,40}?) (?:does not|do not|never) (?:really )?(?:agree|sit well|"
        r"go down well|get on) with me\b",
        "agree sit go get",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "health",
        "allergy",
        r"^(?P<v>[\w' -]{2,50}?) (?:makes?|gives?|brings? me out|triggers?|sets? off|causes? "
        r"me|turns? my|messes with my|upsets? my|wrecks? my|kills? my|hurts? my|flares? "
        r"(?:up )?my|aggravates? my|irritates? my) (?:me )?(?:out )?(?P<w>(?:in (?:blisters|"
        r"hives|spots|lumps|a rash|welts|boils|bumps)|itch|itchy|sick|ill|sneeze|wheeze|"
        r"vomit|throw up|swell|dizzy|bloated|nauseous|faint|cough|carsick|seasick|a (?:rash|"
        r"migraine|headache)|the shits|migraines?|headaches?|hives|rash(?:es)?|heartburn|"
        r"(?:terrible |awful |bad |horrible |really bad )*(?:heartburn|migraines?|headaches?|"
        r"reflux|hives|stomach ?aches?|cramps|indigestion|rash)|reflux|palpitations|eczema|"
        r"asthma|jittery|bloated|gassy|queasy|sluggish|wired|panic attacks?|stomach(?: ache)?|"
        r"skin|gut|anxiety|ibs|(?:\w+ )?(?:back|knees?|hips?|eyes|stomach|skin|gut|head|"
        r"neck))\b.*)",
        "makes make gives give triggers trigger set sets off causes upsets upset wrecks "
        "kills hurts hurt aggravates irritates messes flares brings bring",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.match(
                r"^(?:i|it|that|this|he|she|you|they|what|which|seeing|reading|the (?:news|idea|thought)|"
                r"my)\b",
                v,
            )
            and not re.match(r"^my (?:hay|asthma|allerg)", v)
            else Place("health", "allergy")
        ),
    ),
    frame(
        "health",
        "condition",
        r"^i (?:am|have been|was|am now|am actually|am also|am legally|have become|am registered|"
        r"am a recovering|am a|am an|became|am going|am clinically|am chronically|am slightly|"
        r"am profoundly|am mildly|am partially|am nearly|am almost|am half|was born) (?!not\b)(?:an? "
        r"|both |legally |a bit |registered |type \w+ |type-\w+ |totally |almost |nearly "
        r"|partially |clinically |profoundly |chronically |completely |half |slightly |red-green "
        r"|red green |insulin-dependent |always )*(?P<v>[\w-]+(?: [\w-]+){0,3}.*)",
        "am been was become became born",
        needs="illadj",
        polarity=NEG,
        where=lambda v, c: (
            Place("health", "condition")
            if any(lexicon().has(" ".join(v.replace(",", "").split()[:n]), "illadj") for n in (1, 2, 3))
            and not re.match(r"^(?:blind to|deaf to|add\b|lame\b(?! in)|mute\b)", v)
            else None
        ),
    ),
    frame(
        "health",
        "condition",
        r"^i (?:(?:have|had|suffer from|live with|struggle with|get|have got|have had|have "
        r"always had|was born with|am prone to|deal with|battle|was diagnosed with|have "
        r"been diagnosed with|got diagnosed with|am diagnosed with|am recovering from|am "
        r"living with|am suffering from|came down with|developed|have developed|manage|am "
        r"struggling with|am dealing with|inherited|am having|have battled|survived|am in "
        r"remission from|am in recovery from|beat|am waiting for|got)) (?!no\b|to\b)(?:an? "
        r"|the |my |some |this |severe |mild |bad |terrible |awful |chronic |really |very "
        r"|early |stage \w+ |type \w+ |type-\w+ |suspected |regular |occasional |frequent "
        r"|serious |slight |moderate |long-standing |both |a touch of |a bit of |a mild "
        r"case of |a history of |horrible |recurring |constant |two |three |quite )*(?P<v>[\w'/-]+(?: "
        r"[\w'/-]+){0,4}.*)",
        "have had suffer live struggle get born prone deal battle diagnosed recovering "
        "suffering came developed manage struggling dealing inherited having battled survived "
        "remission recovery beat waiting got",
        needs="condition illness",
        polarity=NEG,
        where=lambda v, c: (
            _ill(v, c)
            if lexicon().any(" ".join(v.split()[:5]), "condition", "illness")
            and not re.match(
                r"^(?:question|good|new|friend|problem|idea|book|dog|cat|test|dream|addiction to|"
                r"depression in)",
                v,
            )
            else None
        ),
    ),
    frame(
        "health",
        "condition",
        r"^i have (?:an? |two |the |my |some |really |very |always had |had )*(?P<v>(?:bad|"
        r"dodgy|weak|sore|slipped|torn|broken|stiff|arthritic|artificial|prosthetic|weird|"
        r"trapped|herniated|fractured|frozen|bum|gammy|sensitive|dry|oily|acne-prone|poor|"
        r"terrible|high|low|irregular|one|lazy|flat|replaced|new|false|metal|chronic|persistent|"
        r"heart|kidney|back|knee|liver|thyroid|lung|joint|skin|hearing|sleep|eye|stomach|"
        r"mobility|balance|memory|sight|vision|bladder|mental health|sensory|no)(?: (?:lower|"
        rf"upper|left|right|blood|working|old|sense of))? (?:{BODY}|disc|pain|problems?|trouble|"
        r"issues?|disease|condition|failure|murmur|nerve|legs?|impairment|replacement|sight|"
        r"attention)\b.*)",
        "have",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.match(r"^(?:no|one|weird|new|heart|old|low|high|kidney) (?:idea|problems?$|issues?$|trouble)", v)
            or re.match(r"^(?:no|new) (?:problem|issue|trouble|head|hand|condition)", v)
            else Place("health", "condition")
        ),
    ),
    frame(
        "health",
        "condition",
        r"^i (?:am|was|have been) (?:only |now |about |currently |nearly |almost |just )?(?P<v>(?:pregnant"
        r"|(?:\w+|\d+) (?:weeks|months) (?:pregnant|along|sober|clean|post-op)|in a wheelchair|"
        r"in remission|in recovery|in (?:constant |chronic )pain|on crutches|on dialysis|"
        r"on chemo|on the waiting list for|sober|housebound|off (?:sick|work with)|having "
        r"(?:chemo|surgery|an operation|ivf|radiotherapy|treatment)|going through (?:chemo|"
        r"menopause|the menopause|ivf)|in therapy|seeing a (?:therapist|psychiatrist|psychologist|"
        r"counsellor|counselor|physio|physiotherapist)|waiting for (?:surgery|an operation|"
        r"a transplant|a hip|a knee)|recovering from .+|awaiting .+ (?:surgery|results)|"
        r"overweight|underweight|having (?:my|a) .+ (?:removed|replaced|surgery)|deaf in "
        r".+|blind in .+|missing .+|down to one .+|born with .+|starting chemo.*|prone to "
        r".+|under a (?:cardiologist|neurologist|consultant))\b.*)",
        "am was been",
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        r"^(?:i )?(?:am |have |had |just |also )?(?:starting|started|start|having|had|have|"
        r"need|needed|booked in for|scheduled for|waiting for|getting|get|got|facing|"
        r"finishing|recovering from) (?:an? |my |the |another |two |emergency |major |minor "
        r"|last |first |some )*(?P<v>(?:[\w-]+ ){0,2}?(?:chemo|chemotherapy|radiotherapy|"
        r"radiation|dialysis|surgery|operation|hip replacement|knee replacement|bypass|transplant|"
        r"hysterectomy|c-section|caesarean|biopsy|stents?|pacemaker|ivf|amputation|stroke|"
        r"heart attack|miscarriage|concussion|root canal|physio|physiotherapy|appendix out|"
        r"tonsils out|gallbladder out|ulcer|breakdown|seizures?|mastectomy|cataracts? (?:done|"
        r"removed|surgery)|slipped disc)\b.*)",
        "chemo chemotherapy radiotherapy radiation dialysis surgery operation replacement "
        "bypass transplant hysterectomy c-section caesarean biopsy stent stents pacemaker "
        "ivf amputation stroke attack miscarriage concussion canal physio physiotherapy "
        "out ulcer breakdown seizure seizures mastectomy cataract cataracts disc",
        who=(SELF, FRAGMENT),
        polarity=NEG,
    ),
    frame(
        "health",
        "medicine",
        r"^i (?:am|have been|take|am taking|have to take|inject|use|was put on|was prescribed|"
        r"got prescribed|need|carry|have|started|am starting|am back on|switched to|rely "
        r"on|wear|depend on|live on|basically live on|am prescribed|always carry) (?:on "
        r"|put on |also )?(?:an? |my |the |daily |some |low-dose |high-dose |weekly |two "
        r"|a daily dose of |strong )*(?P<v>[\w'-]+(?: [\w'-]+){0,3}.*)",
        "am been take taking inject use put prescribed need carry have started starting "
        "back switched rely wear depend live",
        needs="medicine",
        where=lambda v, c: (
            Place("health", "medicine")
            if lexicon().any(" ".join(v.split()[:3]), "medicine")
            and not re.search(r"\b(?:vitamin c\b.*\?|steroids? abuse)|^(?:stopped|come off|quit|finished)\b", v)
            else None
        ),
    ),
    frame(
        "health",
        "aid",
        r"^i (?:use|wear|have|need|walk with|rely on|am in|get around (?:in|on|with)|am "
        r"getting|got|depend on|have got|am on) (?:an? |my |two |the |daily |strong |a pair "
        r"of |thick )*(?P<v>(?:[\w-]+ ){0,2}?(?:wheelchair|walking stick|cane|crutch(?:es)?|"
        r"walker|rollator|zimmer frame|hearing aids?|cochlear implants?|glasses|contact "
        r"lenses|contacts|varifocals|pacemaker|insulin pump|prosthetic(?: \w+)?|prosthesis|"
        r"stoma|catheter|cpap(?: machine)?|guide dog|service dog|assistance dog|screen reader|"
        r"magnifier|mobility scooter|feeding tube|white cane|splint|braces|epipen|inhaler|"
        r"crutches|oxygen|stairlift|stair lift|ramp|orthotics|hip replacement|knee replacement|"
        r"walking frame)\b.*)",
        "use wear have need walk rely am get getting got depend",
        where=lambda v, c: (
            Place("constraints", "access")
            if re.search(r"stair ?lift|ramp|screen reader", v)
            else Place("health", "aid")
        ),
    ),
    frame(
        "health",
        "injury",
        rf"^i (?:have |had |recently |just )?(?:{_HURT}) (?:both |one of )?(?:my |the |an? "
        rf"|two )(?P<v>(?:[\w-]+ )?(?:{BODY}|disc|muscle|bone|nerve|vertebra)\b.*)",
        _HURT.replace("|", " "),
        polarity=NEG,
    ),
    frame(
        "health",
        "injury",
        r"^i (?:lost|had no use of|have lost|am losing|have no|lack|do not have) (?:the "
        r"use of )?(?:my |the |one |an? |any |both |most of my )*(?P<v>(?:[\w-]+ )?(?:hand|"
        r"arm|leg|foot|eye|finger|fingers|sight|eyesight|hearing|sense of (?:smell|taste|"
        r"direction)|arms|legs|voice|kidney|memory|spleen|gallbladder|thyroid|appendix|feeling "
        r"in .+)\b.*)",
        "lost losing use no lack have",
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        rf"^my (?P<v>(?:left |right |bad |old |poor |whole |lower |other )?(?:{BODY})(?: "
        r"(?:and|or) \w+)? (?:is|are|hurts?|aches?|will not|can not|does not|do not|acts? "
        r"up|flares? up|plays? up|gets?|gives?|has|have|keeps?|still|kills?|goes|went|gave|"
        r"locks?|clicks?|has been|have been|was|were|swells?|needs?|started|never|limits?|"
        r"makes?|means?|requires?|came back|erupts?|shakes?|shake|itch\w*|swell|burns?|tingles?|"
        r"bleeds?|reacts?|breaks? out|only|struggles?|swims?|rings?|won't)\b.*)",
        "",
        who=OWN,
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.match(
                r"^(?:(?:left |right )?(?:head|hands|heart|voice|feet|eyes) (?:is|are) (?:full|tied|"
                r"exploding|spinning|broken|melting|cold|freezing|warm|in the|on the|yours|pounding)|"
                r"head (?:hurts|aches)|heart (?:goes|breaks|sank|was)|hair|health (?:insurance))",
                v,
            )
            or re.search(r"\b(?:is|are) (?:fine|good|great|ok|okay|perfect|back to normal|better)\b", v)
            else Place("health", "condition")
        ),
    ),
    frame(
        "health",
        "condition",
        r"^(?:the )?(?P<v>(?:bad|dodgy|sore|slipped|deaf|blind|colou?r[- ]blind|partially "
        r"sighted|hard of hearing|type \w+ diabetic|stage \w+|chronic|severe|high|low|recovering|"
        r"diagnosed with)\b .*)",
        "bad dodgy sore slipped deaf blind colour-blind color-blind colour color partially "
        "hard type stage chronic severe high low recovering diagnosed",
        who=(FRAGMENT, SELF),
        polarity=NEG,
        needs="illness condition illadj body",
    ),
    frame(
        "health",
        "condition",
        r"^(?P<v>[\w' -]{2,40}? (?:triggers?|sets? off|brings? on|worsens?|causes?|aggravates?) "
        r"(?:my|our) [\w -]+)",
        "trigger triggers set sets bring brings worsen worsens cause causes aggravate aggravates",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: Place("health", "condition") if lexicon().any(v, "condition", "illness", "body") else None,
    ),
    frame(
        "health",
        "condition",
        r"^(?:my |the )?(?P<v>(?:doctor|gp|physio|physiotherapist|consultant|cardiologist|"
        r"neurologist|dermatologist|allergist|specialist|surgeon|dentist|dietitian|midwife|"
        r"doctors) (?:says?|said|told me|wants me|advised|ordered|recommends|recommended|"
        r"forbade|put me on|has told me|have told me|thinks|confirmed|warned me|diagnosed)\b.*)",
        "says say said told wants advised ordered recommends recommended forbade put thinks confirmed warned diagnosed",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: (
            Place("health", "condition")
            if re.search(r"\b(?:i|me|my|no|not|avoid|off|because)\b", v)
            and (
                lexicon().any(v, "illness", "condition", "body", "medicine", "food", "illadj")
                or re.search(
                    r"\b(?:no (?:lifting|running|alcohol|salt|sugar|driving|flying)|lifting|put me on|"
                    r"diagnosed)\b",
                    v,
                )
            )
            and not re.search(r"\b(?:everyone|people|you)\b", v)
            else None
        ),
    ),
    frame(
        "health",
        "state",
        r"^(?P<v>[\w ]{2,30}) (?:has|have|needs?) to (?:stay|be kept|be|remain) (?:low|limited|"
        r"minimal|under control|down|stable)\b.*",
        "stay kept be remain",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: (
            Place("health", "state")
            if lexicon().any(v, "food", "body", "medicine", "illness")
            or re.search(r"potassium|sodium|salt|sugar|blood|stress|cholesterol", v)
            else None
        ),
    ),
    frame(
        "health",
        "allergy",
        r"^(?P<v>[\w' -]{2,40}?) (?:could|would|can|will|might|nearly|almost) (?:literally "
        r")?(?:kill(?:ed)?|hospitali[sz]e|send) me\b(?! with)",
        "kill killed hospitalise hospitalize send",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: Place("health", "allergy") if lexicon().any(v, "allergen", "food") else None,
    ),
    frame(
        "health",
        "allergy",
        r"^i (?:always |usually |often )?(?P<v>(?:break out|come out|react (?:badly )?|swell "
        r"up|throw up|get (?:a rash|hives|really sick|very sick|sick|ill|a migraine|a headache|"
        r"migraines|headaches|heartburn|bloated|itchy|wheezy|anaphylaxis|stomach cramps|"
        r"a stomach ache|an upset stomach)|wheeze|feel sick|can not breathe|end up in hospital|"
        r"itch)(?: .*)?)$",
        "break come react swell throw get wheeze feel breathe end itch",
        polarity=NEG,
        text="sentence",
        where=lambda v, c: (
            Place("health", "allergy")
            if re.search(r"\b(?:if|when|whenever|every time|after|from|around|to)\b", c.sentence_text.lower())
            and not re.search(r"\b(?:today|yesterday|this morning|last night)\b", c.sentence_text.lower())
            else None
        ),
    ),
    frame(
        "health",
        "allergy",
        r"^(?P<v>[\w' -]{2,40}?) (?:put|puts|landed|sent|lands|sends|knocks?|floors?|flattens?|"
        r"destroys?|finish(?:es)?) me (?:in (?:hospital|the hospital|the er|a&e|bed)|to "
        r"(?:hospital|the er|a&e)|flat|out|over|for days)\b",
        "put puts landed sent lands sends knock knocks floor floors flatten flattens destroy destroys finish finishes",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: Place("health", "allergy") if lexicon().any(v, "allergen", "food", "medicine") else None,
    ),
    frame(
        "health",
        "sleep",
        r"^(?P<v>[\w' -]{2,40}?) (?:keeps?|has|have) me (?:up|awake|wired)\b",
        "keep keeps",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: Place("health", "sleep") if is_food(v) or "caffeine" in v else None,
    ),
    frame(
        "health",
        "condition",
        r"^(?P<v>(?:coeliac|celiac|diabetes|asthma|cancer|epilepsy|ibs|endometriosis|adhd|"
        r"autism|arthritis|depression|it) (?:is |was )?(?:confirmed|diagnosed|runs in my "
        r"family|since)\b.*)",
        "confirmed diagnosed runs since",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        r"^(?:no|not (?:allowed|supposed) to|nothing) (?P<v>(?:lift(?:ing)?|running|alcohol|"
        r"bending|flying|driving|exercise|jumping|swimming|caffeine|high-impact|contact "
        r"sports)\b .*(?:because|since|after|due|doctor|surgery|operation|back|knee|heart|"
        r"hip).*)",
        "no not nothing",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        r"\b(?:since|after|because of|thanks to|due to|from|with) (?:my |the |an? )(?P<v>(?:[\w-]+ "
        r"){0,2}?(?:stroke|surgery|operation|hip replacement|knee replacement|heart attack|"
        r"slipped disc|diagnosis|bypass|seizures|chemo|concussion|arthritis|miscarriage|"
        r"transplant|c-section|brain injury|amputation|migraines|chronic pain|bad back|bad "
        r"knee|hernia|asthma|epilepsy|diabetes|pacemaker|depression|dyslexia|tinnitus)\b).*",
        "since after because thanks due from with",
        who=ANY,
        polarity=NEG,
        where=lambda v, c: (
            Place("health", "condition")
            if c.who in (SELF, OWN)
            or re.search(r"\bmy\b", c.low)
            or c.sentence_text.lower().find(" i ") >= 0
            or "me" in c.low.split()
            else None
        ),
    ),
    frame(
        "health",
        "state",
        r"^i (?:can not|am unable to|am not able to|struggle to|find it hard to|am not allowed "
        r"to|am not supposed to|have trouble|have difficulty|can barely|can hardly|can no "
        r"longer|could never|never learned to|never learnt to|never could|never learned "
        rf"how to|never learnt how to|must not) (?P<v>(?:{_ACTS})\b(?! (?:on this|the file|"
        r"you|it\b|that\b|this\b|the point|what|any errors|why|how)).*)",
        "not unable able struggle find trouble difficulty barely hardly longer never must",
        polarity=NEG,
        where=lambda v, c: (
            Place("constraints", "limit")
            if re.match(
                r"^(?:swim|take)\b(?! (?:ibuprofen|aspirin|penicillin|antibiotics|paracetamol|codeine|"
                r"painkillers|the pill|nsaids|stairs))",
                v,
            )
            and not re.match(r"take (?:\w+ )?(?:ibuprofen|aspirin|antib)", v)
            and v.startswith("swim")
            else (
                None
                if v.startswith("take") and not lexicon().any(v, "medicine", "allergen")
                else Place("health", "state")
            )
        ),
    ),
    frame(
        "health",
        "sleep",
        r"^i (?:have trouble|struggle|find it hard|have problems) (?P<v>(?:sleep\w*|falling "
        r"asleep|staying asleep|to (?:sleep|fall asleep)|getting to sleep).*)",
        "trouble struggle find problems",
        polarity=NEG,
    ),
    frame("health", "condition", r"\bhad no use of my (?P<v>\w+.*)", "use", polarity=NEG, who=ANY),
    frame(
        "health",
        "condition",
        r"^(?:no|without) (?:licen[cs]e|driving|alcohol|flying) since (?:the|my) (?P<v>.+)",
        "since",
        who=MOST,
        needs="illness condition",
        polarity=NEG,
    ),
    frame(
        "health",
        "sense",
        r"^i (?:miss|lose|mishear) (?P<v>(?:half|most|a lot|everything|the high notes)\b.*(?:otherwise|"
        r"without|on the phone|hear|said).*)",
        "miss lose mishear",
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        r"^i (?:have )?(?:had|got) (?:my|an?|both|one|part of my) (?P<v>[\w -]{3,30}) (?:taken "
        r"out|removed|out|replaced|amputated|fixed|operated on|pinned|fused)\b",
        "had got",
        polarity=NEG,
        needs="body",
    ),
    frame(
        "health",
        "condition",
        r"^i (?:get|am) (?:really |very |terribly |always )*(?P<v>(?:travel|car|sea|motion|"
        r"air)[- ]?sick\b.*)",
        "sick travel-sick carsick seasick airsick",
        polarity=NEG,
    ),
    frame(
        "health",
        "condition",
        r"^i am on (?:a|the) (?P<v>waiting list for .+)",
        "waiting",
        polarity=NEG,
        needs="body illness medicine condition",
    ),
    frame(
        "health",
        "condition",
        r"^(?:my |the )?(?:doctors?|surgeons?|hospital|they|consultants?) (?:have |has |"
        r"once |just )?(?P<v>(?:found|diagnosed|discovered|removed|confirmed|took out|spotted) "
        r"(?!the (?:bug|problem|file)).+)",
        "found diagnosed discovered removed confirmed took spotted",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: (
            Place("health", "condition")
            if lexicon().any(v, "illness", "condition", "body") and not re.search(r"\b(?:his|her|their|that)\b", v)
            else None
        ),
    ),
    frame(
        "health",
        "aid",
        r"\bmy (?:new |old |left |right )*(?P<v>insulin pump|hearing aids?|cochlear implants?|stoma(?: bag)?|"
        r"screen reader|guide dog|assistance dog|wheelchair|prosthetic(?: \w+)?|prosthesis|cpap(?: machine)?|"
        r"catheter|white cane|walking stick|rollator|mobility scooter|epipen|pacemaker|feeding tube)\b",
        "insulin hearing cochlear stoma screen guide assistance wheelchair prosthetic prosthesis cpap catheter "
        "white walking rollator mobility epipen pacemaker feeding",
        who=(*MOST, Who.ORDER),
        text="!{s} has {v}.",
    ),
    frame(
        "health",
        "condition",
        r"\bmy (?P<v>[\w-]+(?: [\w-]+)?) (?:tablets?|meds|medication|medicine|pills|inhaler|nurse|specialist|"
        r"clinic|flare-?ups?|diagnosis|consultant)\b",
        "tablets tablet meds medication medicine pills inhaler nurse specialist clinic flare-up flare-ups flareup "
        "diagnosis consultant",
        who=MOST,
        needs="illness",
        polarity=NEG,
        text="!{s} has {v}.",
    ),
    frame(
        "health",
        "condition",
        r"^(?:i (?:have )?)?(?:finished|completed|am done with|am through with) (?:my |the )?(?:last |final )?"
        r"(?:round of )?(?P<v>chemo|chemotherapy|radiotherapy|dialysis|ivf|physio|physiotherapy)\b",
        "chemo chemotherapy radiotherapy dialysis ivf physio physiotherapy",
        who=(SELF, FRAGMENT),
        ended=True,
        text="whole",
    ),
    frame(
        "health",
        "condition",
        r"^(?:my )?(?P<v>chemo|chemotherapy|radiotherapy|dialysis|ivf|physio) (?:is|has) (?:finally )?"
        r"(?:done|over|finished|ended)\b",
        "chemo chemotherapy radiotherapy dialysis ivf physio",
        who=ANY,
        ended=True,
        text="!{s} has finished {v}.",
    ),
    frame(
        "health",
        "condition",
        r"^(?:my )?(?P<v>(?:[\w-]+ )?(?:knee|hip|back|eye|heart|shoulder|hand|foot|ankle|wrist|hernia|cataract|jaw|"
        r"gallbladder|spinal|brain) (?:surgery|operation|op|replacement)) is\b",
        "surgery operation op replacement",
        who=ANY,
        text="!{s} is having {v}.",
    ),
    frame(
        "health",
        "condition",
        r"\b(?:since|after|because of|with) (?:my |the )(?P<v>(?:plate|pins?|screws?|metal|rod) in my \w+|seizure|"
        r"pregnancy)\b",
        "plate pin pins screw screws metal rod seizure pregnancy",
        who=ANY,
        polarity=NEG,
    ),
    frame(
        "health",
        "medicine",
        r"^i (?:have )?(?:just |recently |finally |now )*(?:stopped taking|stopped|came off|come off|am off) "
        r"(?:my |the )?(?P<v>[\w-]+(?: [\w-]+)?)",
        "stopped came come off",
        needs="medicine",
        ended=True,
        text="!{s} no longer takes {v}.",
    ),
    frame(
        "health",
        "condition",
        r"^my stomach (?P<v>(?:can not|does not) (?:take|handle|tolerate|like) .+)",
        "stomach",
        who=OWN,
        polarity=NEG,
        where=lambda v, c: Place("diet", "avoids") if is_food(v.split(" ", 3)[-1]) else None,
    ),
    frame(
        "health",
        "condition",
        r"^(?P<v>[\w-]+) (?:has|have) (?:got )?me (?:on|in|housebound|stuck|up)\b",
        "me",
        who=MOST,
        needs="illness",
        polarity=NEG,
    ),
]
