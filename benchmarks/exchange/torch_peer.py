"""One rank of data-parallel training in PyTorch (the MLP 784-512-512-10, gloo), which steps when told to.

The first rank reads lines `go MODE STEPS`, and answers each with the times of the steps as JSON. Modes:

    none              no exchange
    dense             DistributedDataParallel as it is
    topk              top-k with error feedback in a communication hook, for each bucket: the residual and the gradient added, the k
                      largest, an all-gather of values and one of indices (int32), and the sum of what all ranks sent
    topk_one_bucket   the same with all gradients in one bucket: one selection and two all-gathers a step
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import torch_rank

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--density", type=float, default=0.001)
parser.add_argument("--batch", type=int, default=64)
arguments = parser.parse_args()
torch = torch_rank.begin()
import torch.distributed as dist
import torch.nn.functional as F

ranks = dist.get_world_size()
MODES = ["none", "dense", "topk", "topk_one_bucket"]
x, y = torch.rand(arguments.batch, 784), torch.randint(10, (arguments.batch,))


def exchange_largest(residuals, bucket):
    acc = residuals.get(bucket.index())
    gradient = bucket.buffer()
    if acc is None or acc.numel() != gradient.numel():  # buckets are laid out anew after the first step
        acc = residuals[bucket.index()] = torch.zeros_like(gradient)
    acc.add_(gradient)
    k = max(1, round(arguments.density * acc.numel()))
    indices = torch.topk(acc.abs(), k, sorted=False).indices
    values = acc[indices]
    acc[indices] = 0
    narrow = indices.to(torch.int32)
    all_values = [torch.empty_like(values) for _ in range(ranks)]
    all_indices = [torch.empty_like(narrow) for _ in range(ranks)]
    waits = [dist.all_gather(all_values, values, async_op=True), dist.all_gather(all_indices, narrow, async_op=True)]
    for wait in waits:
        wait.wait()
    gradient.zero_()
    for some, where in zip(all_values, all_indices):
        gradient.index_add_(0, where, some)
    gradient.div_(ranks)
    done = torch.futures.Future()
    done.set_result(gradient)
    return done


def make_step(mode):
    net = torch_rank.make_mlp()
    trained = net
    if mode != "none":
        trained = torch.nn.parallel.DistributedDataParallel(
            net, gradient_as_bucket_view=True, bucket_cap_mb=100 if mode == "topk_one_bucket" else None)
    if mode.startswith("topk"):
        trained.register_comm_hook({}, exchange_largest)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=False)
        F.cross_entropy(trained(x), y).backward()
        optimizer.step()

    return step


torch_rank.serve({mode: make_step(mode) for mode in MODES}, warm_up=10, again=3)
