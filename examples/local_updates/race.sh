#!/bin/sh
# Trains the MLP on 4 ranks in one process, on a simulated network on which an
# exchange takes four times as long as computing a step does on average: by
# synchronous SGD, by averaging parameters every 2, 8 and 32 steps, and by
# AdaComm; who is first to reach a loss on the images trained on?
#
#   examples/local_updates/race.sh [FOLDER]      build/local_updates by default
#
# FOLDER then holds the metrics of each run, table.txt, and, if gnuplot is
# installed, local_updates.svg: loss against virtual and real time, AdaComm's
# period, and what part of the time ranks compute, exchange and wait.
# The environment may set
#
#   TACIT_RUN   the program                          tacit-run, else build/bin/tacit-run
#   COUNT       images to train on                   8000
#   EPOCHS      times through them, at most          6
#   TARGET      the loss to reach                    0.12
#   EVERY       steps between two evaluations        32
#   NETWORK     the simulated network                latency=50us bandwidth=1Gbit
#   COMPUTE     what computing a step takes on it    compute=4ms straggler=exponential{mean=4ms}
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1-$here/../../build/local_updates}
count=${COUNT-8000}
epochs=${EPOCHS-6}
target=${TARGET-0.12}
every=${EVERY-32}
network=${NETWORK-latency=50us bandwidth=1Gbit}
compute=${COMPUTE-compute=4ms straggler=exponential{mean=4ms\}}

run=${TACIT_RUN-}
if [ -z "$run" ]; then
  run=$(command -v tacit-run || echo "$here/../../build/bin/tacit-run")
  if [ ! -x "$run" ]; then
    echo "race.sh: no tacit-run in PATH or build/bin; build it, or name it by TACIT_RUN" >&2
    exit 1
  fi
fi

mkdir -p "$out"

# numbers LINES KEY... FILE...: of each line of metrics that LINES matches, the
# numbers under these keys, a line.
numbers() {
  lines=$1
  keys=
  shift
  while [ "${1#*/}" = "$1" ]; do keys="$keys $1" && shift; done
  awk -v lines="$lines" -v keys="$keys" '
    BEGIN { count = split(keys, key, " ") }
    $0 ~ lines {
      for (i = 1; i <= count; ++i) {
        if (!match($0, "\"" key[i] "\": *[-+.0-9e]+")) {
          print FILENAME ": a line without " key[i] > "/dev/stderr"
          exit 1
        }
        text = substr($0, RSTART, RLENGTH)
        sub(/^.*: */, "", text)
        printf "%s%s", text, i < count ? " " : "\n"
      }
    }' "$@"
}

# train NAME STRATEGY PERIOD: writes metrics of all ranks; NAME.dat with a line
# of virtual seconds, seconds, step, bytes sent and loss for each evaluation;
# and NAME.parts, the mean over ranks of the virtual seconds in which a rank
# computes, exchanges and waits.
train() {
  echo "$2" >&2
  rounds=$((every / $3))
  if [ "$rounds" -lt 1 ]; then rounds=1; fi
  if ! "$run" "$here/../mlp/mlp_b16.mlir" --ranks=4 --strategy="$2" --network="$network $compute" \
    --data="digits:count=$count" --epochs="$epochs" --stop-at-loss="train:$target" \
    --eval-data="train=digits:count=$count" --eval-every="$rounds" \
    --metrics="$out/$1.jsonl" --metrics-all-ranks >"$out/$1.txt" 2>&1; then
    cat "$out/$1.txt" >&2
    exit 1
  fi
  numbers '^[{]"eval"' virtual_seconds seconds step bytes_sent loss "$out/$1.jsonl" >"$out/$1.dat"
  # What an exchange takes has the waiting in it.
  numbers '^[{]"rank"' compute_seconds exchange_seconds wait_seconds "$out/$1".rank[0123].jsonl >"$out/$1.times"
  awk '{ c += $1; e += $2 - $3; w += $3 } END { print c / 4, e / 4, w / 4 }' "$out/$1.times" >"$out/$1.parts"
}

train ssgd 'ssgd' 1
train pasgd-2 'pasgd{period=2}' 2
train pasgd-8 'pasgd{period=8}' 8
train pasgd-32 'pasgd{period=32}' 32
train adacomm 'adacomm{initial-period=32}' 32
runs='ssgd pasgd-2 pasgd-8 pasgd-32 adacomm'

# Each round of adacomm: the virtual time at its end, and its period.
numbers '^[{]"rank"' virtual_seconds tau "$out/adacomm.jsonl" >"$out/adacomm.tau"

synchronous=$(tail -n 1 "$out/ssgd.dat" | cut -d ' ' -f 1)
{
  printf '%-9s %6s %12s %11s %11s %9s %15s %9s %14s\n' \
    strategy steps 'virtual time' computing exchanging waiting 'bytes per rank' loss 'ssgd takes'
  for name in $runs; do
    tail -n 1 "$out/$name.dat" | paste -d ' ' - "$out/$name.parts" | awk -v name="$name" -v synchronous="$synchronous" -v target="$target" '{
      printf "%-9s %6d %10.2f s %9.2f s %9.2f s %7.2f s %15.0f %9.4f %8.3g times%s\n", name, $3, $1, $6, $7, $8, $4, $5,
        synchronous / $1, $5 <= target ? "" : ", not there"
    }'
  done
} | tee "$out/table.txt"
for name in $runs; do echo "$name $(cat "$out/$name.parts")"; done >"$out/parts.dat"

if ! command -v gnuplot >/dev/null; then
  echo "No plot: gnuplot is missing; on Debian: apt-get install gnuplot-nox"
  exit 0
fi
(cd "$out" && gnuplot "$here/plot.gp")
echo "Plotted $out/local_updates.svg"
