#!/bin/sh
# Trains the MLP on 4 ranks in one process, on a simulated network on which an
# exchange takes four times as long as computing a step: by synchronous SGD, by
# averaging parameters every 2, 8 and 32 steps, and by AdaComm; who is first to
# reach a loss on the images trained on?
#
#   examples/local_updates/race.sh [FOLDER]      build/local_updates by default
#
# FOLDER then holds the metrics of each run, table.txt, and, if gnuplot is
# installed, local_updates.svg: loss against virtual time, and AdaComm's period.
# The environment may set
#
#   TACIT_RUN   the program                          tacit-run, else build/bin/tacit-run
#   COUNT       images to train on                   8000
#   EPOCHS      times through them, at most          6
#   TARGET      the loss to reach                    0.12
#   EVERY       steps between two evaluations        32
#   NETWORK     the simulated network                latency=50us bandwidth=1Gbit
#   COMPUTE     what computing a step takes on it    8.05, in milliseconds
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1-$here/../../build/local_updates}
count=${COUNT-8000}
epochs=${EPOCHS-6}
target=${TARGET-0.12}
every=${EVERY-32}
network=${NETWORK-latency=50us bandwidth=1Gbit}
compute=${COMPUTE-8.05}

run=${TACIT_RUN-}
if [ -z "$run" ]; then
  run=$(command -v tacit-run || echo "$here/../../build/bin/tacit-run")
  if [ ! -x "$run" ]; then
    echo "race.sh: no tacit-run in PATH or build/bin; build it, or name it by TACIT_RUN" >&2
    exit 1
  fi
fi

mkdir -p "$out"

# train NAME STRATEGY PERIOD: writes NAME.jsonl, and NAME.dat with a line of
# virtual seconds, seconds, step, bytes sent and loss for each evaluation.
train() {
  echo "$2" >&2
  rounds=$((every / $3))
  if [ "$rounds" -lt 1 ]; then rounds=1; fi
  if ! "$run" "$here/../mlp/mlp_b16.mlir" --ranks=4 --strategy="$2" --network="$network compute=${compute}ms" \
    --data="digits:count=$count" --epochs="$epochs" --stop-at-loss="train:$target" \
    --eval-data="train=digits:count=$count" --eval-every="$rounds" \
    --metrics="$out/$1.jsonl" >"$out/$1.txt" 2>&1; then
    cat "$out/$1.txt" >&2
    exit 1
  fi
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
    /^\{"eval"/ { print number("virtual_seconds"), number("seconds"), number("step"), number("bytes_sent"), number("loss") }
  ' "$out/$1.jsonl" >"$out/$1.dat"
}

train ssgd 'ssgd' 1
train pasgd-2 'pasgd{period=2}' 2
train pasgd-8 'pasgd{period=8}' 8
train pasgd-32 'pasgd{period=32}' 32
train adacomm 'adacomm{initial-period=32}' 32
runs='ssgd pasgd-2 pasgd-8 pasgd-32 adacomm'

# Each round of adacomm: the virtual time at its end, and its period.
sed -n 's/.*"virtual_seconds": \([-+.0-9e]*\),.*"tau": \([0-9]*\).*/\1 \2/p' "$out/adacomm.jsonl" >"$out/adacomm.tau"

synchronous=$(tail -n 1 "$out/ssgd.dat" | cut -d ' ' -f 1)
{
  printf '%-9s %6s %12s %11s %11s %15s %9s %14s\n' \
    strategy steps 'virtual time' computing exchanging 'bytes per rank' loss 'ssgd takes'
  for name in $runs; do
    tail -n 1 "$out/$name.dat" | awk -v name="$name" -v synchronous="$synchronous" -v target="$target" -v compute="$compute" '{
      computing = $3 * compute / 1000
      printf "%-9s %6d %10.2f s %9.2f s %9.2f s %15.0f %9.4f %8.3g times%s\n", name, $3, $1, computing, $1 - computing, $4, $5,
        synchronous / $1, $5 <= target ? "" : ", not there"
    }'
  done
} | tee "$out/table.txt"

if ! command -v gnuplot >/dev/null; then
  echo "No plot: gnuplot is missing; on Debian: apt-get install gnuplot-nox"
  exit 0
fi
(cd "$out" && gnuplot "$here/plot.gp")
echo "Plotted $out/local_updates.svg"
