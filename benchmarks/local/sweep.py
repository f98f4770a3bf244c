"""Fixed periods in virtual time, ranks computing at varying speed: loss against time, the floor of each, and the closed form's.

Softmax regression with L2 (logreg_b4.mlir). Computing a step takes exponentially distributed time, a new draw for each step of each
rank, --ratio times less on average than an exchange, D. At each learning rate:

in time   the loss on all training rows, less the lowest that there is, F_inf, when --steps synchronous steps would be over on
          average, T = steps (E[max Y] + D); the mean over the last tenth of T, since a single loss is subject to chance.
floor     with --local-steps, the mean over the last quarter of them. Where that of the second quarter is, on average over seeds, more than
          1.2 times as high, the loss is still falling, and no floor is given.
speed-up  of a step over that of period 1, beside (E[max Y] + D) / (E[max mean_tau Y] + D / tau).

With --images, and NumPy, the closed form's period is there: sqrt(2 (F(x1) - F_inf) D / (lr^3 L^2 sigma^2 T)) (Wang and Joshi, MLSys
2019, section 3: the least of their bound on the mean squared gradient after time T; D and T in seconds). estimate.py says how L and
sigma^2 are taken from the data, at the first point and at the minimum: they differ, so two periods come out. Without --images F_inf
is not known, and losses stand as they are.
"""

import json
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile

from estimate import SoftmaxRegression, optimal_period
from virtual import HERE, LOGREG, add_data_arguments, data_of, exchange_seconds, lines_of, numbers, progress, spread


def add_arguments(parser):
    add_data_arguments(parser)
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--ratio", type=float, default=4.0, help="exchange / mean computation of a step")
    parser.add_argument("--rates", type=numbers(float), default=[0.2, 0.05, 0.02], help="learning rates")
    parser.add_argument("--periods", type=numbers(int), default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--steps", type=int, default=4000, help="synchronous ones, whose time T is")
    parser.add_argument("--local-steps", type=int, help="of each period, for its floor; 24000 are enough at a rate of 0.2 (default: "
                        "those of the time T)")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="needs gnuplot")


def mean_of_slowest(ranks, tau):
    """E[max over ranks of the mean of tau draws], of the exponential distribution of mean 1."""
    if tau == 1:
        return sum(1 / rank for rank in range(1, ranks + 1))
    draw = random.Random(0)
    return statistics.fmean(max(draw.gammavariate(tau, 1 / tau) for _ in range(ranks)) for _ in range(20000))


def closed_form(arguments):
    """F_inf, F(x1), and (L, sigma^2) at the first point and at the minimum; None without --images."""
    if not arguments.images:
        return None
    model = SoftmaxRegression(arguments.images, arguments.labels, arguments.rows)
    minimum = model.minimum()
    known = {"lowest": model.loss(minimum), "first": model.loss(model.start), "bound": model.curvature_bound()}
    for name, point in (("at x1", model.start), ("at the minimum", minimum)):
        known[name] = (model.curvature(point), model.noise(point, 4))
    print(f"F(x1) = {known['first']:.4f}, F_inf = {known['lowest']:.4f}; L = {known['at x1'][0]:.3g} at x1 and "
          f"{known['at the minimum'][0]:.3g} at the minimum, nowhere above {known['bound']:.3g}; sigma^2 of a batch of 4 = "
          f"{known['at x1'][1]:.3g} and {known['at the minimum'][1]:.3g}")
    return known


def steps_of(arguments, period):
    """Local steps to take: --local-steps, or a twentieth more than are expected in T, which draws make shorter or longer."""
    def seconds(tau):  # of a step, in units of D
        return mean_of_slowest(arguments.ranks, tau) / arguments.ratio + 1 / tau

    return arguments.local_steps or int(1.05 * arguments.steps * seconds(1) / seconds(period))


