"""Dependency patterns of verbs: a parsed sentence to findings (subject, predicate, object as tokens).

A clause is a verb with its subjects and complements. Coordination is distributed, relative and reduced clauses take the
noun that they describe as subject, an infinitive or participle takes the subject of the verb above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgtool.extract.literals import Typed
from kgtool.extract.phrases import (
    TIME_ENTITIES,
    Argument,
    argument,
    conjuncts,
    described_tokens,
    is_lifted,
    is_name_head,
    joined,
    strip_edges,
    words,
)
from kgtool.extract.polarity import SPEECH, infinitive
from kgtool.extract.subjects import (
    RELATIVES,
    SUBJECTS,
    agrees,
    described,
    describing,
    is_relative,
    proper,
    subjects,
    with_examples,
)

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

OBJECTS = frozenset({"dobj", "attr", "oprd", "dative", "acomp"})
COMPARING = frozenset({"according", "like", "unlike", "despite", "besides"})
DISCOURSE = frozenset(
    "in conclusion|in addition|in order|in fact|in contrast|in particular|in general|in turn|in short|in summary|"
    "for example|for instance|as result|on hand|on contrary|of course|at least|in other words|in case|by contrast|"
    "to surprise|to delight|to dismay|in essence|in practice|in theory|in way|at time|in words|as well|"
    "in return".split("|")
)
"""Preposition and noun of phrases that steer a text and state nothing."""
MARKS = frozenset("as because since while although though if until".split())
"""Conjunctions of clauses that are no objects."""
TOGETHER = frozenset("together apart away back along aside".split())
"""Adverbs that belong to the verb before them: 'come together'."""
ADVERBIAL = frozenset("way time place reason moment".split())
"""Nouns whose clause tells how, when, where or why: 'the way people speak' is not spoken."""
TIMING = frozenset({"since", "until", "till", "before", "after", "during"})
"""Prepositions whose noun has a time of its own: 'since its inception in 1950'."""
PERSUASION = frozenset(
    "enable allow permit cause lead teach order force ask tell urge encourage persuade require invite advise instruct "
    "warn command oblige request".split()
)
VAGUE = frozenset("role part place way step impact effect influence".split())
COMPLETED = {
    **dict.fromkeys("provide supply equip furnish present credit charge".split(), frozenset({"with"})),
    **dict.fromkeys("lead contribute belong amount refer".split(), frozenset({"to"})),
    **dict.fromkeys("depend rely".split(), frozenset({"on", "upon"})),
    **dict.fromkeys("bring put place".split(), frozenset({"to", "into", "in", "on"})),
    **dict.fromkeys("turn transform convert".split(), frozenset({"into", "to"})),
    "consist": frozenset({"of"}),
    "spend": frozenset({"in", "on", "at", "with"}),
}
"""Verbs that mean something else without what a preposition adds: 'provides riders with', 'is credited with'."""
GIVING = frozenset("give award grant send show offer teach pay lend sell hand bring owe promise assign".split())
"""Verbs with two objects that also say it with 'to'."""
RECIPROCAL = frozenset("connect join link separate divide merge unite".split())
"""Verbs whose objects are one only together: 'connects A and B'."""
MAX_SHARED_OBJECT = 6
"""Longest object, in words, that becomes part of a predicate: 'took part in', 'wrote a program for'."""


@dataclass(frozen=True)
class Finding:
    """A statement found by a pattern. ``verb`` decides its polarity (None: nothing can deny it)."""

    subject: Argument
    predicate: str
    lemma: str
    object: Argument
    pattern: str
    verb: Token | None = None


@dataclass
class Predicate:
    """A verb group: its words and its canonical form, to which objects and prepositions are added."""

    verb: Token
    tokens: list[Token]
    lemma: str
    rest: list[Token] = field(default_factory=list)

    def with_words(self, *more: Token) -> tuple[str, str]:
        """Text and canonical form of the verb group followed by more words."""
        text = words(sorted([*self.tokens, *self.rest], key=lambda t: t.i)) + "".join(f" {t.lower_}" for t in more)
        rest = [t.lemma_.lower() for t in self.rest if t.pos_ not in {"DET", "PRON"}]
        return text, " ".join([self.lemma, *rest, *(t.lower_ for t in more)])


def clauses(sentence: Span) -> Iterator[Finding]:
    """The statements of a sentence's verbs, in order."""
    for token in sentence:
        if token.pos_ in {"VERB", "AUX"} and token.dep_ not in {"aux", "auxpass", "xcomp"}:
            yield from clause(token)


