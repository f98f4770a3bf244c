#!/usr/bin/env python3
"""What asynchronous strategies cost and gain: in virtual time, and between processes.

    benchmarks/asynchronous/run.py race         dasgd and elastic beside synchronous SGD where ranks compute at different speeds
    benchmarks/asynchronous/run.py sweep        beta, max-delay, max-staleness, lost messages, lost ranks, rows by label, buckets
    benchmarks/asynchronous/run.py necessity    a quadratic of one parameter, with views held at a distance, and with late messages
    benchmarks/asynchronous/run.py throughput   messages and updates per second between processes, beside a plain MPI ping-pong
    benchmarks/asynchronous/run.py apply        applying updates, beside memory's speed
    benchmarks/asynchronous/run.py slow         what a slow process costs the others
    benchmarks/asynchronous/run.py progress     a message while a rank computes: nobody looks, it polls, or a thread does

Each says more with --help. Virtual time does not depend on the machine, nor on its load; the last four do.
"""

import argparse
import pathlib

import apply
import necessity
import progress
import race
import slow
import sweep
import throughput

HERE = pathlib.Path(__file__).resolve().parent

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(required=True, metavar="COMMAND")
for name, module in (("race", race), ("sweep", sweep), ("necessity", necessity), ("throughput", throughput),
                     ("apply", apply), ("slow", slow), ("progress", progress)):
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
