"""Why views must be consistent: a quadratic of one parameter, 1/2 w^2, with views held at a distance.

held       Gradients are taken at v, with |x - v| = lr B, on the far side of x from the minimum's: v = x - lr B sign(x). SGD then
           ends at a distance of the minimum that is linear in B, whatever the number of steps; and where B grows with the steps, so
           does the distance: consistency is necessary as well (Nadiradze et al., "Elastic Consistency", AAAI 2021). Each row of the
           data holds its lr B.
delayed    dasgd on --ranks ranks, whose messages are late by a number of steps: what the run measures of |x - v| / lr, and the distance
           of the minimum at its end. Above a learning rate that falls with the delay it diverges.

Both with normal noise of deviation 1 in the gradients, and means over the second half of the run; `held` at lr 0.05.
"""

import json
import math
import pathlib
import statistics
import sys
import tempfile

from runs import measured, numbers, run

try:
    import numpy as np
except ImportError:
    np = None

# The gradient at a view held at a distance h of x, with noise e; the loss is that of x.
MODEL = """#n = affine_map<() -> ()>
#i = affine_map<(i) -> (i)>
#o = affine_map<(i) -> ()>
func.func @value_and_grad(%w: tensor<1xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros}, %h: tensor<1xf32> {tacit.data = "h"}, %e: tensor<1xf32> {tacit.data = "e"})
    -> (tensor<f32>, tensor<1xf32>) {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %none = tensor.empty() : tensor<f32>
  %start = linalg.fill ins(%zero : f32) outs(%none : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#i, #o], iterator_types = ["reduction"]} ins(%w : tensor<1xf32>) outs(%start : tensor<f32>) {
  ^bb0(%x: f32, %sum: f32):
    %square = arith.mulf %x, %x : f32
    %part = arith.mulf %square, %half : f32
    %next = arith.addf %sum, %part : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  %empty = tensor.empty() : tensor<1xf32>
  %g = linalg.generic {indexing_maps = [#i, #i, #i, #i], iterator_types = ["parallel"]}
      ins(%w, %h, %e : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) outs(%empty : tensor<1xf32>) {
  ^bb0(%x: f32, %held: f32, %noise: f32, %out: f32):
    %positive = arith.cmpf oge, %x, %zero : f32
    %below = arith.negf %held : f32
    %side = arith.select %positive, %held, %below : f32
    %view = arith.subf %x, %side : f32
    %gradient = arith.addf %view, %noise : f32
    linalg.yield %gradient : f32
  } -> tensor<1xf32>
  return %loss, %g : tensor<f32>, tensor<1xf32>
}
"""
RATE = 0.05


def add_arguments(parser):
    parser.add_argument("--parts", type=numbers(str), default=["held", "delayed"])
    parser.add_argument("--bounds", type=numbers(float), default=[0, 2, 4, 8, 16, 32, 64, 128])
    parser.add_argument("--delays", type=numbers(int), default=[0, 1, 2, 4, 8, 12])
    parser.add_argument("--ranks", type=int, default=8, help="of delayed")
    parser.add_argument("--rates", type=numbers(float), default=[0.0125, 0.025, 0.05, 0.1, 0.2])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seeds", type=numbers(int), default=[0, 1, 2])


def distances(arguments, held, strategy, rate, seed, ranks=1, network=""):
    """|w| at each step of rank 0, from its losses, and what the run says; infinite from where it is not finite."""
    with tempfile.TemporaryDirectory(prefix="tacit-necessity-") as folder:
        folder = pathlib.Path(folder)
        noise = np.random.default_rng(seed).standard_normal(arguments.steps * ranks).astype(np.float32)
        np.save(folder / "h.npy", np.asarray(held, np.float32).repeat(ranks))
        np.save(folder / "e.npy", noise)
        (folder / "model.mlir").write_text(MODEL)
        result = run(arguments, folder / "model.mlir", strategy, f"npy:h={folder}/h.npy,e={folder}/e.npy", [
            "--shuffle=off", f"--rounds={arguments.steps}", f"--ranks={ranks}", f"--optimizer=sgd{{lr={rate}}}", "--on-nan=continue",
            *([f"--network={network}"] if network else [])])
    return [math.sqrt(2 * line["loss"]) if line["loss"] is not None else math.inf for line in result["rounds"][0]], result["says"]


def held(arguments):
    rows = []
    print(f"\nheld: lr {RATE}, {arguments.steps} steps, mean |x| over the second half, {len(arguments.seeds)} seeds")
    print(f"{'B':>10}{'lr B':>10}{'mean |x|':>12}{'over lr B':>12}")
    for bound in arguments.bounds:
        far = statistics.fmean(statistics.fmean(distances(arguments, np.full(arguments.steps, RATE * bound), "ssgd", RATE, seed)[0][arguments.steps // 2:])
                               for seed in arguments.seeds)
        rows.append({"B": bound, "far": far})
        print(f"{bound:10g}{RATE * bound:10g}{far:12.4f}{far / (RATE * bound) if bound else math.nan:12.3f}")
    large = [row for row in rows if RATE * row["B"] >= 0.5]
    if len(large) > 1:
        slope, offset = np.polyfit([row["B"] for row in large], [row["far"] for row in large], 1)
        residual = max(abs(row["far"] - slope * row["B"] - offset) / row["far"] for row in large)
        print(f"  from lr B = 0.5 on, |x| = {slope:.5f} B {offset:+.4f}, within {100 * residual:.2g}%; lr = {RATE}")
    growing = distances(arguments, RATE * np.arange(arguments.steps) / 10, "ssgd", RATE, arguments.seeds[0])[0]
    at = [arguments.steps * i // 4 for i in (1, 2, 3)] + [arguments.steps - 1]
    print("  B = t / 10: |x| " + ", ".join(f"{growing[t]:.2f} at step {t}" for t in at))
    return {"fixed": rows, "growing": growing}


def delayed(arguments):
    rows = []
    print(f"\ndelayed: dasgd on {arguments.ranks} ranks, messages late by D steps, {arguments.steps} steps; mean |w| over the second half (and measured |x - v| / lr)")
    print(f"{'D':>6}" + "".join(f"{f'lr {rate:g}':>22}" for rate in arguments.rates))
    for delay in arguments.delays:
        line = []
        for rate in arguments.rates:
            # Late by a little less than D + 1 steps.
            network = f"compute=10ms latency={10 * delay + 5}ms"
            far, says = distances(arguments, np.zeros(arguments.steps), "dasgd", rate, arguments.seeds[0], ranks=arguments.ranks, network=network)
            distance, _ = measured(says)
            mean = statistics.fmean(far[arguments.steps // 2:])
            rows.append({"delay": delay, "rate": rate, "far": mean, "distance": distance})
            line.append("diverges" if not mean < 1e3 else f"{mean:.3f} ({'-' if distance is None else format(distance, '.3g')})")
        print(f"{delay:6}" + "".join(f"{text:>22}" for text in line))
    return rows


def main(arguments):
    if np is None:
        sys.exit("benchmarks/asynchronous necessity needs numpy (Debian's python3-numpy)")
    parts = {"held": held, "delayed": delayed}
    if unknown := set(arguments.parts) - set(parts):
        raise LookupError(f"no part '{unknown.pop()}'; there are held and delayed")
    results = {part: parts[part](arguments) for part in arguments.parts}
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
