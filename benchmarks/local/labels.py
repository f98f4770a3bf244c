"""Rows dealt to ranks by label instead of at random: the MLP under each strategy, a rank having rows of --classes classes alone.

All take --steps local steps of batch 16 with the same learning rate. The loss is that on all rows trained on, the accuracy that on
--test rows, of one model, the mean of the ranks'. Data are generated digits, or a file in idx format, as MNIST's.
"""

import json
import statistics

from virtual import MLP, add_data_arguments, data_of, lines_of, progress

# Outer momentum is DiLoCo's 0.9; AdamW is its paper's inner optimizer.
STRATEGIES = [(strategy, "sgd{lr=0.1}") for strategy in (
    "ssgd", "pasgd{period=8}", "pasgd{period=32}", "adacomm{initial-period=32}", "block_momentum{period=8}", "diloco{period=32}")] + [
    (strategy, "adamw{lr=0.001}") for strategy in ("ssgd", "diloco{period=32}")]


def add_arguments(parser):
    add_data_arguments(parser)
    parser.add_argument("--test", type=int, default=2000, help="rows to measure the accuracy on, those that follow --rows")
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--classes", type=int, default=2, help="of a rank's rows")
    parser.add_argument("--steps", type=int, default=1250)


def measure(arguments, strategy, optimizer, partition):
    data, test = data_of(arguments), data_of(arguments, f"{arguments.rows}:{arguments.rows + arguments.test}")
    row = {"strategy": strategy, "optimizer": optimizer, "partition": partition, "loss": [], "accuracy": []}
    for seed in arguments.seeds:
        _, evaluations = lines_of(arguments, MLP, arguments.ranks, strategy, f"{data},partition={partition}", 0.0, [
            f"--seed={seed}", f"--optimizer={optimizer}", f"--evaluations={arguments.steps * arguments.ranks}",
            f"--eval-data=train={data}", f"--eval-data=test={test}"])
        last = {line["name"]: line for line in evaluations}
        row["loss"].append(last["train"]["loss"])
        row["accuracy"].append(100 * last["test"]["accuracy"])
    progress(row)
    return row


def deviation(values, digits):
    return f"{statistics.fmean(values):.{digits}f}" + (f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else "")


def main(arguments):
    partitions = ["iid", f"label{{classes={arguments.classes}}}"]
    rows = [measure(arguments, strategy, optimizer, partition) for strategy, optimizer in STRATEGIES for partition in partitions]
    print(f"MLP, {arguments.rows} rows of {arguments.images or 'generated digits'}, P = {arguments.ranks}, {arguments.steps} steps of "
          f"batch 16; loss on rows trained on, accuracy in per cent; mean and standard deviation of {len(arguments.seeds)} seeds")
    print(f"{'':30}{'':18}" + "".join(f"{partition + ': loss':26}{'accuracy':16}" for partition in partitions))
    for pair in zip(rows[::2], rows[1::2]):
        print(f"{pair[0]['strategy']:30}{pair[0]['optimizer']:18}" + "".join(
            f"{deviation(row['loss'], 4):26}{deviation(row['accuracy'], 2):16}" for row in pair))
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
