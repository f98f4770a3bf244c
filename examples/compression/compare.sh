#!/bin/sh
# Trains the MLP on 4 ranks in one process, with gradients exchanged whole, by
# Top-k and by gTop-k, and compares what it costs:
#
#   examples/compression/compare.sh [FOLDER]      build/compression by default
#
# FOLDER then holds the metrics of each run, table.txt, and, if gnuplot is
# installed, compression.svg: loss against bytes sent. The environment may set
#
#   TACIT_RUN   the program                      tacit-run, else build/bin/tacit-run
#   COUNT       images to train on               8000
#   EPOCHS      times through them               4
#   EVERY       rounds between two evaluations   25
#   EVALUATE    images to evaluate on            2000
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1-$here/../../build/compression}
count=${COUNT-8000}
epochs=${EPOCHS-4}
every=${EVERY-25}
evaluate=${EVALUATE-2000}

run=${TACIT_RUN-}
if [ -z "$run" ]; then
  run=$(command -v tacit-run || echo "$here/../../build/bin/tacit-run")
  if [ ! -x "$run" ]; then
    echo "compare.sh: no tacit-run in PATH or build/bin; build it, or name it by TACIT_RUN" >&2
    exit 1
  fi
fi

mkdir -p "$out"

# train NAME STRATEGY: writes NAME.jsonl.
train() {
  echo "$2" >&2
  if ! "$run" "$here/../mlp/mlp_b16.mlir" --ranks=4 --strategy="$2" \
    --data="digits:count=$count" --epochs="$epochs" \
    --eval-data="digits:count=$evaluate,seed=1" --eval-every="$every" \
    --metrics="$out/$1.jsonl" >"$out/$1.txt" 2>&1; then
    cat "$out/$1.txt" >&2
    exit 1
  fi
}

train ssgd 'ssgd'
train topk-0.01 'topk{density=0.01}'
train topk-0.001 'topk{density=0.001}'
train gtopk-0.01 'gtopk{density=0.01}'
train gtopk-0.001 'gtopk{density=0.001}'
runs='ssgd topk-0.01 topk-0.001 gtopk-0.01 gtopk-0.001'

# A line of JSON per evaluation becomes: bytes sent, loss, accuracy.
for name in $runs; do
  awk '
    function number(key) {
      if (!match($0, "\"" key "\": *[-+.0-9e]+")) {
        print FILENAME ": an evaluation without " key > "/dev/stderr"
        exit 1
      }
      text = substr($0, RSTART, RLENGTH)
      sub(/^.*: */, "", text)
      return text
    }
    /^\{"eval"/ { print number("bytes_sent"), number("loss"), number("accuracy") }
  ' "$out/$name.jsonl" >"$out/$name.dat"
done

dense=$(tail -n 1 "$out/ssgd.dat" | cut -d ' ' -f 1)
{
  printf '%-12s %9s %15s %12s\n' strategy accuracy 'bytes per rank' 'ssgd sends'
  for name in $runs; do
    tail -n 1 "$out/$name.dat" | awk -v name="$name" -v dense="$dense" \
      '{ printf "%-12s %8.2f%% %15.0f %8.4g times\n", name, 100 * $3, $1, dense / $1 }'
  done
} | tee "$out/table.txt"

if ! command -v gnuplot >/dev/null; then
  echo "No plot: gnuplot is missing; on Debian: apt-get install gnuplot-nox"
  exit 0
fi
(cd "$out" && gnuplot "$here/plot.gp")
echo "Plotted $out/compression.svg"
