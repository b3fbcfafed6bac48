"""Questions that are more than a path: what a few words at a few places ask to do with what a path finds.

The words that do so are cut out; what is left ("the heaviest coil": "coil") is a question for a set, which paths
answer. What was cut then ranks, filters or sums up that set. Patterns are general English over the text with names
masked, so that words of names ask for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kgtool.reason.degrees import (
    MEASURES,
    MONTHS,
    TIME,
    Degree,
    comparative,
    date,
    known,
    number,
    plain,
    superlative,
    unit,
)  # fmt: skip
from kgtool.reason.question import Question
from kgtool.reason.senses import meant
from kgtool.words import STOP_WORDS

Operator = Literal["", "count", "ask", "relate", "negate", "rank"]

ASKS = frozenset(
    "is are was were do does did has have had can could will would isn aren wasn weren don doesn didn".split()
)
"""Words that a question for yes or no begins with."""
NEGATIONS = frozenset("not never without except neither nor".split())
COUNTS = re.compile(r"\bhow many\b|\bnumber of\b|^\W*count\b", re.IGNORECASE)
RELATES = re.compile(
    r"^\W*how (?:are|is|were|was)\b.*\b(?:related|connected|linked)\b"
    r"|\b(?:relation|relationship|connection|link|path) between\b.*\band\b|\bwhat (?:connects|links)\b.*\band\b",
    re.IGNORECASE | re.DOTALL,
)
MASK = "\x01"
"""Stands for each letter of a name."""
NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?(?:\s(?:hundred|thousand|million|billion)\b)?"
MONTH = rf"(?:{'|'.join(f'{m[:3]}(?:{m[3:]})?' if m[3:] else m for m in MONTHS)})"
DATE = rf"\d{{4}}-\d\d(?:-\d\d)?|(?:\d{{1,2}}\s)?{MONTH}\.?(?:\s\d{{1,2}},?)?\s\d{{4}}|\d{{4}}(?![\d,.]*\d)"
VALUE = rf"(?:{DATE}|[$€£]?\s?{NUMBER})"
COMPARISONS = {
    "<=": "(?:not|no) (?:more|greater|larger|higher|bigger|later) than|at most|not exceed(?:ing)?|up to|maximum of|"
    "not (?:over|above|after|beyond)|until",
    ">=": "(?:not|no) (?:less|fewer|smaller|lower|earlier) than|at least|minimum of|not (?:under|below|before)|since",
    ">": "(?:more|greater|larger|higher|bigger|later) than|over|above|exceed(?:s|ed|ing)?|after|beyond",
    "<": "(?:less|fewer|smaller|lower|earlier) than|under|below|before",
}
COMPARED = [
    (sign, re.compile(rf"\b(?:{words})(?: (?:a|an|the))? (?P<value>{VALUE})")) for sign, words in COMPARISONS.items()
]
DEGREES = re.compile(
    rf"\b(?:(?P<not>not ))?(?P<word>(?:more|less) [a-z]+|[a-z]+er) than "
    rf"(?P<value>{VALUE}|{MASK}+|(?:they|it) (?:are|is) (?P<other>[a-z]+))"
)
BETWEEN = re.compile(rf"\b(?:between|from) (?P<value>{VALUE}) (?:and|to) (?P<other>{VALUE})")
CHOICE = re.compile(
    rf"\b(?P<word>(?:more|less) [a-z]+|[a-z]+er)\b"
    rf"[^{MASK}]*{MASK}[{MASK} ]*[^{MASK}]{{0,3}}\bor [^{MASK}]{{0,4}}{MASK}"
)
THERE = re.compile(r"^\W*(?:is|are|was|were) there (?:any |an? |some )?")
SPEAKER = re.compile(
    r"\b(?:(?:do|did|can|could|may|have) )?(?:we|i) (?:(?:do|can|could|have|are|may|will) )*(?:[a-z]+\b)?"
)
"""What the speaker has or does: context, not a part of the graph."""
SENTENCE = re.compile(rf"(?:(?<=[^\W\d_]{{4}})|(?<=[\])\"'\d{MASK}]))[.!?]\s+(?=\S)")
"""Where a sentence ends that is no abbreviation."""
PROPOSED = re.compile(
    r"\b(?:would|is|was) it (?:be )?(?:accurate|correct|right|true|fair|reasonable|so|the case)"
    r"(?: to (?:say|state|claim|assert))? that\b"
)
"""'Is it true that …' asks for yes or no about what follows; what comes before is context."""
APPOSED = re.compile(r"\b(?:the|an?) [a-z]+ (?=[\"“'‘])")
"""What a quoted name is said to be."""
LIGHT = re.compile(
    r"\b(?:all|any|every|items?|things?|ones|please|various|different|currently|(?:mr|mrs|ms|dr|prof)\b\.?)(?=\W|$)"
)
"""Words that add nothing to the kind or name they stand by."""
SHOWN = re.compile(
    r"[.?!;]\s*(?:and )?(?:please )?(?:list|show|give|include|sort|order)\b[^.?!]*[.?!]?\s*$"
    r"|,? (?:sorted|ordered) (?:by [a-z ]+|alphabetically|ascending|descending)"
)
"""How the answers are to be shown."""
ABSENT = re.compile(
    r"\b(?:(?:with|ha(?:s|ve)|had) no|without(?: an?| any)?|lack(?:s|ing)?(?: an?| any)?"
    r"|(?:do|does|did|have|has) not have (?:an?|any)) (?P<word>[a-z]+(?: [a-z]+)?)"
    r"(?: (?:assigned|given|known|listed|at all))?"
    r"|\b(?:do|does|did) not (?P<verb>[a-z]+) any(?:one|thing|body)\b"
)
AGGREGATES = {"average": "AVG", "mean": "AVG", "total": "SUM", "combined": "SUM", "sum": "SUM", "overall": "SUM"}
AGGREGATE = re.compile(
    r"\b(?:the )?(?P<how>average|mean|total|combined|overall|sum)(?: of)?(?: the)? (?P<word>[a-z]+)(?: of| for)?"
)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
NUMERALS = "one two three four five six seven eight nine ten".split()
SMALL = frozenset(
    "is are was were be of a an the that which who does do did has have had with by to at its their weighing".split()
)
"""Words between what is compared and how."""
HAVING = frozenset("has have having had with".split())


@dataclass(frozen=True)
class Ranking:
    """The most or least: of an attribute (or a count) that ``words`` may name; any attribute of time where ``time``.

    ``skip`` and ``keep`` are for "the second" and "the three": how many places are passed over, how many are wanted.
    ``named`` says that a name or a kind follows at once: what is ranked is what that stands for.
    """

    words: tuple[str, ...]
    least: bool
    late: bool
    time: bool = False
    skip: int = 0
    keep: int = 1
    named: bool = False
    counts: bool = False
    value: bool = False
    """Whether the value is asked for, not who has it: 'what is the highest price of …'."""


@dataclass(frozen=True)
class Condition:
    """An attribute beside a value: a number in a unit, a date, that of a name, or another attribute of the same."""

    words: tuple[str, ...]
    sign: str
    number: float | None = None
    date: str = ""
    unit: tuple[str, float] | None = None
    other: tuple[str, ...] = ()
    named: tuple[int, int] | None = None
    """The place (of letters in the plain text) of a name whose attribute is compared with."""
    on_dates: str = ""
    """The sign where the attribute is a date, if another one: who is older was born before."""
    time: bool = False
    counts: bool = False


@dataclass(frozen=True)
class Demands:
    """What a question asks beyond a path."""

    rankings: tuple[Ranking, ...] = ()
    conditions: tuple[Condition, ...] = ()
    absent: tuple[tuple[str, ...], ...] = ()
    aggregate: str = ""
    """``AVG``, ``SUM``, ``MAX`` or ``MIN`` of the attribute that ``summed`` names."""
    summed: tuple[str, ...] = ()
    exists: bool = False
    choice: bool = False
    """Whether the names are what is to be chosen from: 'who is older, A or B'."""

    def __bool__(self) -> bool:
        return bool(self.rankings or self.conditions or self.absent or self.aggregate or self.exists)


def is_superlative(word: str) -> bool:
    """Whether a word asks for the most or least: 'most', 'heaviest'; 'forest' does not."""
    return superlative(word) is not None


def operator(question: Question, names: Collection[tuple[int, int]] = ()) -> Operator:
    """What a question asks to do: count the answers, say yes or no, tell how two things are connected.

    ``negate`` is a question for what is not so, ``rank`` one for the most or least of something.

    Args:
        question: the question.
        names: the places of names in it; their words ask for nothing.
    """
    taken = {i for begin, end in names for i in range(begin, end)}
    free = [(i, w) for i, w in enumerate(question.words) if i not in taken]
    contracted = any(w == "t" and question.words[i - 1].endswith("n") for i, w in free if i)
    if contracted or any(w in NEGATIONS for _, w in free):
        return "negate"
    if any(is_superlative(w) for _, w in free):
        return "rank"
    if COUNTS.search(question.text):
        return "count"
    if RELATES.search(question.text):
        return "relate"
    return "ask" if free and free[0][0] == 0 and free[0][1] in ASKS else ""


def read(
    question: Question,
    names: Collection[tuple[int, int]],
    kinds: Collection[tuple[int, int]],
    says: Callable[[str], bool],
) -> tuple[Question, Demands]:
    """A question without what it asks beyond a path, and that.

    Args:
        question: the question.
        names: the places of names in it; their words ask for nothing.
        kinds: the places of all that may be named, also by a lone small word.
        says: whether a word names something that has values, numbers or dates.
    """
    return Reader(question, masked(question, names), [question.spans[b][0] for b, _ in kinds], says).read()


def masked(question: Question, names: Collection[tuple[int, int]]) -> str:
    """The plain text in small letters, with the letters of names masked."""
    text = list(question.plain.casefold())
    for begin, end in names:
        first, last = question.spans[begin][0], question.spans[end - 1][1]
        text[first:last] = MASK * (last - first)
    return "".join(text)


@dataclass
class Reader:
    """Reads demands from a masked text, cutting what was read."""

    question: Question
    text: str
    kinds: Sequence[int]
    says: Callable[[str], bool]
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def read(self) -> tuple[Question, Demands]:
        """See :func:`read`."""
        proposed = self.proposed()
        exists = self.cut_all(THERE)
        absent = [self.lacking(m) for m in ABSENT.finditer(self.text)]
        choice = self.choice()
        conditions = [*self.between(), *self.compared(), *self.degrees()]
        aggregate, summed = self.aggregate()
        rankings = [choice] if choice else list(self.rankings())
        if not aggregate and len(rankings) == 1 and rankings[0].value:
            aggregate, summed = ("MIN" if rankings[0].least else "MAX"), rankings[0].words
            rankings = []
        self.cut_all(SHOWN)
        self.cut_all(SPEAKER)
        self.cut_all(LIGHT)
        found = Demands(
            tuple(rankings), tuple(conditions), tuple(absent), aggregate, summed, exists, choice is not None
        )
        return self.rest("Is " if proposed else ""), found

    def proposed(self) -> bool:
        """Whether something is put up for yes or no; what is said before the question is cut where that has names."""
        ends = [m.end() for m in SENTENCE.finditer(self.text) if any(k >= m.end() for k in self.kinds)]
        if ends and self.text.rstrip().endswith("?"):
            self.cut(0, ends[-1])
        match = PROPOSED.search(self.text)
        if match:
            self.cut(0, match.end())
            self.cut_all(APPOSED)
        return bool(match)

    def rest(self, before: str = "") -> Question:
        """The question without what was cut."""
        if not self.cuts:
            return self.question
        plain = list(self.question.plain)
        for begin, end in self.cuts:
            plain[begin:end] = " " * (end - begin)
        left = re.sub(r"\s+", " ", "".join(plain)).strip()
        return replace(Question.parse(f"{before}{left}"), text=self.question.text)

    def cut(self, begin: int, end: int) -> None:
        """Take a part of the text out."""
        self.cuts.append((begin, end))
        self.text = f"{self.text[:begin]}{' ' * (end - begin)}{self.text[end:]}"

    def cut_all(self, pattern: re.Pattern[str]) -> bool:
        """Take out whatever matches; whether something did."""
        found = [m.span() for m in pattern.finditer(self.text)]
        for span in found:
            self.cut(*span)
        return bool(found)

    def lacking(self, match: re.Match[str]) -> tuple[str, ...]:
        """What must be absent."""
        self.cut(*match.span())
        said = match["word"] or match["verb"]
        return tuple(w for w in said.split() if w not in STOP_WORDS)

    # comparisons

    def between(self) -> list[Condition]:
        """'between 1990 and 2000': two conditions."""
        found = []
        for match in list(BETWEEN.finditer(self.text)):
            least = self.condition(match, ">=")
            most = match["other"].strip()
            found += [least, replace(least, sign="<=", number=quantity(most), date=date(most))]
        return found

    def compared(self) -> list[Condition]:
        """'over 3 kg', 'after 1990', 'at least 5 children'."""
        found = []
        for sign, pattern in COMPARED:
            while match := pattern.search(self.text):
                found.append(self.condition(match, sign))
        return found

    def condition(self, match: re.Match[str], sign: str) -> Condition:
        """A comparison with a number or date; the attribute is named before it, behind it, or by its unit."""
        value = match["value"].strip()
        begin, end = match.span()
        measured, end = self.unit(end) if not value.startswith(("$", "€", "£")) else (unit(value[0]), end)
        begin, said = self.before(begin)
        counts = False
        degree = comparative(match[0].removeprefix("not ").removeprefix("no ").split()[0])
        if not said and degree:
            said = meanings(degree.root)
        if not said:
            said, end, counts = self.behind(end)
        self.cut(begin, end)
        when = date(value)
        if not said and measured:
            said = MEASURES.get(measured[0], ())
        return Condition(said, sign, quantity(value), when, measured, time=bool(when and not said), counts=counts)

    def unit(self, end: int) -> tuple[tuple[str, float] | None, int]:
        """The unit behind a number; also where a graph has it as a name."""
        match = re.match(r"\s*([a-z€$£]+)", self.question.plain.casefold()[end:])
        found = unit(match[1]) if match else None
        return (found, end + match.end()) if match and found else (None, end)

    def before(self, begin: int) -> tuple[int, tuple[str, ...]]:
        """The words before a place that name values, and where they begin."""
        words = list(re.finditer(r"[^\W_]+", self.text[:begin]))
        while words and words[-1][0] in SMALL:
            words.pop()
        said: list[str] = []
        while words and self.says(words[-1][0]):
            said.insert(0, words[-1][0])
            begin = words.pop().start()
        return begin, tuple(said)

    def behind(self, end: int) -> tuple[tuple[str, ...], int, bool]:
        """The word behind a place that names values or what is counted, where it ends, and whether it is the latter."""
        match = re.match(r"\s*([a-z]+)", self.text[end:])
        if not match or match[1] in STOP_WORDS | SMALL:
            return (), end, False
        return (match[1],), end + match.end(), not self.says(match[1])

    def degrees(self) -> list[Condition]:
        """'heavier than 3 kg', 'older than NAME', 'wider than they are tall'."""
        found = []
        for match in list(DEGREES.finditer(self.text)):
            degree, words = self.degree(match["word"])
            if not degree and not words:
                continue
            less = match["word"].startswith("less ") != bool(degree and degree.least)
            sign = {(False, False): ">", (True, False): "<", (False, True): "<=", (True, True): ">="}[
                less, bool(match["not"])
            ]
            late = bool(degree and degree.late) != match["word"].startswith("less ")
            on_dates = {(True, False): ">", (False, False): "<", (True, True): "<=", (False, True): ">="}[
                late, bool(match["not"])
            ]
            begin, end = match.span()
            begin = self.verb(begin)
            time = bool(degree and degree.time)
            if match["other"]:
                self.cut(begin, end)
                found.append(Condition(words, sign, other=meanings(match["other"])))
            elif MASK in match["value"]:
                self.cut(begin, end)
                found.append(Condition(words, sign, named=match.span("value"), on_dates=on_dates, time=time))
            else:
                measured, end = self.unit(end)
                self.cut(begin, end)
                when = date(match["value"].strip())
                found.append(
                    Condition(
                        words, sign, quantity(match["value"].strip()), when, measured, on_dates=on_dates, time=time
                    )
                )
        return found

    def verb(self, begin: int) -> int:
        """Where 'is', 'that are' and the like before a place begin."""
        match = re.search(r"(?:\b(?:that|which|who) )?\b(?:is|are|was|were) $", self.text[:begin])
        return match.start() if match and match.start() > 0 else begin

    def degree(self, word: str) -> tuple[Degree | None, tuple[str, ...]]:
        """What a comparative means: which end, and words for the attribute."""
        grade, _, adjective = word.partition(" ")
        if adjective:
            found = plain(adjective)
            return found, meanings(adjective) if found or self.says(adjective) else ()
        found = comparative(grade)
        return found, meanings(found.root) if found else ()

    def choice(self) -> Ranking | None:
        """'who is older, A or B'."""
        match = CHOICE.search(self.text)
        if not match:
            return None
        degree, words = self.degree(match["word"])
        if not degree and not words:
            return None
        self.cut(*match.span("word"))
        least = match["word"].startswith("less ") != bool(degree and degree.least)
        return Ranking(
            words,
            least,
            bool(degree and degree.late) != match["word"].startswith("less "),
            bool(degree and degree.time),
        )

    # the most, the least, sums

    def rankings(self) -> list[Ranking]:
        """'heaviest', 'most expensive', 'with the highest price', 'the most products'."""
        found = []
        for match in list(re.finditer(r"[a-z]+", self.text)):
            degree = superlative(match[0])
            if degree and self.text[match.start() : match.end()] == match[0]:
                made = self.ranking(match, degree)
                if made:
                    found.append(made)
        return found

    def ranking(self, match: re.Match[str], degree: Degree) -> Ranking | None:
        """One superlative with what it is of."""
        begin, skip, keep = self.places(match.start())
        behind = list(re.finditer(r"[^\W_]+", self.text[match.end() :]))[:2]
        noun = behind[0][0] if behind and not self.text[match.end() : match.end() + behind[0].start()].strip() else ""
        end = match.end()
        if not degree.bare:
            self.cut(begin, end)
            words = meanings(degree.root)
            return Ranking(words, degree.least, degree.late, degree.root in TIME, skip, keep, self.is_named(end))
        if not noun or MASK in noun or noun in STOP_WORDS:
            return None
        after = end + behind[0].end()
        graded = plain(noun)
        if match[0] in {"most", "least"} and (
            graded or noun.endswith(("able", "ible", "ful", "ive", "ous", "ent", "ant"))
        ):
            self.cut(begin, after)
            least = degree.least != bool(graded and graded.least)
            late = bool(graded and graded.late) != degree.least
            return Ranking(meanings(noun), least, late, noun in TIME, skip, keep, self.is_named(after))
        having = self.having(begin)
        root = match[0].removesuffix("est")
        if (
            having < begin
            or self.says(noun)
            or match[0] in {"most", "least", "fewest", "max", "min", "maximum", "minimum"}
        ):
            if len(behind) > 1 and self.says(behind[1][0]) and self.text[after : end + behind[1].start()].strip() == "":
                noun, after = f"{noun} {behind[1][0]}", end + behind[1].end()
            of = re.match(r" (?:of|for|among)\b", self.text[after:])
            value = bool(of) and having == begin and bool(re.match(r"\W*(?:what|how)\b", self.text))
            self.cut(having, after)
            counts = not any(map(self.says, noun.split()))
            words = (*(self.verb_before(having) if counts else ()), *noun.split())
            return Ranking(
                words, degree.least, not degree.least, False, skip, keep, counts=counts, value=value and not counts
            )
        self.cut(begin, end)
        made = superlative_of(root)
        return Ranking(meanings(made.root), made.least, made.late, made.root in TIME, skip, keep, self.is_named(end))

    def verb_before(self, end: int) -> tuple[str, ...]:
        """The verb before 'the most products', which tells how they are joined; it is cut."""
        match = re.search(r"([a-z]+) $", self.text[:end])
        if not match or match.start() in self.kinds or match[1] in STOP_WORDS | SMALL:
            return ()
        self.cut(*match.span())
        return (match[1],)

    def is_named(self, end: int) -> bool:
        """Whether a name or a kind follows."""
        gap = re.match(r"\s*", self.text[end:])
        return end + (gap.end() if gap else 0) in self.kinds

    def having(self, begin: int) -> int:
        """Where 'has', 'with' before a place begins; the place where there is none."""
        match = re.search(r"\b([a-z]+) $", self.text[:begin])
        return match.start() if match and match[1] in HAVING else begin

    def places(self, begin: int) -> tuple[int, int, int]:
        """Where 'the', 'the second' or 'the three' before a place begins, how many to pass over, how many to keep."""
        match = re.search(
            rf"(?:\bthe )?(?:\b(?:top )?(?P<many>{'|'.join(NUMERALS)}|\d{{1,3}}) "
            rf"|\b(?P<nth>{'|'.join(ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))[ -])?$",
            self.text[:begin],
        )
        if not match:
            return begin, 0, 1
        if many := match["many"]:
            return match.start(), 0, int(many) if many.isdecimal() else NUMERALS.index(many) + 1
        if nth := match["nth"]:
            place = int(re.sub(r"\D", "", nth)) if nth[0].isdecimal() else ORDINALS.index(nth) + 1
            return match.start(), place - 1, 1
        return match.start(), 0, 1

    def aggregate(self) -> tuple[str, tuple[str, ...]]:
        """'the average price of'."""
        for match in AGGREGATE.finditer(self.text):
            if self.says(match["word"]):
                self.cut(*match.span())
                return AGGREGATES[match["how"]], (match["word"],)
        return "", ()


def quantity(value: str) -> float | None:
    """The number that a value is; None for a date in words."""
    plainly = value.lstrip("$€£ ")
    return number(plainly) if re.fullmatch(NUMBER, plainly) else None


def meanings(word: str) -> tuple[str, ...]:
    """What an adjective may be a degree of, the adjective itself first."""
    return tuple(dict.fromkeys([word, *meant(word)]))


def superlative_of(root: str) -> Degree:
    """The degree of 'high', 'larg', 'bigg' …, the adjective of a superlative."""
    found = next((f for f in (root, f"{root}e", root[:-1]) if plain(f)), root)
    return known(found)
