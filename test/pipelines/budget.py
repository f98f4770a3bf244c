"""Counts what models become on their way to a program, and compares with a budget: what it costs to compile them.

    budget.py TACIT_OPT SOURCE_ROOT

Models are examples/mlp and, where TACIT_GRAPHS names the folder of the larger exported graphs, those. A count may be below its
budget, never above. Lower the budget with what lowers a count, so that the gain stays.
"""

import os
import pathlib
import re
import subprocess
import sys

TOOL, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])

# Of each model: calls of kernels and the distinct kernels, products, convolutions, operations of LLVM's dialect.
BUDGET = {
    "mlp": dict(calls=24, kernels=16, gemms=11, convolutions=0, llvm=4800),
    "lenet": dict(calls=41, kernels=32, gemms=8, convolutions=7, llvm=9900),
    "char_transformer": dict(calls=206, kernels=63, gemms=55, convolutions=0, llvm=25200),
}


def count(model):
    run = subprocess.run(
        [TOOL, str(model), "--tacit-train=strategy=ssgd", "--tacit-to-cpu", "--mlir-print-ir-after=tacit-outline-kernels"],
        capture_output=True, text=True, check=True)
    kernels, llvm = run.stderr, run.stdout
    called = re.findall(r"\bcall @([^(]+)\(", kernels)
    return dict(calls=len(called), kernels=len(set(called)), gemms=len(re.findall(r"\btacit\.gemm ", kernels)),
                convolutions=len(re.findall(r"\btacit\.convolution ", kernels)), llvm=len(re.findall(r"\bllvm\.", llvm)))


models = {"mlp": ROOT / "examples" / "mlp" / "mlp.mlir"}
if graphs := os.environ.get("TACIT_GRAPHS"):
    models |= {name: pathlib.Path(graphs) / name / "value_and_grad.mlir" for name in ("lenet", "char_transformer")}
failed = False
for name, model in models.items():
    found = count(model)
    print(name, found)
    for what, number in found.items():
        if number > BUDGET[name][what]:
            failed = True
            print(f"{name}: {number} {what}, where the budget is {BUDGET[name][what]}")
sys.exit(failed)
