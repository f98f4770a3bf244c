#!/bin/bash
# Emulates a cluster on one machine: a network namespace per node, on a bridge, each link shaped in both directions.
#
#   cluster.sh up NODES [RATE]      builds it; RATE is tc's, 1gbit by default
#   cluster.sh exec NODES CMD...    runs one rank of CMD per node, under Open MPI over TCP
#   cluster.sh each NODES CMD...    runs one process of CMD per node, without MPI: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say
#                                   who is who, as torchrun does; the first has this command's standard input and output
#   cluster.sh down                 takes it down; nothing is left
#   cluster.sh with NODES RATE CMD...   up, CMD (a command of this machine, not of the nodes), and always down
#
# Needs root, ip, tc, unshare and mpirun.openmpi; without them it says so and returns 77, which test drivers call skipped.
set -u
self=$(readlink -f "$0")
lab=${TACIT_CLUSTER:-tacitx}
subnet=10.79.0
burst=${TACIT_CLUSTER_BURST:-32768} # bytes
# Open MPI sends longer messages only when the receiver has answered, and then in parts for which both sides must look in: where
# ranks share cores that costs more than the copy it saves. Its own limit for TCP is 65536.
eager=${TACIT_CLUSTER_EAGER:-1048576}

skip() { echo "skipped: $1" >&2; exit 77; }

# Leaves nothing of what it has built.
give_up() { down; skip "$1"; }

check() {
  [ "$(id -u)" = 0 ] || skip "an emulated cluster needs root"
  for program in ip tc unshare mpirun.openmpi; do
    command -v $program >/dev/null || skip "an emulated cluster needs $program"
  done
}

up() {
  local nodes=$1 rate=${2:-1gbit} node piece=$((burst > 66560 ? 65536 : burst - 1024))
  check
  down
  ip link add ${lab}br type bridge || give_up "cannot make a network bridge here"
  ip addr add $subnet.254/24 dev ${lab}br && ip link set ${lab}br up || return 1
  for ((node = 0; node < nodes; node++)); do
    ip netns add $lab$node || give_up "cannot make network namespaces here"
    ip link add ${lab}v$node type veth peer name eth0 netns $lab$node &&
      ip link set ${lab}v$node master ${lab}br up &&
      ip -n $lab$node addr add $subnet.$((node + 1))/24 dev eth0 &&
      ip -n $lab$node link set eth0 up &&
      ip -n $lab$node link set lo up || return 1
    # A token bucket each way: what the node sends, and what the switch sends to it. The bucket is so small that a message of
    # some KiB takes its time, too, and so are the pieces in which the stack hands messages on: the bucket would cut larger ones.
    ip -n $lab$node link set eth0 gso_max_size $piece gro_max_size $piece &&
      ip link set ${lab}v$node gso_max_size $piece gro_max_size $piece &&
      ip netns exec $lab$node tc qdisc add dev eth0 root tbf rate $rate burst $burst latency 100ms &&
      tc qdisc add dev ${lab}v$node root tbf rate $rate burst $burst latency 100ms ||
      give_up "cannot shape traffic here: tc qdisc tbf"
  done
}

down() {
  local name
  for name in $(ip netns list 2>/dev/null | awk '{print $1}' | grep -E "^$lab[0-9]+\$"); do
    ip netns del $name
  done
  for name in $(ip -o link 2>/dev/null | sed -nE "s/^[0-9]+: (${lab}(br|v[0-9]+))[@:].*/\1/p"); do
    ip link del $name 2>/dev/null
  done
  return 0
}

# What Open MPI calls instead of ssh: agent NODE COMMAND. A host name of its own keeps it from talking through memory.
agent() {
  local node=$1
  shift
  exec ip netns exec "$node" unshare --uts bash -c "hostname $node; exec bash -c \"\$0\"" "$*"
}

run() {
  local nodes=$1 node hosts=
  shift
  check
  for ((node = 0; node < nodes; node++)); do
    [ -e /run/netns/$lab$node ] || { echo "no node $lab$node: say '$self up $nodes' first" >&2; exit 1; }
    hosts+=,$lab$node
  done
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  mpirun.openmpi --mca plm rsh --mca plm_rsh_agent "$self agent" --mca plm_rsh_no_tree_spawn 1 \
    --mca btl tcp,self --mca btl_tcp_eager_limit "$eager" --mca btl_tcp_if_include $subnet.0/24 --mca oob_tcp_if_include $subnet.0/24 \
    -x OMPI_ALLOW_RUN_AS_ROOT -x OMPI_ALLOW_RUN_AS_ROOT_CONFIRM --bind-to none --host ${hosts#,} -n "$nodes" "$@" </dev/null
}

each() {
  local nodes=$1 node status=0 processes=()
  shift
  check
  export WORLD_SIZE=$nodes MASTER_ADDR=$subnet.1 MASTER_PORT=${MASTER_PORT:-29555} GLOO_SOCKET_IFNAME=eth0
  for ((node = nodes - 1; node > 0; node--)); do
    RANK=$node ip netns exec $lab$node "$@" </dev/null >/dev/null &
    processes+=($!)
  done
  # If the first one ends, nobody is left whom the others could wait for.
  trap 'kill "${processes[@]}" 2>/dev/null' EXIT
  RANK=0 ip netns exec ${lab}0 "$@" || exit
  for node in "${processes[@]}"; do wait "$node" || status=$?; done
  exit $status
}

with() {
  local nodes=$1 rate=$2
  shift 2
  trap down EXIT
  up "$nodes" "$rate" || exit 1
  "$@"
}

case ${1:-} in
up) up "$2" "${3:-1gbit}" || { down; exit 1; } ;;
down) check; down ;;
exec) shift; run "$@" ;;
each) shift; each "$@" ;;
with) shift; with "$@" ;;
agent) shift; agent "$@" ;;
*) sed -n '2,11s/^# \{0,1\}//p' "$self"; exit 2 ;;
esac
