"""The MLP's training step in PyTorch: --mode eager, or compiled (gradient and update in one graph)."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--mode", choices=["eager", "compiled"], required=True)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
peer.pin(arguments.threads)

import torch
import torch.nn.functional as F

torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
SIZES = [784, 512, 512, 10]
LR = 0.1
weights = [torch.randn(m, n) * (2.0 / m) ** 0.5 for m, n in zip(SIZES, SIZES[1:])]
biases = [torch.zeros(n) for n in SIZES[1:]]
parameters = [tensor for pair in zip(weights, biases) for tensor in pair]
x, y = torch.rand(64, 784), torch.randint(10, (64,))


def loss(p, x, y):
    x = F.relu(torch.addmm(p[1], x, p[0]))
    x = F.relu(torch.addmm(p[3], x, p[2]))
    return F.cross_entropy(torch.addmm(p[5], x, p[4]), y)


if arguments.mode == "eager":
    parameters = [tensor.requires_grad_() for tensor in parameters]
    optimizer = torch.optim.SGD(parameters, lr=LR, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(parameters, x, y).backward()
        optimizer.step()
else:
    gradient = torch.func.grad_and_value(loss)

    def update(p, x, y):
        gradients, value = gradient(p, x, y)
        for tensor, g in zip(p, gradients):
            tensor.sub_(g, alpha=LR)
        return value

    compiled = torch.compile(update, fullgraph=True, options={"cpp_wrapper": True})

    def step():
        with torch.no_grad():
            compiled(parameters, x, y)


peer.serve(step, version="torch " + torch.__version__)
