"""Messages and updates per second of dasgd between processes, beside a plain MPI ping-pong of the same size, in turn.

The model is one parameter tensor whose gradient costs one sweep over it, so that what is measured is the exchange: each rank sends
its update to the --ranks - 1 others, and applies theirs. `messages` are those that all ranks send in a second, `bytes` what
those hold, `applied` the updates that all ranks apply in a second. The ping-pong (ping_pong.c) has two sides in turn of MPI_Send
and MPI_Recv, by all pairs of ranks at once, and by one pair alone while the other ranks do not run. Applying is timed as well: it
reads an update and reads and writes the parameters. Every round runs each once, so that a machine's load meets all alike.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from runs import numbers, run, spread

ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}  # fmt: skip
LAUNCHER = {"openmpi": ["mpirun.openmpi", "--oversubscribe", "--bind-to", "none"], "mpich": ["mpirun.mpich"]}

MODEL = """#i = affine_map<(i) -> (i)>
func.func @value_and_grad(%w: tensor<SIZExf32> {tacit.parameter = "w", tacit.init = #tacit.zeros}, %x: tensor<1xf32> {tacit.data = "x"})
    -> (tensor<f32>, tensor<SIZExf32>) {
  %small = arith.constant 1.0e-3 : f32
  %loss = tensor.collapse_shape %x [] : tensor<1xf32> into tensor<f32>
  %empty = tensor.empty() : tensor<SIZExf32>
  %g = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%w : tensor<SIZExf32>) outs(%empty : tensor<SIZExf32>) {
  ^bb0(%value: f32, %out: f32):
    %gradient = arith.addf %value, %small : f32
    linalg.yield %gradient : f32
  } -> tensor<SIZExf32>
  return %loss, %g : tensor<f32>, tensor<SIZExf32>
}
"""


def add_arguments(parser):
    parser.add_argument("--mpi", choices=sorted(LAUNCHER), default="openmpi")
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--elements", type=numbers(int), default=[669706, 66970, 6697], help="of an update; the first is the MLP's")
    parser.add_argument("--rounds", type=int, default=5, help="of each")
    parser.add_argument("--steps", type=int, default=200, help="of a run of the first size; smaller ones make more")
    parser.add_argument("--strategies", type=lambda text: text.split(";"), default=["dasgd", "elastic", "ssgd"])


def ping_pong(arguments, bytes_, pairs, ranks):
    program = arguments.build.resolve() / "bin" / f"tacit-ping-pong-{arguments.mpi}"
    if not program.exists():
        raise LookupError(f"no {program}: cmake --build {arguments.build} --target benchmarks")
    done = subprocess.run([*LAUNCHER[arguments.mpi], "-n", str(ranks), str(program), str(bytes_), "1", str(pairs)],
                          capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def exchange(arguments, folder, elements, strategy):
    """Per second, over all ranks, between the tenth and the last step: messages, bytes, updates applied."""
    steps = max(arguments.steps, min(20 * arguments.steps, arguments.steps * arguments.elements[0] // elements // 4))
    result = run(arguments, folder / f"model{elements}.mlir", strategy, f"npy:x={folder}/x.npy",
                 [f"--rounds={steps}", "--optimizer=sgd{lr=1e-6}", "--quiet"], launcher=[*LAUNCHER[arguments.mpi], "-n", str(arguments.ranks)])
    own = [lines[9:] for lines in result["rounds"]]
    seconds = max(lines[-1]["seconds"] for lines in own) - min(lines[0]["seconds"] for lines in own)
    total = lambda key: sum(line[key] for lines in own for line in lines[1:])
    made = sum(len(lines) - 1 for lines in own)
    return {"messages": total("messages_sent") / seconds, "bytes": total("bytes_sent") / seconds, "steps": made / len(own) / seconds,
            "applied": made * (arguments.ranks - 1) / seconds}


def main(arguments):
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name not in os.environ})
    try:
        import numpy as np
    except ImportError:
        raise LookupError("throughput needs numpy (Debian's python3-numpy)") from None
    results = []
    with tempfile.TemporaryDirectory(prefix="tacit-throughput-") as folder:
        folder = pathlib.Path(folder)
        np.save(folder / "x.npy", np.zeros(64, np.float32))
        for elements in arguments.elements:
            (folder / f"model{elements}.mlir").write_text(MODEL.replace("SIZE", str(elements)))
            row = {"elements": elements, "all": [], "alone": [], **{strategy: [] for strategy in arguments.strategies}}
            for _ in range(arguments.rounds):
                row["all"].append(ping_pong(arguments, 4 * elements, arguments.ranks // 2, arguments.ranks))
                for strategy in arguments.strategies:
                    row[strategy].append(exchange(arguments, folder, elements, strategy))
                row["alone"].append(ping_pong(arguments, 4 * elements, 1, 2))
            results.append(row)
            show(arguments, row)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")


def show(arguments, row):
    print(f"\nupdates of {4 * row['elements'] / 1e6:.3g} MB, {arguments.ranks} processes of {arguments.mpi} on {os.cpu_count()} cores, {arguments.rounds} rounds")
    print(f"{'':26}{'steps/s':>10}{'messages/s':>12}{'applied/s':>11}{'GB/s':>8}   of the ping-pong of all pairs, round by round")
    for name, label in (("all", "ping-pong, all pairs"), ("alone", "ping-pong, one pair alone")):
        median = lambda key: statistics.median(one[key] for one in row[name])
        print(f"{label:26}{'':10}{median('messages_per_second'):12.0f}{'':11}{median('bytes_per_second') / 1e9:8.3f}")
    for strategy in arguments.strategies:
        median = lambda key: statistics.median(one[key] for one in row[strategy])
        ratios = [one["bytes"] / ball["bytes_per_second"] for one, ball in zip(row[strategy], row["all"])]
        applied = "" if strategy == "ssgd" else f"{median('applied'):.0f}"
        print(f"{strategy:26}{median('steps'):10.0f}{median('messages'):12.0f}{applied:>11}{median('bytes') / 1e9:8.3f}   "
              f"{statistics.median(ratios):.3f} ({spread(ratios, '.3f')})")
