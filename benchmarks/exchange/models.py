"""Steps of the gTop-k paper's models, in virtual time: nothing here is measured on a network.

A step is computation, then selection, then the exchange, nothing overlapped. Each part:

    exchange     Tacit's exchange runs among P simulated ranks: all of the vector's elements if it is dense, and the k entries
                 of synthetic gradients if it is sparse. The formula of the latency-bandwidth model is printed beside it.
    merging      what the ranks' arithmetic takes on this machine, per rank, added to a sparse step (a dense one hides it)
    selection    nanoseconds per element of Tacit's exact top-k with error feedback, measured in this run at 10 million elements
                 on one thread; or --select-ns
    computation  of an iteration, by model; or --model NAME=ELEMENTS:MILLISECONDS

Constants of the network: 0.436 ms latency, 3.6e-5 ms per element of 4 bytes (Shi et al., "A Distributed Synchronous SGD Algorithm
with Global Top-k Sparsification for Low Bandwidth Networks", ICDCS 2019, arXiv:1901.04359), then the same latency with other
bandwidths. Parameters: VGG-16 for CIFAR-10 with batch normalization and one dense layer of 512, 14,728,266; ResNet-20 for
CIFAR-10, 269,722 (He et al. 2016); AlexNet, 61,100,840 (Krizhevsky 2014's variant); ResNet-50, 25,557,032 (He et al. 2016);
LSTM-PTB, two layers of 1,500 units with an embedding and an output of 10,000 words, 66,034,000 (Zaremba et al. 2014).
Computation: what the paper's authors plot for one iteration on their graphics cards (github.com/hclhkbu/gtopkssgd,
scripts/icdcs2019/communication.py): 139.5, 146.0, 257.2 and 4,882 ms, the last of a batch of 256 in 16 parts. For LSTM-PTB they
give only 392 samples/s of one card: with the batch of 20 of their configuration, 51 ms, an assumption. Published ratios: from
the throughputs with 32 workers in the same file.
"""

import json
import pathlib
import shlex
import statistics
import subprocess

import cluster
from formula import kept, predicted

# name: elements, milliseconds of computation, published dense/gtopk and topk/gtopk at 32 workers
MODELS = {
    "VGG-16": (14728266, 139.5, 9.78, 1.96),
    "ResNet-20": (269722, 146.0, 2.74, 1.13),
    "AlexNet": (61100840, 257.2, 12.79, 1.71),
    "ResNet-50": (25557032, 4882.0, 3.65, 1.28),
    "LSTM-PTB": (66034000, 51.0, 5.14, 2.0),
}
ALGORITHMS = ["dense", "all_gather", "gtopk", "ok_topk"]
PAPER = 4 / 3.6e-8  # bytes per second


def numbers(kind):
    return lambda text: [kind(part) for part in text.split(",") if part]


def add_arguments(parser):
    parser.add_argument("--ranks", type=numbers(int), default=[8, 16, 32])
    parser.add_argument("--density", type=float, default=0.001)
    parser.add_argument("--latency", type=float, default=0.436, help="milliseconds")
    parser.add_argument("--gbit", type=numbers(float), default=[0.1, 1, 10, 25, 100], help="bandwidths beside the paper's 0.89")
    parser.add_argument("--select-ns", type=float, help="per element; measured if not given")
    parser.add_argument("--model", action="append", metavar="NAME=ELEMENTS:MILLISECONDS", help="instead of the paper's; repeat")
    parser.add_argument("--out", type=pathlib.Path)