def clause(verb: Token) -> Iterator[Finding]:
    """The statements of one verb."""
    heads = subjects(verb)
    if not heads:
        return
    found = [argument(h, describing(verb)) for h in heads if not is_relative(h) and agrees(h, verb)]
    for predicate, rest in verb_groups(verb):
        for finding in complements(predicate, rest):
            for subject in found:
                if subject.head.i != finding.object.head.i:
                    yield Finding(subject, finding.predicate, finding.lemma, finding.object, finding.pattern, rest)


def verb_groups(verb: Token) -> Iterator[tuple[Predicate, Token]]:
    """The verb group, and those that it opens with infinitives: 'began to work', 'helped design'."""
    tokens, lemma = group(verb)
    yield Predicate(verb, tokens, lemma), verb
    yield from opened(verb, tokens, lemma)


def opened(verb: Token, tokens: list[Token], lemma: str) -> Iterator[tuple[Predicate, Token]]:
    """Verb groups continued by an open complement, coordination included.

    An object between the two verbs comes with them when it is short: 'used origami to develop'.
    """
    held = [t for c in verb.children if c.dep_ in {"dobj", "acomp"} for t in c.subtree if not within(t, verb, "xcomp")]
    if len(held) > MAX_SHARED_OBJECT:
        return
    for child in verb.children:
        if not continues(child):
            continue
        particle = [c for c in child.children if c.dep_ == "aux" and c.lower_ == "to"]
        for inner in [t for t in conjuncts(child) if t.pos_ in {"VERB", "AUX"}]:
            more, inner_lemma = group(inner)
            both = list({t.i: t for t in (*tokens, *held, *particle, *more)}.values())
            key = " ".join([lemma, *(t.lemma_.lower() for t in held), *(t.lower_ for t in particle), inner_lemma])
            yield Predicate(inner, both, key), inner
            yield from opened(inner, both, key)


def within(token: Token, verb: Token, dep: str) -> bool:
    """Whether a token lies below a dependent of that kind, on the way up to the verb."""
    return any(t.dep_ == dep for t in (token, *token.ancestors) if verb.is_ancestor(t))


def continues(verb: Token) -> bool:
    """Whether a verb is the open complement of the one above: it has no subject of its own."""
    return verb.dep_ == "xcomp" and verb.pos_ in {"VERB", "AUX"} and not any(c.dep_ in SUBJECTS for c in verb.children)


def group(verb: Token) -> tuple[list[Token], str]:
    """The words of one verb (auxiliaries, negation, particle) and its canonical form.

    Active verbs are named by lemma and particle, passive ones by 'be' and the participle: directions stay apart.
    """
    kept = [c for c in verb.children if c.dep_ in {"aux", "auxpass", "neg", "prt"}]
    kept += [c for c in verb.children if c.lower_ in TOGETHER and c.dep_ == "advmod" and c.i == verb.i + 1]
    particle = [c.lower_ for c in kept if c.dep_ in {"prt", "advmod"} and c.i > verb.i]
    passive = any(c.dep_ == "auxpass" for c in kept) or (verb.dep_ in {"acl", "advcl"} and verb.tag_ == "VBN")
    inherited = verb.dep_ == "conj" and verb.tag_ == "VBN" and not any(c.dep_ in SUBJECTS for c in verb.children)
    if inherited and not any(c.dep_ in {"aux", "auxpass"} for c in kept):
        auxiliary = [c for c in verb.head.children if c.dep_ == "auxpass"]
        passive = passive or bool(auxiliary)
        kept = [*auxiliary, *kept]
    if verb.dep_ == "conj" and verb.tag_ == "VB" and not any(c.dep_ in {*SUBJECTS, "aux"} for c in verb.children):
        kept = [*(c for c in verb.head.children if c.tag_ == "MD"), *kept]  # 'can strengthen and create'
    base = f"be {verb.lower_}" if passive else verb.lemma_.lower()
    return sorted([*kept, verb], key=lambda t: t.i), " ".join([base, *particle])


# complements


@dataclass(frozen=True)
class Complement:
    """Predicate and object, before the subjects are put in front of them."""

    predicate: str
    lemma: str
    object: Argument
    pattern: str


