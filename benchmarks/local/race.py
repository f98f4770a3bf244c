"""Strategies race in virtual time, where an exchange takes --ratio times a step's computation.

mlp     Synchronous SGD trains the MLP for --epochs; its loss on all training rows then is the target. Fixed periods and AdaComm
        (--initial-period, and intervals of a fifth of the steps of synchronous SGD) train until theirs is no higher. What counts
        is the virtual time until then, in units of that of synchronous SGD.

logreg  Softmax regression with L2 (logreg_b4.mlir) in a given virtual time, that of --steps synchronous steps: the last losses, L2
        included, on all training rows, in units of that of synchronous SGD; the mean over the last tenth of that time, since a
        single loss is subject to chance; and the virtual time until a loss of at most --within times the last of synchronous SGD.
        Here large fixed periods have a floor.

The data are generated digits, or a file in idx format, as MNIST's. The MLP has batches of 16, softmax regression of 4.
"""

import json
import statistics

from virtual import LOGREG, MLP, add_data_arguments, data_of, exchange_seconds, lines_of, numbers, periods_of, progress, spread


def add_arguments(parser):
    parser.add_argument("--parts", type=numbers(str), default=["mlp", "logreg"])
    add_data_arguments(parser)
    parser.add_argument("--ratio", type=float, default=4.0, help="exchange / computation")
    parser.add_argument("--ranks", type=numbers(int), default=[4, 8], help="of the MLP")
    parser.add_argument("--epochs", type=int, default=10, help="of synchronous SGD on the MLP")
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate on the MLP")
    parser.add_argument("--periods", type=numbers(int), default=[2, 8, 32], help="fixed ones, on the MLP")
    parser.add_argument("--initial-period", type=int, default=32, help="of AdaComm")
    parser.add_argument("--logreg-ranks", type=int, default=8)
    parser.add_argument("--logreg-rate", type=float, default=0.2)
    parser.add_argument("--logreg-periods", type=numbers(int), default=[2, 4, 8, 16, 32, 64])
    parser.add_argument("--steps", type=int, default=4000, help="of synchronous SGD on softmax regression")
    parser.add_argument("--interval-steps", type=int, default=1000, help="of AdaComm on softmax regression")
    parser.add_argument("--schedule", help="of the learning rate on softmax regression, as tacit-run spells it, such as "
                        "'step{every=2000 gamma=0.5}'; AdaComm then also runs with gated=on")
    parser.add_argument("--within", type=float, default=1.002)


