#!/usr/bin/env bash
# The first ten minutes of a researcher: an idea for a memory, from a commented spec to two trained models.
#
#   bash researcher.sh              in an empty folder; STEPS=200 for more than a first look
set -euo pipefail
steps=${STEPS:-40}

nlc init before                       # a small Titans, every line explained
cp before.nl idea.nl
sed -i.bak 's/model before/model idea/' idea.nl

# The idea, two lines: outliers should write less, and without momentum.
sed -i.bak 's/^\( *objective: *\)l2 .*/\1huber/' idea.nl
sed -i.bak 's/^\( *optimizer: *\)momentum(.*/\1sgd(lr=rate \/ chunk * sigmoid(linear(x, heads)))/' idea.nl

nlc check idea.nl                     # is it a spec?
nlc graph idea.nl                     # which levels has it?
nlc graph idea.nl --format svg --output idea.svg
nlc plan idea.nl                      # what does it cost, and which kernel serves each memory?
nlc diff before.nl idea.nl            # mathematics or only schedule, and what follows from it

for name in before idea; do
  nlc train $name.nl --steps "$steps" --length 128 --batch 8
done
