#!/usr/bin/env bash
# Writes the report into the one comment of this name on the pull request: replaces it, or makes it.
# NAME, REPORT, STATUS, PULL_REQUEST, GITHUB_REPOSITORY, and what gh needs: GH_TOKEN.
set -euo pipefail
marker="<!-- refold: ${NAME//[^A-Za-z0-9 ._-]/_} -->"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  echo "$marker"
  if [ -s "$REPORT" ]; then
    cat "$REPORT"
  else
    echo "refold ended with status $STATUS and without a report; the log of the job says why."
  fi
} > "$body"
comments="repos/$GITHUB_REPOSITORY/issues"
found=$(gh api --paginate "$comments/$PULL_REQUEST/comments" \
  --jq ".[] | select(.body | startswith(\"$marker\")) | .id")
# The first one. A pipe to head could end gh before it has written all.
found=${found%%$'\n'*}
if [ -n "$found" ]; then
  gh api --silent -X PATCH "$comments/comments/$found" -F "body=@$body"
else
  gh api --silent -X POST "$comments/$PULL_REQUEST/comments" -F "body=@$body"
fi
