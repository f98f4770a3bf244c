"""What the options of dasgd and elastic do to loss, time and staleness, and what faults do, as tables and a plot.

The MLP; a step's computation takes 10 ms and, each time, an exponentially distributed time of mean 10 ms; a message takes 5 ms.

beta       elastic's beta and max-delay
staleness  dasgd's max-staleness; the learning rate is divided by the number of ranks
drop       lost messages under norm_bounded and variance_bounded, and with resync
crash      one to three ranks that are gone from a third of the run on
label      rows dealt by label, two classes a rank
bucket     granularity=bucket on 1 Gb/s: time of a step, and loss, against beta

Losses are those of all training rows, of the model that is saved, after --epochs of each rank.
"""

import json
import pathlib
import statistics

from runs import MLP, add_data_arguments, data_of, measured, numbers, plot, progress, run, spread, staleness_of, waiting

PARTS = ("beta", "staleness", "drop", "crash", "label", "bucket")
NETWORK = "compute=10ms straggler=exponential{mean=10ms} latency=5ms"


def add_arguments(parser):
    parser.add_argument("--parts", type=numbers(str), default=list(PARTS))
    add_data_arguments(parser, rows=4000, seeds=range(2))
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.1, help="learning rate; dasgd's is divided by the number of ranks")
    parser.add_argument("--resync", type=int, default=20)
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="needs gnuplot")


