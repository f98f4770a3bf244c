# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What dasgd and elastic refuse: one line that names what is wrong, and the reason."""

from asynchronous import Check

check = Check()
SGD = "sgd{lr=0.1}"
#: Strategy, what the one line of its error must name, optimizer, ranks. FILE is a list of edges: its lines, joined by ;.
REFUSED = [
    # --- topologies ---
    ("dasgd{topology=edges=FILE}", ["connected|parts", "0.*1", "2.*3"], SGD, 4, "0 1; 2 3"),
    ("dasgd{topology=edges=FILE}", ["connected|parts", r"\b4\b"], SGD, 5, "0 1; 1 2; 2 3; 3 0"),
    ("dasgd{topology=edges=FILE}", [r"\b4\b", "rank|0 to 3|4 ranks"], SGD, 4, "0 1; 1 2; 2 3; 3 4"),
    ("dasgd{topology=edges=FILE}", ["-1"], SGD, 4, "0 1; 1 2; 2 3; 3 -1"),
    ("dasgd{topology=edges=FILE}", ["2", "itself|loop|same|two"], SGD, 4, "0 1; 1 2; 2 2; 2 3"),
    ("dasgd{topology=edges=FILE}", ["two|pair|'1'|2 ranks|numbers"], SGD, 4, "0 1; 1; 2 3"),
    ("dasgd{topology=edges=FILE}", ["x", "two|pair|number|rank"], SGD, 4, "0 1; 1 x"),
    ("dasgd{topology=edges=FILE}", ["connected|empty|no edge|no pair"], SGD, 4, "# nothing"),
    ("dasgd{topology=edges=absent.txt}", ["absent.txt"], SGD, 4, None),
    ("dasgd{topology=edges=}", ["edges"], SGD, 4, None),
    ("dasgd{topology=star}", ["star", "complete", "ring"], SGD, 4, None),
    ("elastic{topology=ring}", ["topology"], SGD, 4, None),
    # --- options ---
    ("dasgd{max-staleness=-1}", ["max-staleness", "-1"], SGD, 4, None),
    ("dasgd{max-staleness=some}", ["max-staleness", "some"], SGD, 4, None),
    ("dasgd{send-every=0}", ["send-every", r"\b0\b"], SGD, 4, None),
    ("dasgd{send-every=4 max-staleness=2}", ["max-staleness", "send-every", r"\b3\b|deadlock|wait"], SGD, 4, None),
    ("dasgd{damping=maybe}", ["damping", "maybe"], SGD, 4, None),
    ("dasgd{scale=half}", ["scale", "half", "sum", "mean"], SGD, 4, None),
    ("dasgd{resync=0}", ["resync", r"\b0\b"], SGD, 4, None),
    ("dasgd{resync=-2}", ["resync", "-2"], SGD, 4, None),
    ("dasgd{max-stalenes=3}", ["max-stalenes", "max-staleness"], SGD, 4, None),
    ("dasgd{beta=0.5}", ["beta"], SGD, 4, None),
    ("elastic{beta=-0.5}", ["beta", "-0.5"], SGD, 4, None),
    ("elastic{beta=nan}", ["beta", "nan"], SGD, 4, None),
    ("elastic{beta=}", ["beta"], SGD, 4, None),
    ("elastic{scheduler=variance_bounded beta=0.5}", ["beta", "norm_bounded|variance_bounded"], SGD, 4, None),
    ("elastic{scheduler=norm_bounded wait=inf}", ["wait", "beta|norm_bounded|variance_bounded"], SGD, 4, None),
    ("elastic{scheduler=variance_bounded wait=-1}", ["wait", "-1"], SGD, 4, None),
    ("elastic{scheduler=norm}", ["scheduler", "norm", "norm_bounded"], SGD, 4, None),
    ("elastic{max-delay=-1}", ["max-delay", "-1"], SGD, 4, None),
    ("elastic{granularity=layer}", ["granularity", "layer", "bucket"], SGD, 4, None),
    ("elastic{bucket-bytes=4096}", ["bucket-bytes", "granularity"], SGD, 4, None),
    ("elastic{scheduler=variance_bounded granularity=bucket}", ["granularity|bucket", "variance_bounded|norm_bounded"], SGD, 4, None),
    ("elastic{resync=0}", ["resync", r"\b0\b"], SGD, 4, None),
    ("elastic{max-staleness=3}", ["max-staleness"], SGD, 4, None),
    # --- optimizers: momentum and weight decay do not commute with reordering ---
    ("elastic", ["elastic", "momentum"], "sgd{lr=0.1 momentum=0.9}", 4, None),
    ("elastic{scheduler=variance_bounded}", ["elastic|variance_bounded", "momentum"], "sgd{lr=0.1 momentum=0.9 nesterov=true}", 4, None),
    ("elastic", ["elastic", "weight.decay"], "sgd{lr=0.1 weight-decay=0.01}", 4, None),
    ("elastic", ["elastic", "adamw"], "adamw{lr=0.01}", 4, None),
    # --- what does not go together ---
    ("elastic+pasgd{period=4}", ["elastic", "pasgd"], SGD, 4, None),
    ("pasgd{period=4}+elastic", ["elastic", "pasgd"], SGD, 4, None),
    ("elastic+adacomm", ["elastic", "adacomm"], SGD, 4, None),
    ("dasgd+pasgd{period=4}", ["dasgd", "pasgd", "send-every|both"], SGD, 4, None),
    ("dasgd+diloco", ["dasgd", "diloco"], SGD, 4, None),
    ("dasgd+elastic", ["dasgd", "elastic"], SGD, 4, None),
    ("dasgd+ssgd", ["dasgd", "ssgd"], SGD, 4, None),
    ("elastic+ssgd", ["elastic", "ssgd"], SGD, 4, None),
    ("dasgd+dasgd", ["dasgd"], SGD, 4, None),
    ("dasgd+easgd", ["dasgd", "easgd"], SGD, 4, None),
    # A merge of payloads needs every rank at once.
    ("dasgd+gtopk{density=0.1}", ["dasgd", "gtopk"], SGD, 4, None),
    ("elastic+gtopk{density=0.1}", ["elastic", "gtopk"], SGD, 4, None),
    ("dasgd+ok_topk{density=0.1}", ["dasgd", "ok_topk"], SGD, 4, None),
    ("elastic+ok_topk{density=0.1}", ["elastic", "ok_topk"], SGD, 4, None),
    ("elastic+compress{compressor=top_k density=0.1 exchange=gtopk}", ["elastic", "gtopk"], SGD, 4, None),
    ("elastic{granularity=bucket}+topk{density=0.1}", ["bucket", "topk|compress"], SGD, 4, None),
    # What is applied at once by its own rank, or averaged by nobody.
    ("dasgd{send-every=4}+topk{density=0.1}", ["send-every", "topk"], SGD, 4, None),
    ("dasgd+topk{density=0.1 momentum-correction=0.9}", ["dasgd", "momentum-correction"], SGD, 4, None),
    ("elastic+topk{density=0.1 momentum-correction=0.9}", ["elastic", "momentum-correction"], SGD, 4, None),
    ("elastic+topk{density=0.1 clip=1}", ["elastic", "clip"], SGD, 4, None),
    # PowerSGD is two sums over all ranks.
    ("dasgd+compress{compressor=powersgd rank=1}", ["dasgd", "powersgd"], SGD, 4, None),
    ("elastic+compress{compressor=powersgd rank=1}", ["elastic", "powersgd"], SGD, 4, None),
]  # fmt: skip


