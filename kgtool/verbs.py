"""Inflected English verbs by rule: what the forms of one verb have in common, without a parser or a dictionary."""

from __future__ import annotations

import re
from functools import lru_cache

IRREGULAR = """
agree agreed|arise arose arisen|awake awoke awoken|be was been|bear bore borne|beat beat beaten|become became become
begin began begun|behold beheld|bend bent|bet bet|bias biased|bid bid|bind bound|bite bit bitten|bleed bled
blow blew blown|break broke broken|breed bred|bring brought|broadcast broadcast|build built|burn burnt|burst burst
buy bought|cast cast|catch caught|choose chose chosen|cling clung|come came come|cost cost|creep crept|cut cut
deal dealt|decree decreed|dig dug|disagree disagreed|do did done|draw drew drawn|dream dreamt|drink drank drunk
drive drove driven|dwell dwelt|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled
fling flung|fly flew flown|forbid forbade forbidden|forecast forecast|foresee foresaw foreseen|forget forgot forgotten
forgive forgave forgiven|free freed|freeze froze frozen|get got gotten|give gave given|go went gone|grind ground
grow grew grown|guarantee guaranteed|hang hung|have had had|hear heard|hide hid hidden|hit hit|hold held|hurt hurt
keep kept|kneel knelt|know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|leave left|lend lent|let let
lie lain lain|light lit|lose lost|make made|mean meant|meet met|mislead misled|mistake mistook mistaken
misunderstand misunderstood|offset offset|outdo outdid outdone|overcome overcame overcome|override overrode overridden
oversee oversaw overseen|overtake overtook overtaken|overthrow overthrew overthrown|partake partook partaken|pay paid
prove proved proven|put put|quit quit|read read|rebuild rebuilt|redo redid redone|referee refereed|remake remade
repay repaid|reset reset|rewrite rewrote rewritten|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said
see saw seen|seek sought|sell sold|send sent|set set|sew sewed sewn|shake shook shaken|shed shed|shine shone|shoot shot
show showed shown|shrink shrank shrunk|shut shut|sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid
sow sowed sown|speak spoke spoken|speed sped|spend spent|spin spun|split split|spread spread|spring sprang sprung
stand stood|steal stole stolen|stick stuck|sting stung|stink stank stunk|strike struck stricken|strive strove striven
swear swore sworn|sweep swept|swell swelled swollen|swim swam swum|swing swung|take took taken|teach taught
tear tore torn|tell told|think thought|throw threw thrown|thrust thrust|tread trod trodden|undergo underwent undergone
underlie underlain underlain|understand understood|undertake undertook undertaken|undo undid undone|upset upset
wake woke woken|wear wore worn|weave wove woven|wed wed|weep wept|win won|wind wound|withdraw withdrew withdrawn
withhold withheld|withstand withstood|wring wrung|write wrote written
"""
"""Verbs whose past no rule gives: base, past and participle, the latter only where it is another word."""

VERBS = [entry.split() for entry in re.split(r"[|\n]", IRREGULAR.strip())]
OTHERS = {
    "am": "be", "is": "be", "are": "be", "were": "be", "isa": "be", "has": "have", "does": "do", "goes": "go",
    "undergoes": "undergo", "born": "bear", "got": "get", "struck": "strike", "dying": "die", "lying": "lie",
    "tying": "tie", "vying": "vie", "underlying": "underlie", "quitting": "quit",
}  # fmt: skip
FORMS = {form: base for base, *forms in VERBS for form in forms} | OTHERS
PARTICIPLES = frozenset(forms[-1] for _, *forms in VERBS) | {"born", "got", "struck"}
BASES = frozenset("bed embed imbed sled bias canvas gas bring during spring string as its this us".split())
"""Words that look inflected and are not, beside those in -eed, -ss, -us and -is."""

LONE = re.compile(r"(?:[^aeiouy]|qu)*[aeiouy][^aeiouwxy]")
"""One syllable with one vowel letter and one consonant behind it: the rest of 'hoped', not of 'hopped' or 'visited'."""
VOWEL = re.compile(r"[aeiouy]")
HISSING = ("ches", "shes", "sses", "xes", "zzes", "oes")


@lru_cache(maxsize=50_000)
def base(word: str) -> str:
    """What the forms of a verb share ('creates', 'created', 'creating' and 'create': 'creat'); for comparison only.

    Regular forms are exact: other verbs do not share it ('stared', 'starred'; 'founded', 'found'). A noun and its
    plural share one as well.

    Args:
        word: lower case.
    """
    return trimmed(FORMS[word]) if word in FORMS else stripped(word)


def stripped(word: str) -> str:
    """A regular form without its ending."""
    if word in BASES or len(word) < 4:
        return trimmed(word)
    if word.endswith("ies") or word.endswith("ied"):
        return trimmed(f"{word[:-3]}y" if len(word) > 4 else word[:-1])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return trimmed(word[:-2] if word.endswith(HISSING) else word[:-1])
    stem = word[:-2] if word.endswith("ed") and not word.endswith("eed") else word.removesuffix("ing")
    if stem == word or not VOWEL.search(stem):
        return trimmed(word)
    return f"{stem}e" if LONE.fullmatch(stem) else trimmed(stem)


def trimmed(word: str) -> str:
    """A base form without what a regular ending may take from it or add to it: a last e, a doubled last consonant."""
    if word.endswith("e") and len(word) > 2:
        return word if LONE.fullmatch(word[:-1]) else trimmed(word[:-1])
    doubled = len(word) > 2 and word[-1] == word[-2] and word[-1] not in "aeiou"
    return word[:-1] if doubled else word


def is_participle(word: str) -> bool:
    """Whether a word can be a past participle by its form ('designed', 'written'; 'need' and 'red' cannot)."""
    if word in PARTICIPLES:
        return True
    regular = word.endswith("ed") and not word.endswith("eed") and len(word) > 3
    return regular and word not in BASES and VOWEL.search(word[:-2]) is not None
