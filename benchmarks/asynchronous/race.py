"""Asynchronous strategies beside synchronous SGD where ranks compute at different speeds: virtual time, and what was learned.

The MLP on a network that takes no time, where computing a step takes 10 ms:

slow       one of the ranks always takes --factor times as long. dasgd, with the learning rate divided by the number of ranks, makes
           as many gradient evaluations as synchronous SGD does in --epochs.
rotating   step t takes rank t mod P --factor times as long. elastic makes as many steps.

Losses are those of all training rows, L2 included where there is one, of the model that is saved.
"""

import json
import statistics

from runs import MLP, add_data_arguments, data_of, measured, numbers, progress, run, spread, staleness_of, waiting


def add_arguments(parser):
    parser.add_argument("--parts", type=numbers(str), default=["slow", "rotating"])
    add_data_arguments(parser, seeds=range(5))
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate of synchronous SGD and of elastic")
    parser.add_argument("--factor", type=float, default=4.0)
    parser.add_argument("--delays", type=numbers(int), default=[4, 1], help="max-delay of elastic")


def strategies_of(arguments, part):
    """Strategies beside ssgd: {name: (strategy, learning rate)}."""
    if part == "slow":
        rate = arguments.rate / arguments.ranks
        return {"dasgd, lr / P": ("dasgd", rate), "dasgd, lr / P, max-staleness 8": ("dasgd{max-staleness=8}", rate),
                "elastic, max-delay 4": ("elastic", arguments.rate)}
    return {f"{scheduler}, max-delay {delay}": (f"elastic{{scheduler={scheduler} max-delay={delay}}}", arguments.rate)
            for delay in arguments.delays for scheduler in ("norm_bounded", "variance_bounded")}


def race(arguments, part, seed):
    network = f"compute=10ms slow={arguments.ranks - 1}:{arguments.factor:g}" if part == "slow" else (
        f"compute=10ms straggler=rotating{{factor={arguments.factor:g}}}")
    data = data_of(arguments)
    steps = arguments.epochs * max(1, arguments.rows // (16 * arguments.ranks))
    row = {"part": part, "seed": seed, "steps": steps}
    for name, (strategy, rate) in {"ssgd": ("ssgd", arguments.rate), **strategies_of(arguments, part)}.items():
        length = f"--evaluations={steps * arguments.ranks}" if strategy.startswith("dasgd") else f"--rounds={steps}"
        result = run(arguments, MLP, strategy, data, [f"--seed={seed}", f"--ranks={arguments.ranks}", f"--network={network}", length,
                                                      f"--optimizer=sgd{{lr={rate}}}", f"--eval-data=train={data}"])
        last = result["eval"][-1]
        row[name] = {"seconds": result["seconds"], "loss": last["loss"], "accuracy": last.get("accuracy"), "waiting": waiting(result),
                     "evaluations": sum(len(own) for own in result["rounds"]), "staleness": staleness_of(result),
                     "distance": measured(result["says"])}
    progress(row)
    return row


def show(arguments, part, rows):
    title = {"slow": f"rank {arguments.ranks - 1} takes {arguments.factor:g} times as long",
             "rotating": f"in turn, one rank takes {arguments.factor:g} times as long"}[part]
    names = [name for name in rows[0] if isinstance(rows[0][name], dict)]
    print(f"\n{title}: P = {arguments.ranks}, {rows[0]['steps']} synchronous steps, {len(rows)} seeds")
    print(f"{'':34}{'evaluations':>12}{'virtual s':>11}{'of ssgd':>9}{'waiting s':>11}{'staleness':>12}   {'loss':36}{'of ssgd':32}")
    for name in names:
        mine = [row[name] for row in rows]
        mean = lambda key: statistics.fmean(one[key] for one in mine)
        ratio = statistics.fmean(row[name]["seconds"] / row["ssgd"]["seconds"] for row in rows)
        stale = [one["staleness"] for one in mine if one["staleness"]]
        told = f"{statistics.fmean(s[0] for s in stale):.1f}, {max(s[1] for s in stale)}" if stale else ""
        print(f"{name:34}{mean('evaluations'):12.0f}{mean('seconds'):11.3f}{ratio:9.4f}{mean('waiting'):11.3f}{told:>12}   "
              f"{spread(one['loss'] for one in mine):36}{spread(row[name]['loss'] / row['ssgd']['loss'] for row in rows)}")


def main(arguments):
    if unknown := set(arguments.parts) - {"slow", "rotating"}:
        raise LookupError(f"no part '{unknown.pop()}'; there are slow and rotating")
    results = {}
    for part in arguments.parts:
        results[part] = [race(arguments, part, seed) for seed in arguments.seeds]
        show(arguments, part, results[part])
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
