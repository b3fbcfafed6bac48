"""Whether every quotation of a store is in its document at its offsets.

usage: python benchmarks/offsets.py STORE FOLDER
FOLDER holds the plain texts that the store was built from. Checks all evidence, not a sample; exits 1 for a mismatch,
for a document that is not there, and for a store without evidence.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import kgtool

QUERY = """
SELECT ?quote ?begin ?end ?document WHERE { GRAPH g:provenance {
  ?e oa:exact ?quote ; nif:beginIndex ?begin ; nif:endIndex ?end ;
     prov:wasDerivedFrom/prov:wasDerivedFrom/dcterms:identifier ?document } }
"""


def main() -> None:
    """Compare and print."""
    store, folder = sys.argv[1], Path(sys.argv[2])

    @cache
    def text(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    checked = wrong = 0
    for quote, begin, end, document in kgtool.open(store).query(QUERY).rows():
        checked += 1
        wrong += text(document.value)[int(begin.value) : int(end.value)] != quote.value
    print(f"{wrong} of {checked} quotations are not in their document at their offsets")
    sys.exit(1 if wrong or not checked else 0)


if __name__ == "__main__":
    main()