def complements(predicate: Predicate, verb: Token) -> Iterator[Complement]:
    """What a verb says of its subject."""
    objects = direct_objects(verb)
    complement = [h for h in objects if h.dep_ in {"oprd", "xcomp"} and h.head.i == verb.i]
    objects = [h for h in objects if h not in complement]
    receiver = [h for h in objects if h.dep_ == "dative"]
    if receiver and len(objects) > len(receiver):
        if verb.lemma_.lower() in GIVING and all(h.pos_ in {"PROPN", "PRON"} for h in receiver):
            yield from gift(predicate, [h for h in objects if h not in receiver], receiver)
            return
        given = [t for h in receiver for t in h.subtree]  # 'gives the fish an advantage': neither end says it alone
        for head in (h for h in objects if h not in receiver):
            yield from object_statements(Predicate(predicate.verb, predicate.tokens, predicate.lemma, given), head)
        return
    if complement and objects:
        called = shared_object(objects)
        if called is not None:
            yield from object_statements(
                Predicate(predicate.verb, predicate.tokens, predicate.lemma, called), complement[0]
            )
        return
    objects += complement
    if persuades(verb):
        return
    if len(objects) > 1 and verb.lemma_.lower() in RECIPROCAL:
        text, lemma = predicate.with_words()
        yield Complement(text, lemma, joined(objects), "object")
        return
    completed = completing(verb) is not None or any(c.dep_ in {"xcomp", "advcl"} for c in verb.rights)
    if verb.lemma_.lower() not in COMPLETED or not completed:
        for head in objects:
            yield from object_statements(predicate, head)
    yield from gap(predicate, verb)
    alone = not objects and speaks(verb)
    needed = completing(verb)
    shared = None if alone else shared_object(objects)
    if needed is not None and not objects:
        shared = shared_complement(needed)
    adjuncts = Predicate(predicate.verb, predicate.tokens, predicate.lemma, shared or [])
    if shared is not None and not any(continues(c) for c in verb.children):
        for preposition in prepositions(verb, objects):
            completes = needed is not None and preposition.lower_ == needed.lower_ and not objects
            yield from prepositional(predicate if completes else adjuncts, preposition)
    for child in verb.children:
        if child.dep_ == "npadvmod" and child.ent_type_ in TIME_ENTITIES and not alone:
            text, lemma = adjuncts.with_words()
            yield Complement(text, lemma, argument(child), "time")
        behind = child.i > verb.i or verb.lemma_.lower() in SPEECH
        if child.dep_ == "ccomp" and child.pos_ in {"VERB", "AUX"} and behind:
            yield from clausal(predicate, child)


def gift(predicate: Predicate, objects: list[Token], receivers: list[Token]) -> Iterator[Complement]:
    """'Yale awarded Hopper a doctorate': awarded a doctorate, and awarded it to her."""
    for head in objects:
        yield from object_statements(predicate, head)
    given = shared_object(objects)
    if given:
        text, lemma = Predicate(predicate.verb, predicate.tokens, predicate.lemma, given).with_words()
        for head in receivers:
            yield Complement(f"{text} to", f"{lemma} to", argument(head), "preposition")


def persuades(verb: Token) -> bool:
    """'ordered the company to pay': the object alone is not what was ordered."""
    infinitives = [c for c in verb.children if c.dep_ in {"xcomp", "ccomp", "advcl"} and c.i > verb.i]
    has_object = any(c.dep_ == "dobj" for c in verb.children)
    bare = verb.lemma_.lower() in {"help", "let", "make"} and any(c.tag_ == "VB" for c in infinitives)
    persuading = verb.lemma_.lower() in PERSUASION and any(infinitive(c) for c in infinitives)
    return has_object and (bare or persuading)


def speaks(verb: Token) -> bool:
    """Whether a clause is the verb's object, so that a circumstance alone says nothing: 'showed in 1998 that'."""
    return any(c.dep_ in {"ccomp", "xcomp"} and c.i > verb.i and states(c) for c in verb.children)


def states(verb: Token) -> bool:
    """Whether a clause is introduced by 'that' or a question word."""
    return any(c.lower_ in {"that", "how", "whether", "why", "what"} and c.i < verb.i for c in verb.children)


def direct_objects(verb: Token) -> list[Token]:
    """Heads of objects and predicate nouns, coordination distributed; an adjective stands for itself."""
    found = []
    for child in verb.children:
        noun = child.dep_ in OBJECTS or (child.dep_ == "xcomp" and child.pos_ in {"NOUN", "PROPN", "ADJ"})
        reduced = verb.dep_ == "acl" and verb.tag_ == "VBN" and child.dep_ == "dobj"  # a passive has no object
        if noun and not reduced and child.i > verb.i and child.tag_ not in {"WP", "WDT", "WRB", "IN", "TO"}:
            found += [e for c in conjuncts(child) for e in with_examples(proper(c))]
    return found


