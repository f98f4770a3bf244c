#!/usr/bin/env python3
"""What exchanges cost: between nodes of an emulated cluster, and in virtual time.

    benchmarks/exchange/run.py links     exchanges beside what latency and bandwidth predict
    benchmarks/exchange/run.py step      training steps of the MLP beside PyTorch's
    benchmarks/exchange/run.py models    steps of the gTop-k paper's models, in virtual time

Each says more with --help. The emulated cluster (common/cluster.sh) needs root, and is skipped without. More nodes than the machine has
cores measure the cores: for those there is virtual time, which is marked as such.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))

import links
import models
import step

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(required=True, metavar="COMMAND")
for name, module in (("links", links), ("step", step), ("models", models)):
    command = commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
    module.add_arguments(command)
    command.set_defaults(main=module.main)
arguments = parser.parse_args()
try:
    arguments.main(arguments)
except LookupError as reason:
    print(reason)
