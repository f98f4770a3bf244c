#!/bin/sh
# Trains the MLP on 4 ranks in one process, on a simulated network, where rank 3
# takes four times as long to compute as the others; and once more where,
# besides, rank 1 is killed on the way: by synchronous SGD, by dasgd and by
# elastic. What does the slow rank cost the others, and what the dead one?
#
#   examples/asynchronous/race.sh [FOLDER]      build/asynchronous by default
#
# FOLDER then holds the metrics of each run, a trace of each (for
# ui.perfetto.dev), table.txt, and, if gnuplot is installed, asynchronous.svg:
# losses against virtual time.
# The environment may set
#
#   TACIT_RUN   the program                           tacit-run, else build/bin/tacit-run
#   COUNT       images to train on                    4000
#   EPOCHS      times through them, in gradients      4
#   NETWORK     the simulated network                 latency=50us bandwidth=10Gbit
#   COMPUTE     what computing a step takes on it     compute=10ms slow=3:4
#   CRASH       who is killed, and before which step  crash=1@60
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1-$here/../../build/asynchronous}
count=${COUNT-4000}
epochs=${EPOCHS-4}
network=${NETWORK-latency=50us bandwidth=10Gbit}
compute=${COMPUTE-compute=10ms slow=3:4}
crash=${CRASH-crash=1@60}
# As many gradients for all, of 16 images each, over all ranks.
gradients=$((epochs * (count / 64) * 4))

run=${TACIT_RUN-}
if [ -z "$run" ]; then
  run=$(command -v tacit-run || echo "$here/../../build/bin/tacit-run")
  if [ ! -x "$run" ]; then
    echo "race.sh: no tacit-run in PATH or build/bin; build it, or name it by TACIT_RUN" >&2
    exit 1
  fi
fi

mkdir -p "$out"

# number KEY: of each line of metrics, the number under the key, or - .
number() {
  awk -v key="\"$1\": *[-+.0-9e]+" '{
    if (match($0, key)) { text = substr($0, RSTART, RLENGTH); sub(/^.*: */, "", text); print text } else print "-"
  }'
}

# train NAME STRATEGY LR FAULTS: writes the metrics of all ranks, a trace, and
# NAME.dat, with a line of virtual seconds and loss for each step of any rank
# in the order of time, losses as means over the last 40 of them; and a line of
# the table.
train() {
  echo "$1: $2 $4" >&2
  rm -f "$out/$1".rank[0123].jsonl
  ended=yes
  "$run" "$here/../mlp/mlp_b16.mlir" --ranks=4 --strategy="$2" --network="$network $compute $4" --timeout=1 \
    --optimizer="sgd{lr=$3}" --data="digits:count=$count" --evaluations="$gradients" --eval-data="train=digits:count=$count" \
    --metrics="$out/$1.jsonl" --metrics-all-ranks --trace="$out/$1.trace.json" >"$out/$1.txt" 2>&1 || ended=no
  # Only who lost a rank, and waits for it, may fail.
  if [ "$ended" = no ] && [ -z "$4" ]; then
    cat "$out/$1.txt" >&2
    exit 1
  fi
  # Exchanges of synchronous SGD end for all at once.
  grep -h '"round"' "$out/$1".rank[0123].jsonl | grep -v '"eval"' >"$out/$1.lines"
  number virtual_seconds <"$out/$1.lines" >"$out/$1.seconds"
  number loss <"$out/$1.lines" | paste -d ' ' "$out/$1.seconds" - | sort -n |
    awk '{ sum += $2; last[NR] = $2; if (NR > 40) sum -= last[NR - 40]; print $1, sum / (NR < 40 ? NR : 40) }' >"$out/$1.dat"
  steps=$(for rank in 0 1 2 3; do grep -c '"round"' "$out/$1.rank$rank.jsonl" || true; done | paste -s -d ' ')
  waiting=$(number wait_seconds <"$out/$1.rank0.jsonl" | awk '$1 != "-" { sum += $1 } END { printf "%.2f", sum }')
  stale=$(number staleness_avg <"$out/$1.lines" | awk '$1 != "-" { sum += $1; n++ } END { if (n) printf "%.1f", sum / n; else print "-" }')
  loss=$(grep -h '"eval"' "$out/$1".jsonl "$out/$1".rank[0123].jsonl 2>/dev/null | tail -n 1 | number loss)
  if [ "$ended" = no ]; then loss=stopped; else loss=$(printf '%.4f' "$loss"); fi
  tail -n 1 "$out/$1.dat" | awk -v name="$1" -v steps="$steps" -v waiting="$waiting" -v stale="$stale" -v loss="$loss" '{
    printf "%-16s %22s %10.2f s %13s s %10s %10s\n", name, steps, $1, waiting, stale, loss
  }' >>"$out/table.txt"
}

printf '%-16s %22s %12s %15s %10s %10s\n' strategy 'steps of ranks 0 to 3' 'virtual time' 'rank 0 waits' staleness loss >"$out/table.txt"
train slow-ssgd ssgd 0.1 ''
# A rank applies each update in full: with 4 of them, at a quarter of the rate.
train slow-dasgd dasgd 0.025 ''
train slow-elastic elastic 0.1 ''
train killed-ssgd ssgd 0.1 "$crash"
train killed-dasgd dasgd 0.025 "$crash"
train killed-elastic elastic 0.1 "$crash"
cat "$out/table.txt"
grep -h 'error\|failed' "$out/killed-ssgd.txt" | head -n 1

if ! command -v gnuplot >/dev/null; then
  echo "No plot: gnuplot is missing; on Debian: apt-get install gnuplot-nox"
  exit 0
fi
(cd "$out" && gnuplot "$here/plot.gp")
echo "Plotted $out/asynchronous.svg"
