#!/usr/bin/env python3
"""What local updates cost and gain: in virtual time, and between nodes of an emulated cluster.

    benchmarks/local/run.py model    speed-ups of periods beside what the ratio of exchange and computation predicts
    benchmarks/local/run.py race     strategies race to a loss in virtual time, and for the lowest loss in a given one
    benchmarks/local/run.py real     strategies race to a loss in real time, between nodes of an emulated cluster
    benchmarks/local/run.py sweep    fixed periods where computing varies: loss against time, floors, and the closed form's period
    benchmarks/local/run.py labels   strategies where each rank has rows of a few classes
    benchmarks/local/run.py step     local steps beside one-rank steps, averaging beside bandwidth, and steps beside PyTorch's

Each says more with --help. Virtual time does not depend on the machine, nor on its load; `real` and `step` do.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))

import labels
import model
import race
import real
import step
import sweep

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(required=True, metavar="COMMAND")
for name, module in (("model", model), ("race", race), ("real", real), ("sweep", sweep),
                     ("labels", labels), ("step", step)):
    command = commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--build", default=HERE.parent.parent / "build", type=pathlib.Path)
    command.add_argument("--out", type=pathlib.Path, help="writes the figures as JSON")
    module.add_arguments(command)
    command.set_defaults(main=module.main)
arguments = parser.parse_args()
if not (arguments.build / "bin" / "tacit-run").exists():
    parser.error(f"no {arguments.build / 'bin' / 'tacit-run'}: build tacit-run, or name another folder by --build")
try:
    arguments.main(arguments)
except LookupError as reason:
    print(reason)