def refusals():
    quadratic = check.quadratic(4)
    for number, (strategy, wanted, optimizer, ranks, lines) in enumerate(REFUSED):
        if lines is not None:
            path = check.work / f"edges{number}.txt"
            path.write_text("".join(f"{line.strip()}\n" for line in lines.split(";")))
            strategy = strategy.replace("FILE", str(path))
        run = check.run(quadratic.model, *quadratic.arguments, f"--strategy={strategy}", f"--optimizer={optimizer}", "--rounds=3", f"--ranks={ranks}")
        label = f"refused: {strategy.replace(str(check.work) + '/', '')}{f' ({lines})' if lines else ''}{f', {optimizer}' if optimizer != SGD else ''}"
        check.one_line(label, run, wanted)
    # Nothing of it is refused in general.
    for strategy in ("dasgd{send-every=4 max-staleness=3}", "elastic{beta=0}", "elastic{beta=inf}", "elastic{scheduler=variance_bounded wait=inf}", "dasgd{topology=ring}"):
        run = check.run(quadratic.model, *quadratic.arguments, f"--strategy={strategy}", f"--optimizer={SGD}", "--rounds=3", "--ranks=4")
        check.that(run.status == 0, f"accepted: {strategy}", "" if run.status == 0 else run.says())


check.parts(refusals)
check.finish()
