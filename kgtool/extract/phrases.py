"""Arguments of statements: from the head token of a noun phrase to its words, its type and its typed value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgtool.extract.literals import Typed, typed_literal
from kgtool.extract.polarity import infinitive

if TYPE_CHECKING:
    from spacy.tokens import Token

ENTITY_CLASSES = {
    "PERSON": "Person",
    "ORG": "Organization",
    "GPE": "Place",
    "LOC": "Place",
    "FAC": "Place",
    "PRODUCT": "Product",
    "WORK_OF_ART": "CreativeWork",
    "EVENT": "Event",
    "LAW": "Legislation",
    "LANGUAGE": "Language",
}
"""spaCy's entity labels as classes of schema.org."""

MOST_RESTRICTION = 14
"""Longest clause, in words, that is kept with the noun that it restricts."""
LITERAL_ENTITIES = frozenset({"DATE", "TIME", "CARDINAL", "ORDINAL", "QUANTITY", "MONEY", "PERCENT"})
TIME_ENTITIES = frozenset({"DATE", "TIME"})
CUT = frozenset(
    {"relcl", "acl", "appos", "conj", "cc", "preconj", "advcl", "parataxis", "punct", "ccomp", "dep", "meta"}
)
"""Children of a noun that are not part of its name: they make statements of their own."""

OPENING = frozenset("meanwhile however nevertheless today later afterwards then thus therefore moreover".split())
"""Adverbs that open a sentence and that the tagger takes for a part of the name behind them."""

PARTS = frozenset("ancient medieval modern northern southern eastern western".split())
"""Adjectives without which a name is another thing's: 'the ancient Olympics', 'northern Italy'."""
QUOTES = frozenset({'"', "``", "''", "“", "”"})
INCHES = re.compile(r'\d"')
"""A mark that may be a unit."""
LONGEST_TITLE = 10
"""Tokens of the longest title in quotation marks."""

JOINING = frozenset({"conj", "cc", "preconj", "punct"})


@dataclass(frozen=True)
class Argument:
    """A noun phrase in a statement. ``head`` is its head token; ``text`` its words as they stand in the sentence."""

    head: Token
    text: str
    type: str = ""
    literal: Typed | None = None

    @property
    def is_name(self) -> bool:
        """Whether it names a thing (as against describing it or giving a value)."""
        return self.literal is None and (self.head.pos_ == "PROPN" or bool(self.type))


def argument(head: Token, clause: Token | None = None) -> Argument:
    """The noun phrase around a head token; of a clause that describes it, without that clause."""
    title = quoted(head)
    tokens = name_tokens(head) if is_name_head(head) else described_tokens(head, clause)
    tokens = [head.doc[i] for i in title] if title else tokens
    text = balanced(words(tokens))
    return Argument(head, text, entity_class(head), typed_literal(text, head.ent_type_))


def quoted(token: Token) -> range:
    """The tokens of a title in quotation marks around a token: '"Hansel and Gretel"'; nothing where there is none."""
    doc, sentence = token.doc, token.sent
    before = next((i for i in range(token.i - 1, sentence.start - 1, -1) if doc[i].text in QUOTES), None)
    after = next((i for i in range(token.i + 1, sentence.end) if doc[i].text in QUOTES), None)
    opens = before is not None and sum(t.text in QUOTES for t in doc[sentence.start : token.i]) % 2 == 1
    if not opens or before is None or after is None or after - before > LONGEST_TITLE:
        return range(0)
    inside = range(before + 1, after)
    last = doc[after - 1]
    inside = range(before + 1, after - 1) if last.text in {",", "."} else inside
    named = [doc[i] for i in inside if doc[i].pos_ not in {"DET", "ADP", "CCONJ", "PUNCT", "PART", "SPACE"}]
    return inside if len(named) > 1 and all(t.text[0].isupper() or t.is_digit for t in named) else range(0)


def balanced(text: str) -> str:
    """The text before a bracket that is not closed in it, without quotation marks that have no other one in it."""
    text = text[: text.rindex("(")].rstrip() if text.count("(") > text.count(")") else text
    single = text.count("“") - text.count("”")
    mark = "“" if single > 0 else "”" if single < 0 else '"'
    if single or (text.count('"') % 2 and not INCHES.search(text)):
        before, _, after = text.rpartition(mark)
        text = " ".join(f"{before}{after}".split())
    return text


def joined(heads: list[Token]) -> Argument:
    """Coordinated phrases as one value: 'between 1842 and 1843'."""
    first, last = argument(heads[0]), argument(heads[-1])
    text = f"{first.text} and {last.text}"
    return Argument(heads[0], text, "", Typed(text, "string"))


def is_name_head(head: Token) -> bool:
    """Whether the head is the last word of a name; 'an American' is none."""
    if head.ent_type_ == "NORP" and any(c.lower_ in {"a", "an"} for c in head.lefts):
        return False
    return head.pos_ == "PROPN" or head.ent_type_ in ENTITY_CLASSES