def run(arguments, exchange, rate, period, seed):
    """Virtual seconds of a step, and evaluations as (virtual seconds, loss)."""
    rounds = -(-steps_of(arguments, period) // period)
    data = data_of(arguments)
    lines, evaluations = lines_of(arguments, LOGREG, arguments.ranks, f"pasgd{{period={period}}}", data, 0.0, [
        f"--seed={seed}", f"--optimizer=sgd{{lr={rate}}}", f"--eval-data=train={data}", f"--rounds={rounds}",
        f"--eval-every={max(1, rounds // 60)}"], straggler=exchange / arguments.ratio)
    return lines[-1]["virtual_seconds"] / lines[-1]["step"], [(line["virtual_seconds"], line["loss"]) for line in evaluations]


def summary(curve, limit, lowest):
    """Mean losses over the last tenth of `limit`, over the last quarter of all and over the second one, less `lowest`."""
    in_time = statistics.fmean(loss for seconds, loss in curve if 0.9 * limit <= seconds <= limit)
    quarter = len(curve) // 4
    last, second = (statistics.fmean(loss for _, loss in curve[begin:begin + quarter])
                    for begin in (len(curve) - quarter, len(curve) - 3 * quarter))
    return in_time - lowest, last - lowest, second - lowest


def floors(arguments, row):
    """Of each seed, or None where the loss is still falling."""
    return row["last quarter"] if arguments.local_steps and sum(row["second quarter"]) <= 1.2 * sum(row["last quarter"]) else None


def sweep(arguments, exchange, limit, rate, lowest):
    rows = []
    for period in arguments.periods:
        row = {"rate": rate, "period": period, "seconds": [], "in time": [], "last quarter": [], "second quarter": [], "curves": []}
        for seed in arguments.seeds:
            seconds, curve = run(arguments, exchange, rate, period, seed)
            if curve[-1][0] < limit:
                raise LookupError(f"period {period} has had its local steps before T = {limit:.3g} s is over: give more --local-steps")
            in_time, last, second = summary(curve, limit, lowest)
            for key, value in (("seconds", seconds), ("in time", in_time), ("last quarter", last), ("second quarter", second),
                               ("curves", curve)):
                row[key].append(value)
        row["formula"] = ((mean_of_slowest(arguments.ranks, 1) + arguments.ratio)
                          / (mean_of_slowest(arguments.ranks, period) + arguments.ratio / period))
        rows.append(row)
        progress({key: value for key, value in row.items() if key != "curves"})
    return rows


def show(arguments, rows, what):
    one = statistics.fmean(rows[0]["seconds"])
    print(f"{'period':>8}{'speed-up':>10}{'formula':>9}   {what + ' at T':34}floor")
    for row in rows:
        floor = spread(floors(arguments, row)) if floors(arguments, row) else "still falling" if arguments.local_steps else ""
        print(f"{row['period']:8}{one / statistics.fmean(row['seconds']):10.3f}{row['formula']:9.3f}   {spread(row['in time']):34}{floor}")
    best = min(rows, key=lambda row: statistics.fmean(row["in time"]))
    print(f"  lowest at T: period {best['period']}")


def plot(arguments, results, lowest):
    """Curves of the first seed above; below, each period's loss at T and floor, with the closed form's periods marked."""
    if not shutil.which("gnuplot"):
        raise LookupError("no plot: gnuplot is missing (apt-get install gnuplot-nox)")
    with tempfile.TemporaryDirectory(prefix="tacit-sweep-") as folder:
        for number, result in enumerate(results, 1):
            for row in result["rows"]:
                points = [f"{seconds} {loss - lowest}" for seconds, loss in row["curves"][0]]
                pathlib.Path(folder, f"curve{number}-{row['period']}.dat").write_text("\n".join(points) + "\n")
            points = [f"{row['period']} {statistics.fmean(row['in time'])} "
                      + (str(statistics.fmean(floors(arguments, row))) if floors(arguments, row) else "nan") for row in result["rows"]]
            pathlib.Path(folder, f"periods{number}.dat").write_text("\n".join(points) + "\n")
        marks = " ".join(" ".join(f"{tau:.4g}" for tau in result.get("optimal", {}).values()) + ";" for result in results)
        settings = (f"rates='{' '.join(map(str, arguments.rates))}'; periods='{' '.join(map(str, arguments.periods))}'; "
                    f"limit={results[0]['limit']}; marks='{marks}'; what='{'F - F_inf' if lowest else 'F'}'; "
                    f"out='{arguments.plot.resolve()}'")
        subprocess.run(["gnuplot", "-e", settings, HERE / "sweep.gp"], cwd=folder, check=True)
    print(f"plotted {arguments.plot}")


def main(arguments):
    data = data_of(arguments)
    exchange = exchange_seconds(arguments, LOGREG, arguments.ranks, data)
    limit = arguments.steps * exchange * (mean_of_slowest(arguments.ranks, 1) / arguments.ratio + 1)
    print(f"softmax regression, {arguments.rows} rows of {arguments.images or 'generated digits'}, P = {arguments.ranks}, "
          f"D = {exchange * 1e3:.3f} ms, Y exponential of mean D / {arguments.ratio:g}, T = {limit:.4g} s, virtual; "
          f"{len(arguments.seeds)} seeds")
    known = closed_form(arguments)
    lowest = known["lowest"] if known else 0.0
    results = []
    for rate in arguments.rates:
        result = {"rate": rate, "limit": limit, "exchange": exchange, "known": known,
                  "rows": sweep(arguments, exchange, limit, rate, lowest)}
        print(f"\nlr {rate:g}")
        show(arguments, result["rows"], "F - F_inf" if known else "F")
        if known:
            result["optimal"] = {name: optimal_period(known["first"] - lowest, exchange, rate, *known[name], limit)
                                 for name in ("at x1", "at the minimum")}
            print("  closed form: " + ", ".join(f"{tau:.3g} with L and sigma^2 {name}" for name, tau in result["optimal"].items()))
        results.append(result)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.plot:
        plot(arguments, results, lowest)
