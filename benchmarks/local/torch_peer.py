"""One rank of post-local SGD in PyTorch (the MLP 784-512-512-10, gloo), which steps when told to.

The first rank reads lines `go MODE STEPS`, and answers each with the seconds that the steps took, as JSON: a list of rounds. Modes:

    none             no exchange
    post_local       PostLocalSGDOptimizer with a PeriodicModelAverager of --period, from the first step on
    all_reduce       the same by hand: parameters as views of one flat tensor, which is all-reduced and divided every --period steps
    all_reduce_bf16  by how much that tensor has changed since the last time, in bfloat16; what is rounded off is lost
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import torch_rank

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--period", type=int, default=8)
parser.add_argument("--batch", type=int, default=64)
arguments = parser.parse_args()
torch = torch_rank.begin()
import torch.distributed as dist
import torch.nn.functional as F
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.distributed.optim import PostLocalSGDOptimizer

ranks = dist.get_world_size()
MODES = ["none", "post_local", "all_reduce", "all_reduce_bf16"]
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
    net = torch_rank.make_mlp()
    flat = flatten(net) if mode.startswith("all_reduce") else None
    anchor = flat.clone() if mode == "all_reduce_bf16" else None
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
        if flat is None or done % arguments.period:
            return
        if anchor is None:
            dist.all_reduce(flat)
            flat.div_(ranks)
        else:
            change = (anchor - flat).to(torch.bfloat16)
            dist.all_reduce(change)
            anchor.sub_(change, alpha=1 / ranks)
            flat.copy_(anchor)

    return step


torch_rank.serve({mode: make_step(mode) for mode in MODES}, warm_up=2 * arguments.period, again=arguments.period,
                 steps_of_round=arguments.period)