def race_to_loss(arguments, ranks, seed):
    """Seconds until synchronous SGD's last loss, by strategy; and the periods that AdaComm went through."""
    data = data_of(arguments)
    compute = exchange_seconds(arguments, MLP, ranks, data) / arguments.ratio
    common = [f"--seed={seed}", f"--optimizer=sgd{{lr={arguments.rate}}}", f"--eval-data=train={data}"]
    _, evaluations = lines_of(arguments, MLP, ranks, "ssgd", data, compute, common + [f"--epochs={arguments.epochs}"])
    last = evaluations[-1]
    seconds = {"ssgd": last["virtual_seconds"]}
    interval = max(1, last["step"] // 5)
    strategies = {f"pasgd{{period={period}}}": max(1, 8 // period) for period in arguments.periods}
    strategies[f"adacomm{{initial-period={arguments.initial_period} interval-steps={interval}}}"] = 1
    for strategy, every in strategies.items():
        # Three times as many steps as synchronous SGD took; who needs more is not in the race.
        rounds, evaluations = lines_of(arguments, MLP, ranks, strategy, data, compute, common + [
            f"--epochs={3 * arguments.epochs}", f"--eval-every={every}", f"--stop-at-loss=train:{last['loss']!r}"])
        name = strategy.split(" ")[0] + ("}" if " " in strategy else "")
        seconds[name] = evaluations[-1]["virtual_seconds"] if evaluations[-1]["loss"] <= last["loss"] else float("inf")
        if strategy.startswith("adacomm"):
            taus = periods_of(rounds)
    return {"ranks": ranks, "seed": seed, "loss": last["loss"], "steps": last["step"], "seconds": seconds, "periods": taus}


def show_race(arguments, rows):
    for ranks in arguments.ranks:
        mine = [row for row in rows if row["ranks"] == ranks]
        print(f"\nMLP, P = {ranks}: virtual time to the loss of {mine[0]['steps']} synchronous steps "
              f"({spread([row['loss'] for row in mine])}), {len(mine)} seeds")
        print(f"{'':30}{'seconds':28}ratio to ssgd")
        for name in mine[0]["seconds"]:
            print(f"{name:30}{spread([row['seconds'][name] for row in mine]):28}"
                  f"{spread([row['seconds'][name] / row['seconds']['ssgd'] for row in mine])}")
        for row in mine:
            print(f"  periods of adacomm, seed {row['seed']}: {' '.join(map(str, row['periods']))}")


def race_in_time(arguments, seed):
    """Last losses in the time of synchronous SGD, and when each was within --within of that one's, by strategy."""
    data, ranks = data_of(arguments), arguments.logreg_ranks
    exchange = exchange_seconds(arguments, LOGREG, ranks, data)
    compute = exchange / arguments.ratio
    common = [f"--seed={seed}", f"--optimizer=sgd{{lr={arguments.logreg_rate}}}"]
    if arguments.schedule:
        common.append(f"--schedule={arguments.schedule}")
    evaluate = [f"--eval-data=train={data}"]
    curves, rates, limit = {}, {}, arguments.steps * (compute + exchange)
    strategies = {"ssgd": 1, **{f"pasgd{{period={period}}}": period for period in arguments.logreg_periods}}
    for strategy, period in strategies.items():
        rounds = max(1, int(limit * (1 + 1e-9) / (period * compute + exchange)))
        lines, curves[strategy] = lines_of(arguments, LOGREG, ranks, strategy, data, compute, common + evaluate + [
            f"--rounds={rounds}", f"--eval-every={max(1, rounds // 20)}"])
        rates[strategy] = lines[-1]["lr"]
    options = f"initial-period={arguments.initial_period} interval-steps={arguments.interval_steps}"
    adaptive = {"adacomm": f"adacomm{{{options}}}"}
    if arguments.schedule:
        adaptive["adacomm, gated"] = f"adacomm{{{options} gated=on}}"
    taus = {}
    for name, strategy in adaptive.items():
        # How many rounds fit is known afterwards: a run without evaluations tells.
        rounds, _ = lines_of(arguments, LOGREG, ranks, strategy, data, compute, common + [f"--evaluations={int(limit / compute) * ranks}"])
        rounds = [line for line in rounds if line["virtual_seconds"] <= limit * (1 + 1e-9)]
        _, curves[name] = lines_of(arguments, LOGREG, ranks, strategy, data, compute, common + evaluate + [
            f"--rounds={len(rounds)}", f"--eval-every={max(1, len(rounds) // 30)}"])
        taus[name] = periods_of(rounds)
        rates[name] = rounds[-1]["lr"]
    wanted = arguments.within * curves["ssgd"][-1]["loss"]
    reached = {name: next((line["virtual_seconds"] for line in curve if line["loss"] <= wanted), None)
               for name, curve in curves.items()}
    late = {name: statistics.fmean(line["loss"] for line in curve if line["virtual_seconds"] >= 0.9 * limit)
            for name, curve in curves.items()}
    return {"seed": seed, "limit": limit, "late": late, "loss": {name: curve[-1]["loss"] for name, curve in curves.items()},
            "seconds": {name: curve[-1]["virtual_seconds"] for name, curve in curves.items()},
            "steps": {name: curve[-1]["step"] for name, curve in curves.items()}, "reached": reached, "rates": rates, "periods": taus}


def show_time(arguments, rows):
    print(f"\nsoftmax regression, P = {arguments.logreg_ranks}: after the virtual time of {arguments.steps} synchronous steps "
          f"({rows[0]['limit']:.4g} s), {len(rows)} seeds")
    print(f"{'':20}{'steps':>8}{'last lr':>10}   {'loss':34}{'ratio to ssgd':30}{'of the last tenth':30}"
          f"time to {arguments.within:g} x the loss of ssgd, of ssgd's time")
    for name in rows[0]["loss"]:
        times = [row["reached"][name] / row["seconds"]["ssgd"] for row in rows if row["reached"][name] is not None]
        print(f"{name:20}{rows[0]['steps'][name]:8}{rows[0]['rates'][name]:10.3g}   {spread([row['loss'][name] for row in rows]):34}"
              f"{spread([row['loss'][name] / row['loss']['ssgd'] for row in rows]):30}"
              f"{spread([row['late'][name] / row['late']['ssgd'] for row in rows]):30}"
              + (spread(times) if len(times) == len(rows) else f"reached by {len(times)} of {len(rows)} seeds"))
    for what, label in (("loss", "last loss"), ("late", "mean over the last tenth")):
        for adaptive in rows[0]["periods"]:
            best = [row[what][adaptive] / min(loss for name, loss in row[what].items() if name not in row["periods"]) for row in rows]
            print(f"  {label}: {adaptive} / the best of the others: {spread(best)}")
    for row in rows:
        for adaptive, taus in row["periods"].items():
            print(f"  periods of {adaptive}, seed {row['seed']}: {' '.join(map(str, taus))}")


def main(arguments):
    if unknown := set(arguments.parts) - {"mlp", "logreg"}:
        raise LookupError(f"no part '{unknown.pop()}'; there are mlp and logreg")
    print(f"{arguments.rows} rows of {arguments.images or 'generated digits'}, an exchange takes {arguments.ratio:g} times a step's "
          f"computation, virtual time")
    results = {}
    if "mlp" in arguments.parts:
        results["mlp"] = []
        for ranks in arguments.ranks:
            for seed in arguments.seeds:
                results["mlp"].append(race_to_loss(arguments, ranks, seed))
                progress(results["mlp"][-1])
        show_race(arguments, results["mlp"])
    if "logreg" in arguments.parts:
        results["logreg"] = []
        for seed in arguments.seeds:
            results["logreg"].append(race_in_time(arguments, seed))
            progress(results["logreg"][-1])
        show_time(arguments, results["logreg"])
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
