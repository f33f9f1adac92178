#!/usr/bin/env bash
# The first ten minutes of a student: one memory as an equation, a line of a spec, a loop and a picture.
#
#   bash student.sh                 in an empty folder
set -euo pipefail

nlc init first --from deltanet
nlc explain first.nl.delta            # its equation, its level, its kernel and why that one
nlc explain l2                        # the objective: half a squared distance
grep -n 'objective:' first.nl         # where the spec says so

nlc compile first.nl --output first   # the whole model as readable PyTorch
sed -n '/^def deltanet__delta_write/,/^$/p' first/reference.py   # the same equation, for one token

nlc trace first.nl --text 'to be, or not to be, that is the question' --output first.svg
sed -i.bak 's/^\( *objective: *\)l2 .*/\1dot/' first.nl
nlc explain first.nl.delta            # linear attention: the prediction is not read any more
