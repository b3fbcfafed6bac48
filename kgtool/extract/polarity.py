"""What a sentence does with a statement: asserts, denies, hedges, or lays it in somebody's mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgtool.model import Status

if TYPE_CHECKING:
    from spacy.tokens import Token

NEGATIONS = frozenset(
    {"not", "n't", "never", "no", "neither", "nor", "hardly", "scarcely", "nobody", "nothing", "none"}
)
HEDGES = frozenset(
    "perhaps possibly probably allegedly reportedly apparently supposedly presumably maybe purportedly ostensibly "
    "arguably likely almost nearly".split()
)
MODALS = frozenset("may might could would should must shall can will 'd 'll".split())
NARRATIVE = frozenset("later eventually subsequently soon then ultimately".split())
"""With these, 'would' tells what happened: 'he would later become director'."""

INTENTIONS = frozenset(
    "plan hope intend want wish propose try attempt seek expect aim consider threaten promise offer ask request urge "
    "agree need mean aspire prepare decide seem appear believe think suspect suggest assume imagine estimate rumour "
    "rumor order commission invite encourage persuade refuse".split()
)
"""Verbs under which an infinitive is no fact: 'planned to build'. In the passive it is one: 'was ordered to leave'."""

OPINIONS = frozenset("know rumour rumor think expect suppose plan hope schedule want seem appear".split())
"""With the verbs of speech, those whose passive hedges: 'is thought to have built'."""

SPEECH = frozenset(
    "say claim state argue report allege assert maintain insist contend announce declare note write add explain tell "
    "describe suggest believe think conclude predict warn deny admit propose estimate consider speculate "
    "acknowledge hold rule posit theorize hypothesize postulate".split()
)
REFUSALS = frozenset("fail refuse decline deny forget neglect cease".split())
AIMS = frozenset("work focus aim plan think talk dream consider insist".split())
"""Verbs whose gerund behind a preposition is not done yet."""
FALSE = frozenset({"false", "untrue", "wrong", "impossible"})
UNSURE = frozenset("unlikely likely doubtful possible probable unclear uncertain conceivable debatable".split())
"""What 'it is ... that' makes of its clause."""
DOUBTS = frozenset("doubt dispute question contest challenge".split())
REPORTS = frozenset("rumour rumor legend tradition gossip myth lore".split())
"""What has it, says or goes that something is so."""
FICTIONS = frozenset(
    "novel novella film movie story tale fable play opera musical episode poem ballad comic cartoon sitcom game".split()
)
"""What 'in the ...' tells of in the present tense is so in it only."""
MYTHS = frozenset("myth mythology legend folklore".split())
"""The same without an article: 'in Greek mythology'."""
MAKING = frozenset(
    "be play portray star appear voice perform act feature depict describe explore use sing dance".split()
)
"""Verbs that tell of a work itself: 'in the film, Karloff plays the monster'."""
PRESENT = frozenset({"VBZ", "VBP"})
FACTS = frozenset("fact news discovery proof evidence realization reminder sign".split())
"""Nouns whose 'that' clause is so; that of others ('the myth that', 'the idea that') is what somebody holds."""
DEMANDS = frozenset("essential imperative important crucial vital necessary".split())
QUESTIONING = frozenset({"how", "whether", "why"})
CONDITIONS = frozenset({"if", "unless", "whether", "lest"})


def status(verb: Token, other: Token | None = None) -> Status:
    """The status of the statement that a verb makes of its object; the strongest reason not to assert it wins."""
    if denied(verb) or (other is not None and excepted(other)):
        return "negated"
    if hedged(verb):
        return "hedged"
    return above(verb)


def above(verb: Token) -> Status:
    """What stands above makes of a statement: 'failed to build', 'said that he built', 'according to Flowers'."""
    if verb.doc[verb.sent.end - 1].text == "?":
        return "hedged"
    if any(c.dep_ == "prep" and c.lower_ == "according" for v in (verb, *verb.ancestors) for c in v.children):
        return "attributed"
    if narrated(verb):
        return "attributed"
    while verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        verb = verb.head
    if verb.dep_ in {"relcl", "acl"} and any(c.dep_ == "mark" and c.lower_ == "that" for c in verb.children):
        return "asserted" if verb.head.lemma_.lower() in FACTS else "attributed"
    if verb.dep_ in {"relcl", "acl"} and verb.head.dep_ == "attr" and verb.head.head.lemma_ == "be":
        return status(verb.head.head)  # 'some believe that it was a place that existed'
    if verb.dep_ == "pcomp" and (able(verb.head.head) or verb.head.head.lemma_.lower() in AIMS):
        return "hedged"  # 'by planting trees, towns can cool down', 'works on building'
    head = governor(verb)
    if head is None:
        return "hedged" if verb.dep_ == "relcl" and is_setting(verb) else "asserted"
    lemma = {"hop": "hope"}.get(head.lemma_.lower(), head.lemma_.lower())  # the lemmatizer's 'hoped'
    if verb.dep_ == "xcomp" or (verb.dep_ in {"ccomp", "advcl", "acl"} and infinitive(verb) and head.pos_ == "VERB"):
        if lemma in REFUSALS:
            return "negated"
        if lemma in SPEECH | OPINIONS if passive(head) else lemma in INTENTIONS:
            return "hedged"
        return status(head) if verb.dep_ == "xcomp" else "asserted"
    if verb.dep_ in {"ccomp", "parataxis"} and lemma in SPEECH:
        return "negated" if lemma == "deny" else "hedged" if denied(head) else "attributed"
    if verb.dep_ == "advcl" and verb.tag_ == "VBG" and head.pos_ in {"VERB", "AUX"}:
        return "hedged" if able(head) else status(head)  # 'can rise, keeping its form'
    if verb.dep_ == "ccomp":
        said = {c.lower_ for c in head.children if c.dep_ == "acomp"}
        if said & FALSE:
            return "negated"
        if any(c.dep_ == "nsubj" and c.lemma_.lower() in REPORTS for c in head.children):
            return "attributed"
        if said & UNSURE or lemma in DOUBTS:
            return "hedged"
        purpose = infinitive(head) and head.dep_ in {"advcl", "acl", "xcomp"}  # 'to ensure that it works'
        open_ = purpose or able(head) or is_demand(head) or any(c.lower_ in QUESTIONING for c in verb.lefts)
        return "hedged" if open_ or lemma in INTENTIONS or denied(head) or hedged(head) else "asserted"
    return "asserted"


def narrated(verb: Token) -> bool:
    """'In the novel, Emma marries': whether a clause in the present tense is told in a work of fiction, or a myth."""
    clause = next((v for v in (verb, *verb.ancestors) if any(in_fiction(c) for c in v.children)), None)
    if clause is None or verb.lemma_.lower() in MAKING or "VBD" in tenses(verb):
        return False
    return not PRESENT.isdisjoint(tenses(clause))


def tenses(verb: Token) -> set[str]:
    """The tags of a verb and its auxiliaries."""
    return {t.tag_ for t in (verb, *verb.children) if t == verb or t.dep_ in {"aux", "auxpass"}}


def in_fiction(preposition: Token) -> bool:
    """'in the novel', 'in her last film', 'in Greek mythology'."""
    if preposition.lower_ != "in" or preposition.dep_ != "prep":
        return False
    nouns = [c for c in preposition.children if c.dep_ == "pobj"]
    if any(n.lemma_.lower() in MYTHS for n in nouns):
        return True
    known = {"the", "this"}
    told = (n for n in nouns if any(c.lower_ in known or c.dep_ == "poss" for c in n.lefts))
    return any(t.lemma_.lower() in FICTIONS for n in told for t in (n, *n.children) if t == n or t.dep_ == "appos")


def able(verb: Token) -> bool:
    """Whether a verb stands with 'can': what goes with it is as possible as it is."""
    return any(c.dep_ == "aux" and c.lower_ == "can" for c in verb.children)


def is_demand(verb: Token) -> bool:
    """'it is essential that': what is demanded is no fact."""
    return any(c.dep_ == "acomp" and c.lower_ in DEMANDS for c in verb.children)


def is_setting(verb: Token) -> bool:
    """'could lead to a future where': whether a clause tells of a setting that itself is only possible."""
    if not any(c.lower_ == "where" and c.dep_ == "advmod" for c in verb.children):
        return False
    above_it = next((t for t in verb.head.ancestors if t.pos_ in {"VERB", "AUX"}), None)
    return above_it is not None and hedged(above_it)


def governor(verb: Token) -> Token | None:
    """The verb above."""
    return verb.head if verb.dep_ in {"xcomp", "ccomp", "parataxis", "advcl", "acl"} and verb.head.i != verb.i else None


def infinitive(verb: Token) -> bool:
    """Whether the verb stands with 'to'."""
    return any(c.dep_ == "aux" and c.lower_ == "to" for c in verb.children)


def passive(verb: Token) -> bool:
    """Whether the verb is in the passive voice."""
    return any(c.dep_ in {"auxpass", "nsubjpass"} for c in verb.children)


def denied(verb: Token) -> bool:
    """Whether the clause is negated: by an adverb, or by 'no' in its subject or object."""
    objects = [c.i for c in verb.children if c.dep_ in {"dobj", "attr", "acomp"} and c.i > verb.i]
    for child in verb.children:
        if child.dep_ == "neg" and objects and min(objects) < child.i:
            continue  # denies what follows it, not the verb: 'designed the Bombe, not Colossus'
        if child.dep_ == "neg" or (child.lower_ in NEGATIONS and child.dep_ in {"advmod", "preconj", "cc", "det"}):
            return not only(child)
        if child.dep_ == "advmod" and child.lower_ == "longer" and any(c.lower_ == "no" for c in child.children):
            return True
    parts = [c for c in verb.children if c.dep_ in {"nsubj", "nsubjpass", "dobj", "attr"}]
    if any(p.lower_ in NEGATIONS or any(without(p, c) for c in p.children) for p in parts):
        return True
    return shares_negation(verb)


def without(noun: Token, word: Token) -> bool:
    """Whether a word before a noun leaves none of it: 'no machine', 'hardly any engineer', 'neither A nor B'."""
    return word.i < noun.i and word.dep_ in {"det", "neg", "advmod", "preconj", "cc"} and word.lower_ in NEGATIONS


def excepted(other: Token) -> bool:
    """'Colossus but not the Bombe', 'the Bombe, not Colossus': 'not' stands right before the object."""
    first = other.left_edge
    before = first if first.lower_ == "not" else (first.nbor(-1) if first.i > 0 else first)
    return before.lower_ == "not" and not only(before)


def only(negation: Token) -> bool:
    """'Not only' denies nothing."""
    after = negation.nbor(1) if negation.i + 1 < len(negation.doc) else negation
    return after.lower_ in {"only", "merely", "just"}


def shares_negation(verb: Token) -> bool:
    """'did not design or build': a coordinated verb without subject and auxiliary of its own shares the negation."""
    if verb.dep_ != "conj" or verb.head.pos_ not in {"VERB", "AUX"}:
        return False
    between = [t.lower_ for t in verb.doc[verb.head.i : verb.i] if t.dep_ == "cc"]
    if "but" in between:
        return False
    if "nor" in between:
        return True
    own = {"nsubj", "nsubjpass", "aux", "auxpass"}
    return not any(c.dep_ in own for c in verb.children) and denied(verb.head)


def hedged(verb: Token) -> bool:
    """Whether a modal verb, an adverb or a condition keeps the clause from being a fact."""
    first = next(iter(verb.children), None)
    if verb.dep_ == "advcl" and first is not None and first.dep_ == "aux" and first.lower_ in {"had", "were", "should"}:
        return True  # 'had he won, ...'
    for child in verb.children:
        if child.dep_ == "aux" and child.lower_ in MODALS and not narrative(verb, child):
            return True
        if child.dep_ == "acomp" and child.lower_ == "about":
            return True  # 'was about to leave'
        if child.dep_ in {"advmod", "npadvmod"} and child.lower_ in HEDGES:
            return True
        if child.dep_ == "mark" and child.lower_ in CONDITIONS:
            return True
        if child.lower_ in {"when", "whenever"} and child.dep_ == "advmod" and verb.dep_ == "advcl":
            return verb.tag_ in {"VBZ", "VBP", "VB"}  # what holds then, not what happened
    if verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        own = {"nsubj", "nsubjpass", "aux", "auxpass"}
        return not any(c.dep_ in own for c in verb.children) and hedged(verb.head)
    return False


def narrative(verb: Token, modal: Token) -> bool:
    """Whether 'would' tells of a later fact, or 'could'/'can' of an ability that was there."""
    if modal.lower_ in {"would", "'d"}:
        return verb.lemma_ == "go" or any(c.lower_ in NARRATIVE for c in verb.children)
    return modal.lower_ in {"could", "can"} and not any(c.dep_ == "aux" and c.lower_ == "have" for c in verb.children)
