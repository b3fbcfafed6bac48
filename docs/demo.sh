#!/bin/sh
# What `make demo` shows: build the graph of data/, a named query, three questions, the evidence of one answer.
set -eu
BIN=${BIN:-.venv/bin}
STORE=${STORE:-.demo/kg}

say() { printf '\n$ kgtool %s\n' "$1"; }

say "build data/"
"$BIN/kgtool" build data/ -s "$STORE"

say "query @top"
"$BIN/kgtool" query @top -s "$STORE"

ask() {
  say "reason \"$1\""
  code=0
  "$BIN/kgtool" reason "$1" -s "$STORE" --encoder none || code=$?
  [ "$code" -eq "$2" ] || { echo "exit code $code, not $2" >&2; exit 1; }
}

ask "Who designed Colossus?" 0
ask "When did the computer on which LEO was based run its first program?" 0
ask "Where was Thomas J. Watson born?" 7
echo "(exit code 7: the graph does not hold an answer)"

say "explain Colossus \"was designed by\" \"Tommy Flowers\""
"$BIN/kgtool" explain Colossus "was designed by" "Tommy Flowers" -s "$STORE"