def object_statements(predicate: Predicate, head: Token) -> Iterator[Complement]:
    """The statement with a direct object, and what it implies."""
    text, lemma = predicate.with_words()
    copula = predicate.verb.lemma_ in {"be", "become", "remain"} and head.dep_ != "dobj"
    lasting = predicate.verb.lemma_.lower() == "take" and head.ent_type_ in TIME_ENTITIES  # 'takes years to decay'
    if not is_vague(head) and not lasting:
        yield Complement(text, lemma, argument(head), "copula" if copula else "object")
    if not is_name_head(head):
        yield from role(text, lemma, head)


def is_vague(noun: Token) -> bool:
    """Whether a noun says nothing without the circumstance that the parser hung on the verb: 'plays a role (in)'."""
    behind = noun.doc[noun.i + 1] if noun.i + 1 < len(noun.doc) else noun
    return noun.lower_ in VAGUE and behind.dep_ == "prep" and behind.head == noun.head


def role(text: str, lemma: str, noun: Token) -> Iterator[Complement]:
    """'was director of the NPL', 'is part of the world': the role joined to its preposition, the other end as object.

    Of a direct object only with a name at the other end: 'signed a contract with IBM'.
    """
    for preposition in noun.children:
        clause_between = any(c.dep_ in {"relcl", "acl"} and c.i < preposition.i for c in noun.rights)
        if preposition.dep_ != "prep" or is_lifted(preposition) or clause_between:
            continue
        before = [t for t in noun.subtree if t.i < preposition.i and t.dep_ not in {"relcl", "acl"}]
        bare = [t for t in before if t.pos_ not in {"DET", "PUNCT"}]
        if len(bare) > MAX_SHARED_OBJECT:
            continue
        said = [preposition, *(c for c in preposition.children if c.dep_ == "pcomp" and c.tag_ == "IN")]
        for head in objects_of(preposition):
            named = is_name_head(head) or noun.pos_ == "ADJ"
            if named or noun.dep_ in {"attr", "appos"}:
                joined_text = " ".join([text, words(before), *(t.text for t in said)])
                key = " ".join([lemma, *(t.lemma_.lower() for t in bare), *(t.lower_ for t in said)])
                yield Complement(joined_text, key, argument(head), "role" if named else "part")


def gap(predicate: Predicate, verb: Token) -> Iterator[Complement]:
    """'the machine that Turing designed': the described noun is the object of its relative clause."""
    noun = described(verb) if verb.dep_ == "relcl" else None
    if noun is None or not any(c.dep_ in SUBJECTS and c.lower_ not in RELATIVES for c in verb.children):
        return
    marks = {c.lower_ for c in verb.children if c.dep_ == "dobj"}
    bare = not marks and not any(c.dep_ in {"mark", "advmod", "prep"} and c.i < verb.i for c in verb.children)
    if marks & RELATIVES or (bare and not any(c.dep_ in OBJECTS for c in verb.children)):
        text, lemma = predicate.with_words()
        if noun.lower_ not in ADVERBIAL:
            yield Complement(text, lemma, argument(proper(noun), verb), "gap")


def shared_object(objects: list[Token]) -> list[Token] | None:
    """The words of the object, which become part of the predicate of adjuncts: 'ceded Florida in', 'took part in'.

    Without them the adjunct would say something else. None when they are too many: then there is no such statement.
    """
    if not objects:
        return []
    first, last = objects[0], objects[-1]
    doc = first.doc
    tokens = [t for t in doc[first.left_edge.i : last.i + 1] if not t.is_space]
    if len(objects) == 1 and first.pos_ != "PRON":
        tokens = [t for t in first.subtree if t.i <= first.i]
        whole = first.dep_ == "attr" or any(c.dep_ == "prep" and c.lower_ == "of" for c in first.rights)
        tokens = described_tokens(first) if whole else tokens  # 'improved the quality of life for'
    return tokens if len(tokens) <= MAX_SHARED_OBJECT else None


def completing(verb: Token) -> Token | None:
    """The preposition behind a verb that means little without it: 'serves as a model', 'is credited with finding'."""
    wanted = COMPLETED.get(verb.lemma_.lower(), frozenset({"as"}))
    return next((c for c in verb.rights if c.dep_ == "prep" and c.lower_ in wanted and objects_of(c)), None)


def shared_complement(preposition: Token) -> list[Token] | None:
    """The words of such a phrase, which become part of the predicate of adjuncts; None when they are too many."""
    tokens = [t for t in preposition.subtree if t.i <= objects_of(preposition)[0].i]
    return tokens if len(tokens) <= MAX_SHARED_OBJECT else None


