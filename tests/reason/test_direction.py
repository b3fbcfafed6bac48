"""Which end of a relation a name is: by the question's words beside the relation's name."""

from __future__ import annotations

import pytest

from kgtool.reason.direction import is_subject
from kgtool.reason.question import Question
from kgtool.reason.senses import opposite

CASES = """
Who acquired Acme? | acquired | acquired | object
What did Acme acquire? | acquire | acquired | subject
Who was Acme acquired by? | acquired | acquired | object
Which firms were acquired by Acme? | acquired | acquired | subject
Who acquired Acme? | acquired | was acquired by | subject
What did Acme acquire? | acquire | was acquired by | object
Who is the parent of Acme? | parent | parent of | object
Who is the parent of Acme? | parent | parent | subject
Who is Acme's parent? | parent | parent of | object
Who is Acme the parent of? | parent | parent of | subject
Is Acme the parent of Bolt? | parent | parent of | subject
Whose parent is Acme? | parent | parent | object
Who directed Acme? | directed | director | subject
What did Acme direct? | direct | director | object
which films are directed by Acme | directed | directed by | object
which club does Acme play for | play | plays in club | subject
who plays for Acme | plays | plays in club | object
the players of Acme | players | plays in club | object
where was Acme born | born | was born in | subject
who was born in Acme | born | was born in | object
who are the designers of Acme | designers | was designed by | subject
Which country is Acme the capital of | capital | capital of | subject
who wrote Acme | wrote | was written by | subject
what has Acme written | written | was written by | object
Did Acme design Bolt? | design | was designed by | object
which river flows through Acme | flows | flows through | object
who is Acme married to | married | spouse |
who starred in Acme | starred | starred actors |
who starred in Acme | starred | starred |
when was Acme founded | founded | founded |
films written by Acme authors | written | written by |
who wrote the song Acme | wrote | written for | object
the parent of the company Acme | parent | parent | subject
how many parents does Acme have | parents | parent | subject
the Acme position | position | position |
what year was Acme released | year | release year |
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_name_is_the_end_that_the_words_put_it_at(case: str) -> None:
    text, word, label, end = (part.strip() for part in case.split("|"))
    question = Question.parse(text)
    place = question.words.index("acme")
    told = is_subject(question, (place, place + 1), question.words.index(word), label)
    assert {True: "subject", False: "object", None: ""}[told] == end


def test_words_for_the_other_end_turn_a_relation_round() -> None:
    assert opposite("children", ("parent",)) and opposite("mother", ("child",)) and opposite("employees", ("employer",))
    assert not opposite("parents", ("parent",)) and not opposite("capital", ("parent",))