def measure_selection(arguments):
    """Nanoseconds per element of a step of top-k with error feedback."""
    program = arguments.build / "bin" / "tacit-compress-benchmark"
    if not program.exists():
        raise LookupError(f"no {program}: build the target benchmarks, or give --select-ns")
    elements, seconds = 10**7, []
    with subprocess.Popen(shlex.split(f"{program} --elements={elements} --density={arguments.density}"), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        while not process.stdout.readline().startswith("ready "):
            pass
        for _ in range(5):
            process.stdin.write("go 0.3\n")
            process.stdin.flush()
            seconds.append(json.loads(process.stdout.readline())["median"])
        process.stdin.close()
    return statistics.median(seconds) / elements * 1e9


class Steps:
    """Milliseconds of steps; each exchange is run once."""

    def __init__(self, arguments, select_ns):
        self.program = (arguments.build / "bin" / "tacit-exchange-benchmark").resolve()
        self.density, self.latency, self.select_ns = arguments.density, arguments.latency / 1e3, select_ns
        self.rows = {}

    def exchange(self, algorithm, elements, ranks, bandwidth):
        key = algorithm, elements, ranks, bandwidth
        if key not in self.rows:
            row = cluster.run_for_json(
                [self.program, f"--world=simulated={ranks}", f"--network=latency={self.latency * 1e6:.3f}us bandwidth={bandwidth:.0f}B",
                 f"--elements={elements}", f"--density={self.density}", "--rounds=1", f"--algorithms={algorithm}"])[0]
            row.update(virtual=True, bandwidth=bandwidth, predicted_ms=1e3 * predicted(row, self.latency, bandwidth))
            self.rows[key] = row
        return self.rows[key]

    def beside_computation(self, algorithm, elements, ranks, bandwidth):
        row = self.exchange(algorithm, elements, ranks, bandwidth)
        if algorithm == "dense":
            return row["ms"]
        return row["ms"] + row["cpu_ms"] + elements * self.select_ns / 1e6


def show_steps(steps, models, ranks):
    print(f"\nP = {ranks}, virtual time, {PAPER / 1e6:.0f} MB/s (the paper's): milliseconds of an exchange (of the formula) and of a step")
    print(f"{'':11}{'elements':>10}{'k':>7}{'compute':>9}{'select':>8}" + "".join(f"{a + ' (formula)':>22}{'step':>8}" for a in ALGORITHMS)
          + f"{'dense/gtopk':>13}{'topk/gtopk':>12}" + (f"{'published':>16}" if ranks == 32 else ""))
    for name, (elements, compute, *published) in models.items():
        line = f"{name:11}{elements:10}{kept(elements, steps.density):7}{compute:9.1f}{elements * steps.select_ns / 1e6:8.1f}"
        step = {}
        for algorithm in ALGORITHMS:
            row = steps.exchange(algorithm, elements, ranks, PAPER)
            step[algorithm] = compute + steps.beside_computation(algorithm, elements, ranks, PAPER)
            line += f"{row['ms']:12.1f} {'(' + format(row['predicted_ms'], '.1f') + ')':>9}{step[algorithm]:8.1f}"
        line += f"{step['dense'] / step['gtopk']:13.2f}{step['all_gather'] / step['gtopk']:12.2f}"
        print(line + (f"{published[0]:9.1f},{published[1]:5.1f}" if published and ranks == 32 else ""))


def show_bandwidths(steps, models, ranks, bandwidths):
    print(f"\nP = {ranks}, virtual time: steps of dense, topk (all_gather) and ok_topk in units of gtopk's, by Gb/s")
    print(f"{'':11}" + "".join(f"{gbit:>20g}" for gbit in bandwidths))
    for name, (elements, compute, *_) in models.items():
        line = f"{name:11}"
        for gbit in bandwidths:
            step = {a: compute + steps.beside_computation(a, elements, ranks, gbit * 1e9 / 8) for a in ALGORITHMS}
            line += "  " + "".join(f"{step[a] / step['gtopk']:6.2f}" for a in ALGORITHMS if a != "gtopk")
        print(line)


def break_even(pays, low=0.05, high=1600.0):
    """The bandwidth in Gb/s from which on `pays` no longer holds, within a twentieth, by bisection."""
    if not pays(low):
        return f"< {low:g}"
    # Long links hold more than the ring has on its way at a time: nothing changes any more.
    if pays(high):
        return f"> {high:g}"
    while high / low > 1.05:
        middle = (high * low) ** 0.5
        low, high = (middle, high) if pays(middle) else (low, middle)
    return f"{(high * low) ** 0.5:.3g}"


def show_break_even(steps, models, ranks):
    print(f"\nP = {ranks}, virtual time, latency {steps.latency * 1e3:g} ms: Gb/s from which on dense, as run and by the formula, is "
          f"faster than")
    print(f"{'':11}" + "".join(f"{a:>20}" for a in ALGORITHMS[1:]))
    for name, (elements, *_) in models.items():
        line = f"{name:11}"
        for algorithm in ALGORITHMS[1:]:
            def sparse(bandwidth):
                return steps.beside_computation(algorithm, elements, ranks, bandwidth)

            def dense_by_formula(bandwidth):
                row = dict(algorithm="dense", ranks=ranks, elements=elements, density=steps.density)
                return 1e3 * predicted(row, steps.latency, bandwidth)

            found = [break_even(lambda gbit: sparse(gbit * 1e9 / 8) < dense(gbit * 1e9 / 8))
                     for dense in (lambda at: steps.exchange("dense", elements, ranks, at)["ms"], dense_by_formula)]
            line += "".join(f"{text:>10}" for text in found)
        print(line)


def parse_models(texts):
    models = {}
    for text in texts:
        name, _, rest = text.partition("=")
        elements, _, compute = rest.partition(":")
        models[name] = int(float(elements)), float(compute)
    return models


def main(arguments):
    models = parse_models(arguments.model) if arguments.model else MODELS
    select_ns = measure_selection(arguments) if arguments.select_ns is None else arguments.select_ns
    print(f"virtual time, not measured: latency {arguments.latency:g} ms, density {arguments.density:g}, selection {select_ns:.2f} ns "
          f"per element{' (measured)' if arguments.select_ns is None else ''}")
    steps = Steps(arguments, select_ns)
    for ranks in arguments.ranks:
        show_steps(steps, models, ranks)
    show_bandwidths(steps, models, max(arguments.ranks), arguments.gbit)
    show_break_even(steps, models, max(arguments.ranks))
    if arguments.out:
        arguments.out.write_text(json.dumps(list(steps.rows.values()), indent=1) + "\n")