def prepositions(verb: Token, objects: list[Token]) -> Iterator[Token]:
    """The prepositions of a clause: its own, and those that hang on its objects but say when or where."""
    for child in verb.children:
        if child.dep_ in {"prep", "agent"} or (child.dep_ == "dative" and child.pos_ == "ADP"):
            yield from prepositional_conjuncts(child)
    for head in objects:
        for child in head.children:
            if child.dep_ == "prep" and child.lower_ != "of" and (is_lifted(child) or is_name_head(head)):
                yield child
        yield from nested_times(head)


def nested_times(head: Token) -> Iterator[Token]:
    """Dates that the parser hung deeper: 'wrote a paper on machines in 1936', 'in London on 23 June'."""
    for preposition in head.children:
        if preposition.dep_ == "prep" and not is_lifted(preposition):
            for inner in objects_of(preposition):
                yield from (c for c in inner.children if is_lifted(c))


def prepositional_conjuncts(preposition: Token) -> Iterator[Token]:
    """'in London and at Cambridge'."""
    yield preposition
    for child in preposition.children:
        if child.dep_ == "conj" and child.pos_ == "ADP":
            yield from prepositional_conjuncts(child)


def prepositional(predicate: Predicate, preposition: Token) -> Iterator[Complement]:
    """Verb and preposition as predicate, the preposition's objects as objects."""
    if is_discourse(preposition) or (preposition.i < predicate.verb.i and preposition.lower_ in {*COMPARING, "from"}):
        return
    before = preposition.nbor(-1) if preposition.i else preposition
    bare = before.head.i == preposition.head.i and before.dep_ == "prep" and not objects_of(before)
    chain = [before, preposition] if bare else [preposition]
    inner = [c for c in preposition.children if c.dep_ == "prep" or (c.dep_ == "pcomp" and c.tag_ == "IN")]
    if inner and (not objects_of(preposition) or inner[0].dep_ == "pcomp"):
        chain.append(inner[0])
    text, lemma = predicate.with_words(*chain)
    pattern = "agent" if preposition.dep_ == "agent" else "preposition"
    heads = objects_of(chain[-1]) or objects_of(preposition)
    if any(is_repeated(h) for h in heads) or is_absolute(preposition):
        return
    if preposition.lower_ == "between" and len(heads) == 2:
        yield Complement(text, lemma, joined(heads), pattern)
        return
    for head in heads:
        yield Complement(text, lemma, argument(head), pattern)
        if preposition.lower_ in TIMING or preposition == completing(predicate.verb):
            continue
        for nested in head.children:
            if is_lifted(nested) and nested.dep_ == "prep":
                yield from prepositional(predicate, nested)


def is_absolute(preposition: Token) -> bool:
    """', with groups playing tricks': a clause of its own, not a circumstance of the verb."""
    before = preposition.nbor(-1).text if preposition.i else ""
    clauses = (c for n in objects_of(preposition) for c in n.subtree if c.dep_ == "acl")
    return preposition.lower_ == "with" and before == "," and any(clauses)


def is_repeated(noun: Token) -> bool:
    """'from person to person'."""
    after = noun.doc[noun.i + 1 : noun.i + 3]
    return len(after) == 2 and after[0].lower_ in {"to", "by"} and after[1].lower_ == noun.lower_


def is_discourse(preposition: Token) -> bool:
    """'in conclusion', 'for example'."""
    nouns = (c for c in preposition.children if c.dep_ == "pobj")
    return any(f"{preposition.lower_} {n.lower_}" in DISCOURSE and not n.ent_type_ for n in nouns)


def objects_of(preposition: Token) -> list[Token]:
    """Heads of a preposition's objects, coordination distributed."""
    heads = [c for child in preposition.children if child.dep_ == "pobj" for c in conjuncts(child)]
    return [e for c in heads for e in with_examples(proper(c))]


def clausal(predicate: Predicate, verb: Token) -> Iterator[Complement]:
    """'said that it worked': the clause itself, as text."""
    if any(c.dep_ == "mark" and c.lower_ in MARKS for c in verb.children):
        return
    tokens = list(verb.doc[verb.left_edge.i : verb.right_edge.i + 1])
    tokens = strip_edges([t for t in tokens if not (t.dep_ == "mark" and t.head.i == verb.i)])
    mark = [c for c in verb.children if c.dep_ == "mark" and c.lower_ == "that"]
    text, lemma = predicate.with_words(*mark)
    clause_text = words(tokens)
    if len(clause_text.split()) > 1:
        yield Complement(text, lemma, Argument(verb, clause_text, "", Typed(clause_text, "string")), "clause")
