"""Which texts are values of the datatypes of XML Schema."""

from __future__ import annotations

import pytest

from kgtool.datatypes import bare, is_value

VALUES = {
    "integer": ["0", "-12", "+7", "007"],
    "decimal": ["1.5", "-.5", "2."],
    "double": ["1e9", "-INF", "NaN", "2"],
    "boolean": ["true", "0"],
    "date": ["2024-02-29", "-0044-03-15", "12345-01-01", "1999-12-31Z", "2000-02-29+02:00", "0000-02-29"],
    "dateTime": ["2024-01-01T10:00:00", "2024-01-01T24:00:00Z", "2024-01-01T10:00:00.25-05:00"],
    "gYear": ["1912", "-0044", "0044"],
    "gYearMonth": ["1912-06"],
    "gMonthDay": ["--02-29"],
    "time": ["10:00:00"],
    "string": ["", "anything\nat all"],
}
OTHERS = {
    "integer": ["banana", "1.0", "", "1_000", "٣", "1 "],
    "decimal": ["1,5", "1e9", "."],
    "double": ["inf", "e9"],
    "boolean": ["yes"],
    "date": ["2024-13-45", "2023-02-29", "1900-02-29", "24-01-01", "2024-1-1", "10 December 1815", "02024-01-01"],
    "dateTime": ["2024-01-01", "2024-01-01T25:00:00", "2024-02-30T10:00:00"],
    "dateTimeStamp": ["2024-01-01T10:00:00"],
    "gYear": ["12", "x", "1912-06"],
    "gYearMonth": ["1912-13"],
    "gMonthDay": ["--02-30", "--13-01"],
    "time": ["24:00:01"],
}


@pytest.mark.parametrize(("datatype", "text"), [(d, t) for d, texts in VALUES.items() for t in texts])
def test_values(datatype: str, text: str) -> None:
    assert is_value(text, datatype)


@pytest.mark.parametrize(("datatype", "text"), [(d, t) for d, texts in OTHERS.items() for t in texts])
def test_no_values(datatype: str, text: str) -> None:
    assert not is_value(text, datatype)


def test_names() -> None:
    assert bare("xsd:date") == bare("http://www.w3.org/2001/XMLSchema#date") == bare("date") == "date"
    with pytest.raises(ValueError, match="'xsd:cheese' is none of XML Schema"):
        bare("xsd:cheese")
