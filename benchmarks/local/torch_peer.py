"""One rank of post-local SGD in PyTorch (the MLP 784-512-512-10, gloo), which steps when told to.

The first rank reads lines `go MODE STEPS`, and answers each with the seconds that the steps took, as JSON: a list of rounds. Modes:

    none        no exchange
    post_local  PostLocalSGDOptimizer with a PeriodicModelAverager of --period, from the first step on
    all_reduce  the same by hand: parameters as views of one flat tensor, which is all-reduced and divided every --period steps

RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are those of torchrun. `benchmarks/exchange/cluster.sh each` sets them.
"""

import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--period", type=int, default=8)
parser.add_argument("--batch", type=int, default=64)
arguments = parser.parse_args()
# Ranks share cores as it is: one thread each.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.distributed.optim import PostLocalSGDOptimizer

torch.set_num_threads(1)
torch.manual_seed(0)
dist.init_process_group("gloo")
rank, ranks = dist.get_rank(), dist.get_world_size()
MODES = ["none", "post_local", "all_reduce"]
x, y = torch.rand(arguments.batch, 784), torch.randint(10, (arguments.batch,))


def flatten(net):
    """Makes the parameters views of one tensor, which it returns."""
    flat = torch.cat([p.detach().reshape(-1) for p in net.parameters()])
    begin = 0
    for p in net.parameters():
        p.data = flat[begin:begin + p.numel()].view_as(p)
        begin += p.numel()
    return flat


def make_step(mode):
    net = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
                              torch.nn.Linear(512, 10))
    flat = flatten(net) if mode == "all_reduce" else None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, fused=True)
    if mode == "post_local":
        optimizer = PostLocalSGDOptimizer(optimizer, PeriodicModelAverager(period=arguments.period, warmup_steps=0))
    done = 0

    def step():
        nonlocal done
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        done += 1
        if flat is not None and done % arguments.period == 0:
            dist.all_reduce(flat)
            flat.div_(ranks)

    return step


steps = {mode: make_step(mode) for mode in MODES}
for mode in MODES:
    for _ in range(2 * arguments.period):
        steps[mode]()
dist.barrier()
if rank == 0:
    print("ready " + json.dumps({"version": torch.__version__}), flush=True)
while True:
    order = torch.tensor([-1, 0])
    if rank == 0:
        words = sys.stdin.readline().split()
        if words:
            order = torch.tensor([MODES.index(words[1]), int(words[2])])
    dist.broadcast(order, 0)
    if order[0] < 0:
        break
    step, times = steps[MODES[order[0]]], []
    for _ in range(arguments.period):
        step()
    last = time.perf_counter()
    for _ in range(int(order[1]) // arguments.period):
        for _ in range(arguments.period):
            step()
        now = time.perf_counter()
        times.append(now - last)
        last = now
    if rank == 0:
        print(json.dumps(times), flush=True)
dist.destroy_process_group()