def entity_class(head: Token) -> str:
    """The schema.org class of a name; empty when unknown or no name."""
    return ENTITY_CLASSES.get(head.ent_type_, "") if is_name_head(head) else ""


def name_tokens(head: Token) -> list[Token]:
    """The words of a name: what belongs to the entity, its compounds, and an 'of' phrase."""
    inside = {head.i}
    for token in head.lefts:
        if same_entity(token, head) or part_of_name(token, head):
            inside.update(t.i for t in token.subtree if t.pos_ != "DET")
    for token in head.rights:
        numbered = token.dep_ == "nummod" and token.i == head.i + 1
        if token.dep_ not in CUT and (same_entity(token, head) or numbered or of_name(token)):
            inside.update(t.i for t in without_cuts(token))
    inside.update(t.i for t in head.sent if same_entity(t, head) and t.dep_ != "det")
    doc = head.doc
    tokens = [doc[i] for i in range(min(inside), max(inside) + 1)]
    kept = strip_edges([t for t in tokens if t.i in inside or t.dep_ in {"punct", "case"}])
    return kept[1:] if len(kept) > 1 and kept[0].lower_ in OPENING else kept


def part_of_name(token: Token, head: Token) -> bool:
    """Whether a word before the head belongs to its name: a name or number itself, or bound to it by a hyphen."""
    if token.dep_ not in {"compound", "nmod", "amod", "nummod", "poss"} or token.ent_type_ in TIME_ENTITIES:
        return False
    if token.lower_ in PARTS and token.i <= head.left_edge.i + 1:
        return True
    if token.pos_ in {"PROPN", "NUM"} or any(c.dep_ == "nummod" for c in token.children):
        return True
    between = token.doc[token.i + 1 : head.i]
    return len(between) == 1 and between[0].tag_ == "HYPH" and not token.whitespace_


def same_entity(token: Token, head: Token) -> bool:
    """Whether both tokens lie in one named entity; a person's or place's name does not reach over a preposition."""
    if not head.ent_type_ or token.ent_type_ != head.ent_type_:
        return False
    low, high = sorted((token.i, head.i))
    if head.ent_type_ in {"PERSON", "GPE"} and any(t.pos_ == "ADP" and t.lower_ != "of" for t in head.doc[low:high]):
        return False
    return all(t.ent_iob_ == "I" for t in head.doc[low + 1 : high + 1])


def of_name(token: Token) -> bool:
    """Whether the token opens a phrase such as 'of Pennsylvania'."""
    return token.lower_ == "of" and token.dep_ == "prep" and any(c.pos_ == "PROPN" for c in token.children)


def described_tokens(head: Token, clause: Token | None = None) -> list[Token]:
    """The words of a description: the noun with its modifiers, without clauses, appositions and conjuncts."""
    tokens = list(without_cuts(head, lift=True))
    for noun in (head, *members(head)):
        tokens += [t for c in noun.rights if c != clause and is_restriction(c, noun) for t in c.subtree]
    tokens += [t for c in shared_complements(head) for t in without_cuts(c, inner=True)]
    tokens += shared_determiner(head)
    return strip_edges(sorted(tokens, key=lambda t: t.i))


def members(head: Token) -> list[Token]:
    """The noun of 'one of the reasons that led to the war', of which one is nothing without the clause."""
    return [c for p in head.rights if p.lower_ == "of" for c in p.children if c.dep_ == "pobj" and head.pos_ == "NUM"]


def first_of(head: Token) -> Token:
    """The first of the nouns that a noun is coordinated with."""
    while head.dep_ == "conj" and head.head.pos_ in {"NOUN", "PROPN"}:
        head = head.head
    return head


def shared_determiner(head: Token) -> list[Token]:
    """The pointing word of the first of coordinated nouns: 'these features and behaviours', 'their beliefs'."""
    own = {"det", "poss", "nummod", "amod"}
    if any(c.dep_ in own for c in head.lefts):
        return []
    marks = [c for c in first_of(head).lefts if c.tag_ == "PRP$" or c.lower_ in {"this", "these", "those", "such"}]
    return marks if first_of(head).i != head.i else []


def shared_complements(head: Token) -> Iterator[Token]:
    """What stands right behind a coordinated noun and hangs on the first: 'depth and sophistication of plants'."""
    first = first_of(head)
    last = conjuncts(first)[-1]
    articles = [(n.i, c.lower_) for n in conjuncts(first) for c in n.lefts if c.dep_ in {"det", "poss"}]
    if articles == [(first.i, "the")] and head.i != last.i and not any(c.dep_ == "prep" for c in head.rights):
        yield from (c for c in last.rights if c.lower_ == "of" and c.i == last.i + 1)  # 'the size and shape of eggs'
    if head.i != first.i and not any(c.dep_ == "prep" for c in head.rights):
        behind = (c for c in first.rights if c.i == head.i + 1)
        yield from (c for c in behind if (c.dep_ == "prep" and not is_lifted(c)) or is_restriction(c, head))


