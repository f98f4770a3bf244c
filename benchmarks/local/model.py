"""Speed-ups of fixed periods on the network's model, beside (1 + r) / (1 + r / tau).

With constant delays, r the time of an exchange in units of a step's computation, a synchronous step takes 1 + r and a local one,
of rounds of tau, 1 + r / tau (Wang and Joshi, MLSys 2019, section 2). Both are run: the MLP's synchronous steps, and two rounds of
each period. Nothing is measured in real time.
"""

import json

from virtual import MLP, exchange_seconds, lines_of, numbers


def add_arguments(parser):
    parser.add_argument("--ranks", type=numbers(int), default=[4, 8, 16])
    parser.add_argument("--ratio", type=numbers(float), default=[1.0, 4.0, 16.0], help="exchange / computation")
    parser.add_argument("--periods", type=numbers(int), default=[1, 2, 4, 8, 16, 32, 64])


def seconds_per_step(arguments, ranks, strategy, compute):
    rounds, _ = lines_of(arguments, MLP, ranks, strategy, "synthetic:", compute, ["--rounds=2"])
    return rounds[-1]["virtual_seconds"] / rounds[-1]["step"]


def main(arguments):
    rows = []
    for ranks in arguments.ranks:
        exchange = exchange_seconds(arguments, MLP, ranks, "synthetic:")
        for ratio in arguments.ratio:
            synchronous = seconds_per_step(arguments, ranks, "ssgd", exchange / ratio)
            print(f"\nP = {ranks}, an exchange takes {exchange * 1e3:.2f} ms, {ratio:g} times a step's computation: speed-up over ssgd")
            print(f"{'period':>8}{'run':>10}{'model':>10}{'run / model':>14}")
            for period in arguments.periods:
                run = synchronous / seconds_per_step(arguments, ranks, f"pasgd{{period={period}}}", exchange / ratio)
                predicted = (1 + ratio) / (1 + ratio / period)
                rows.append({"ranks": ranks, "ratio": ratio, "period": period, "run": run, "model": predicted})
                print(f"{period:8}{run:10.3f}{predicted:10.3f}{run / predicted:14.4f}", flush=True)
    furthest = max(rows, key=lambda row: abs(row["run"] / row["model"] - 1))
    print(f"\nfurthest from the model: {furthest['run'] / furthest['model']:.4f} of it, P = {furthest['ranks']}, "
          f"ratio {furthest['ratio']:g}, period {furthest['period']}")
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
