"""A model's training step in PyTorch: --mode eager, or compiled (gradient and update in one graph); -last: NHWC."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))
import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", choices=["mlp", "lenet", "char_transformer"], default="mlp")
parser.add_argument("--mode", choices=["eager", "compiled", "compiled-last"], required=True)
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
peer.pin(arguments.threads)

import models_torch
import torch

torch.set_num_threads(arguments.threads)
LR = 0.1
parameters = models_torch.parameters(arguments.model)
x, y = models_torch.batch(arguments.model)
if arguments.mode.endswith("-last"):
    x = x.to(memory_format=torch.channels_last) if x.dim() == 4 else x
    parameters = [t.to(memory_format=torch.channels_last) if t.dim() == 4 else t for t in parameters]
loss = models_torch.loss(arguments.model)

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