def is_restriction(clause: Token, head: Token) -> bool:
    """Whether a clause says which ones are meant: 'the force that pulls objects down', 'issues related to privacy'."""
    definite = any(c.lower_ == "the" for c in head.lefts)
    short = clause.right_edge.i - clause.left_edge.i < MOST_RESTRICTION and clause.left_edge.i == head.i + 1
    if not short or is_purpose(clause):
        return False
    content = any(c.dep_ == "mark" and c.lower_ == "that" for c in clause.children)  # 'the idea that ghosts exist'
    reduced = clause.dep_ == "acl" and (clause.tag_ in {"VBN", "VBG"} or content)
    of_many = head.dep_ == "pobj" and head.head.head.pos_ == "NUM"
    open_ = head.dep_ == "attr" or head.lower_ == "way"
    if clause.dep_ == "relcl" and open_ and all(c.dep_ == "det" for c in head.lefts):
        return True  # 'an object that orbits a planet', 'the way people speak'
    return reduced or (clause.dep_ in {"relcl", "acl"} and (head.dep_ == "attr" or of_many) and definite)


def without_cuts(token: Token, *, lift: bool = False, inner: bool = False) -> Iterator[Token]:
    """The token and what hangs below it, less what makes a statement of its own.

    Coordination is cut at the head alone, where it is distributed; further in it stays: 'the merger of A and B'.
    """
    yield token
    for child in token.children:
        inside = is_inner_mark(child, token) or is_purpose(child) or (inner and child.dep_ in JOINING)
        if child.dep_ in CUT and not inside:
            continue
        if is_example(child) or (lift and is_lifted(child)):
            continue
        yield from without_cuts(child, inner=True)


def is_purpose(verb: Token) -> bool:
    """Whether an infinitive says what its noun is of: 'the potential to revolutionize medicine'."""
    return verb.dep_ in {"acl", "relcl"} and verb.tag_ == "VB" and infinitive(verb)


def is_inner_mark(mark: Token, head: Token) -> bool:
    """Whether a punctuation mark binds words together (hyphens, quotes around the phrase)."""
    return mark.dep_ == "punct" and mark.text in {"-", "–", "/", "$", "£", "€", "%", "``", "''", '"', "'", "“", "”"}


def is_example(preposition: Token) -> bool:
    """Whether a phrase gives examples: 'such as', 'including'."""
    if preposition.lower_ == "including":
        return True
    return preposition.lower_ == "as" and any(c.lower_ == "such" for c in preposition.children)


def is_lifted(preposition: Token) -> bool:
    """Whether a phrase under a noun says when or whence, and so belongs to the clause: 'the report in 1945'.

    Behind another phrase of the verb it does in any case: 'proposed a method in 1951 at a conference'.
    """
    if preposition.dep_ != "prep" or preposition.lower_ == "of":
        return False
    noun = preposition.head
    if any(t.dep_ == "prep" and t.head.i == noun.head.i for t in preposition.doc[noun.i + 1 : preposition.i]):
        return True
    if preposition.lower_ == "from":
        return any(c.dep_ == "pobj" and is_name_head(c) for c in preposition.children)
    return any(c.dep_ == "pobj" and c.ent_type_ in TIME_ENTITIES for c in preposition.children)


def strip_edges(tokens: list[Token]) -> list[Token]:
    """Without punctuation and spaces at both ends, except quotes and brackets that are closed inside."""
    while tokens and (
        tokens[-1].is_space
        or tokens[-1].dep_ == "cc"
        or (tokens[-1].dep_ == "punct" and tokens[-1].text not in {"%", "''", '"', "”", "'"})
    ):
        tokens = tokens[:-1]
    while tokens and (
        tokens[0].is_space
        or (tokens[0].dep_ == "punct" and tokens[0].text not in {"$", "£", "€", "``", '"', "“", "`", "'"})
    ):
        tokens = tokens[1:]
    return tokens


def words(tokens: Iterable[Token]) -> str:
    """The tokens as text: the white space of the original between neighbours, one space across gaps."""
    text = ""
    last = -2
    for token in tokens:
        if not surface(token).strip():
            continue
        if text and token.i != last + 1 and not text.endswith(" "):
            text += " "
        text += surface(token) + token.whitespace_
        last = token.i
    return " ".join(text.split())


def surface(token: Token) -> str:
    """The token as the document has it; the parser may have been given another text of the same length."""
    original: str | None = token.doc.user_data.get("original")
    return original[token.idx : token.idx + len(token)] if original else str(token.text)


def conjuncts(head: Token) -> list[Token]:
    """The head and everything coordinated with it."""
    found = [head]
    for child in head.children:
        if child.dep_ == "conj" and child.i > head.i and child.i not in quoted(head):
            found += conjuncts(child)
    return found
