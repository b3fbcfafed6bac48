"""What the documents name exists."""

from __future__ import annotations

import re

from tests_support import ROOT


def test_the_tests_that_the_documents_name_exist() -> None:
    named = {n for page in (ROOT / "docs").rglob("*.md") for n in re.findall(r"`(test_\w+)`", page.read_text("utf-8"))}
    written = "".join(f.read_text("utf-8") for f in (ROOT / "tests").rglob("test_*.py"))
    assert named and not {n for n in named if f"def {n}(" not in written}
