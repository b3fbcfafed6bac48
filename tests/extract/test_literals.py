"""Dates, numbers and quantities."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.extract.literals import Typed, typed_literal

MONTHS = "January February March April May June July August September October November December".split()
DAYS = st.dates(date(1000, 1, 1))


def of(text: str, label: str = "") -> tuple[str, str] | None:
    found = typed_literal(text, label)
    return (found.value, found.datatype) if found else None


@given(DAYS, st.sampled_from(["{d} {m} {y}", "the {d} of {m}, {y}", "{m} {d}, {y}", "{m} {d} {y}", "{d} {s}. {y}"]))
def test_every_day_in_words_is_a_date(day: date, form: str) -> None:
    month = MONTHS[day.month - 1]
    assert of(form.format(d=day.day, m=month, s=month[:3], y=day.year)) == (day.isoformat(), "date")


@given(DAYS)
def test_an_iso_date_stays_as_it_is(day: date) -> None:
    assert of(day.isoformat()) == (day.isoformat(), "date")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1st May 1945", ("1945-05-01", "date")),
        ("June 23rd, 1912", ("1912-06-23", "date")),
        ("SEPT. 3 1939", ("1939-09-03", "date")),
        ("23 June\n1912", ("1912-06-23", "date")),
        ("29 February 2000", ("2000-02-29", "date")),
        ("May 1945", ("1945-05", "gYearMonth")),
        ("December of 1943", ("1943-12", "gYearMonth")),
        ("1943", ("1943", "gYear")),
        ("the year 1943", ("1943", "gYear")),
        ("42", ("42", "integer")),
        ("-5", ("-5", "integer")),
        ("1,234,567", ("1234567", "integer")),
        ("3.50", ("3.5", "decimal")),
        ("100.0", ("100", "decimal")),
        ("0.0", ("0", "decimal")),
        ("about 30 tons", ("about 30 tons", "string")),
        ("£500", ("£500", "string")),
        ("1,2,3", ("1,2,3", "string")),
    ],
)
def test_values_are_typed(text: str, expected: tuple[str, str]) -> None:
    assert of(text) == expected


@pytest.mark.parametrize("text", ["29 February 1900", "30 February 1943", "31 April 1999", "0 May 1945", "2023-13-01"])
def test_days_that_do_not_exist_are_no_dates(text: str) -> None:
    assert typed_literal(text, "") == Typed(text, "string")


@pytest.mark.parametrize("text", ["Colossus", "Mark I", "Z3", "May", "the Pilot ACE", ""])
def test_names_are_no_values(text: str) -> None:
    assert typed_literal(text, "") is None


def test_a_label_alone_makes_no_measure() -> None:
    assert typed_literal("Enigma", "DATE") is None
    assert of("the early forties", "DATE") is None
    assert of("two years", "DATE") == ("two years", "string")


@given(st.integers(-(10**12), 10**12).filter(lambda n: not 1000 <= n <= 2999))
def test_integers_keep_their_value(number: int) -> None:
    assert of(str(number)) == (str(number), "integer")
    if number >= 0:
        assert of(f"{number:,}") == (str(number), "integer")


@given(st.decimals(0, 10**6, places=4))
def test_decimals_keep_their_value(number: Decimal) -> None:
    found = of(f"{number:f}")
    assert found is not None and found[1] == "decimal" and Decimal(found[0]) == number


def test_leading_zeros_mark_an_identifier() -> None:
    assert of("007") == ("007", "string")


@pytest.mark.parametrize("text", ["٣", "1٩٤٣", "१२", "٢٣ June ١٩١٢"])
def test_lexical_forms_have_ascii_digits(text: str) -> None:
    value, datatype = of(text) or (text, "string")
    assert datatype == "string" or re.fullmatch(r"[-0-9.]+", value)