def one(arguments, strategy, network, more="", words=()):
    """Means over seeds: loss, virtual seconds, of these waiting, average staleness, and the distance of views beside its bound."""
    steps = arguments.epochs * max(1, arguments.rows // (16 * arguments.ranks))
    rate = arguments.rate / arguments.ranks if strategy.startswith("dasgd") else arguments.rate
    results = []
    for seed in arguments.seeds:
        result = run(arguments, MLP, strategy, data_of(arguments, more), [
            f"--seed={seed}", f"--ranks={arguments.ranks}", f"--network={network}", f"--rounds={steps}", f"--optimizer=sgd{{lr={rate}}}",
            f"--eval-data=train={data_of(arguments)}", "--on-nan=continue", *words])
        distance, bound = measured(result["says"])
        results.append({"loss": result["eval"][-1]["loss"], "seconds": result["seconds"], "waiting": waiting(result),
                        "staleness": (staleness_of(result) or [None])[0], "distance": distance, "bound": bound})
    row = {"strategy": strategy, "network": network, "losses": [r["loss"] for r in results]}
    for key in ("loss", "seconds", "waiting", "staleness", "distance", "bound"):
        values = [r[key] for r in results if r[key] is not None]
        row[key] = statistics.fmean(values) if len(values) == len(results) else None
    progress(row)
    return row


def show(title, rows, label):
    print(f"\n{title}")
    print(f"{'':44}{'virtual s':>10}{'waiting s':>10}{'staleness':>10}{'|x-v|/lr':>10}{'bound':>10}   loss")
    shown = lambda value, form: "-" if value is None else format(value, form)
    for row in rows:
        print(f"{label(row):44}{row['seconds']:10.3f}{row['waiting']:10.3f}{shown(row['staleness'], '.2f'):>10}"
              f"{shown(row['distance'], '.3g'):>10}{shown(row['bound'], '.3g'):>10}   {spread(row['losses'])}")
    return rows


def beta(arguments):
    rows = [one(arguments, "ssgd", NETWORK) | {"name": "ssgd"}]
    for delay in (1, 4, 16):
        for value in (0, 0.5, 1, 2):
            row = one(arguments, f"elastic{{beta={value:g} max-delay={delay}}}", NETWORK)
            rows.append(row | {"name": f"beta {value:g}, max-delay {delay}", "beta": value, "delay": delay})
    return show("elastic, norm_bounded: beta and max-delay", rows, lambda row: row["name"])


def staleness(arguments):
    rows = []
    for value in (0, 1, 4, 16, "none"):
        strategy = f"dasgd{{max-staleness={value}}}"
        rows.append(one(arguments, strategy, f"{NETWORK} slow=0:3") | {"limit": value})
    return show("dasgd: max-staleness, one rank 3 times slower", rows, lambda row: f"max-staleness {row['limit']}")


def drop(arguments):
    rows = []
    for scheduler in ("norm_bounded", "variance_bounded"):
        for resync in ("off", arguments.resync):
            for value in (0, 0.01, 0.05):
                network = f"{NETWORK} drop={value:g}" if value else NETWORK
                row = one(arguments, f"elastic{{scheduler={scheduler} resync={resync}}}", network)
                rows.append(row | {"name": f"{scheduler}, resync {resync}, drop {value:g}", "drop": value, "resync": resync, "scheduler": scheduler})
    return show("elastic: lost messages", rows, lambda row: row["name"])


def crash(arguments):
    at = arguments.epochs * max(1, arguments.rows // (16 * arguments.ranks)) // 3
    rows = []
    for strategy in ("dasgd", "elastic", "elastic{scheduler=variance_bounded}"):
        for dead in range(4):
            network = NETWORK + (" crash=" + ",".join(f"{rank}@{at}" for rank in range(1, dead + 1)) if dead else "")
            rows.append(one(arguments, strategy, network) | {"name": f"{strategy}, {dead} gone", "dead": dead})
    return show(f"crashes, at step {at}", rows, lambda row: row["name"])


def label(arguments):
    rows = []
    for strategy in ("ssgd", "dasgd", "dasgd{max-staleness=4}", "elastic", "elastic{beta=2}", "elastic{scheduler=variance_bounded}"):
        for name, more in (("all", ""), ("label", ",partition=label{classes=2}")):
            rows.append(one(arguments, strategy, NETWORK, more) | {"name": f"{strategy}, rows by {name}", "rows": name})
    return show("rows dealt by label", rows, lambda row: row["name"])


def bucket(arguments):
    network = "latency=50us bandwidth=1Gbit compute=20ms straggler=exponential{mean=5ms}"
    steps = arguments.epochs * max(1, arguments.rows // (16 * arguments.ranks))
    rows = [one(arguments, "ssgd", network) | {"name": "ssgd", "beta": None}]
    for value in (0, 0.25, 0.5, 0.75, 1, "inf"):
        row = one(arguments, f"elastic{{granularity=bucket bucket-bytes=262144 beta={value}}}", network)
        rows.append(row | {"name": f"buckets of 256 KiB, beta {value}", "beta": value})
    show("granularity=bucket on 1 Gb/s", rows, lambda row: f"{row['name']}: {1e3 * row['seconds'] / steps:.2f} ms a step")
    return rows


def draw(arguments, results):
    """A panel each for beta, staleness, drop and bucket, of those that there are."""
    files = {}
    if "beta" in results:
        for delay in (1, 4, 16):
            files[f"beta{delay}.dat"] = "".join(f"{r['beta']} {r['loss']} {r['seconds']}\n" for r in results["beta"] if r.get("delay") == delay)
    if "staleness" in results:
        files["staleness.dat"] = "".join(f"{i} {r['limit']} {r['loss']} {r['staleness'] or 'nan'}\n" for i, r in enumerate(results["staleness"]))
    if "drop" in results:
        for scheduler in ("norm_bounded", "variance_bounded"):
            for resync in ("off", "on"):
                mine = [r for r in results["drop"] if r["scheduler"] == scheduler and (r["resync"] == "off") == (resync == "off")]
                files[f"drop-{scheduler}-{resync}.dat"] = "".join(f"{r['drop']} {r['loss']}\n" for r in mine)
    if "bucket" in results:
        files["bucket.dat"] = "".join(f"{i} {r['beta']} {r['seconds']} {r['loss']}\n" for i, r in enumerate(results["bucket"][1:]))
    parts = " ".join(part for part in ("beta", "staleness", "drop", "bucket") if part in results)
    plot("sweep.gp", files, f"parts='{parts}';", arguments.plot)


def main(arguments):
    if unknown := set(arguments.parts) - set(PARTS):
        raise LookupError(f"no part '{unknown.pop()}'; there are {', '.join(PARTS)}")
    print(f"the MLP, {arguments.rows} rows, P = {arguments.ranks}, {arguments.epochs} epochs, {len(arguments.seeds)} seeds, virtual time")
    results = {part: globals()[part](arguments) for part in PARTS if part in arguments.parts}
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.plot:
        draw(arguments, results)
