"""The first rank's side of torch_ranks.py: ranks of data-parallel training in PyTorch that step when told to.

RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are those of torchrun. `cluster.sh each` sets them.
"""

import json
import os
import sys
import time


def begin():
    """One thread for this rank, and its process group, over gloo. Call before importing torch elsewhere. Returns torch."""
    # Ranks share cores as it is: one thread each.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    import torch
    import torch.distributed

    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.distributed.init_process_group("gloo")
    return torch


def make_mlp():
    """The MLP 784-512-512-10."""
    import torch

    return torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
                               torch.nn.Linear(512, 10))


def serve(steps, warm_up, again, steps_of_round=1):
    """Runs `steps`, functions by the name of their mode, on request, and answers with the seconds of each round of steps.

    Each runs `warm_up` times at first, and `again` times before it is timed.
    """
    import torch
    import torch.distributed as dist

    modes = list(steps)
    for mode in modes:
        for _ in range(warm_up):
            steps[mode]()
    dist.barrier()
    rank = dist.get_rank()
    if rank == 0:
        print("ready " + json.dumps({"version": torch.__version__}), flush=True)
    while True:
        order = torch.tensor([-1, 0])
        if rank == 0:
            words = sys.stdin.readline().split()
            if words:
                order = torch.tensor([modes.index(words[1]), int(words[2])])
        dist.broadcast(order, 0)
        if order[0] < 0:
            break
        step, times = steps[modes[order[0]]], []
        for _ in range(again):
            step()
        last = time.perf_counter()
        for _ in range(int(order[1]) // steps_of_round):
            for _ in range(steps_of_round):
                step()
            now = time.perf_counter()
            times.append(now - last)
            last = now
        if rank == 0:
            print(json.dumps(times), flush=True)
    dist.destroy_process_group()
