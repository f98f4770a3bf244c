# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad input gets one clear line on standard error and a non-zero exit, and leaves an existing checkpoint as it was.

Each case says what the message must name: what was got, and what was wanted or could be written instead. MLIR's own
messages may quote the line of the model, with a caret below.
"""

import base64
import gzip
import re
import struct
from dataclasses import dataclass, field

import harness
import numpy as np
from oracle import files

check = harness.Check()
work = check.work
folder = harness.GRAPHS / "mlp"
model, init = folder / "loss.mlir", folder / "init.safetensors"
x, y, tensors = np.load(folder / "x.npy"), np.load(folder / "y.npy"), files.load(init)
text = model.read_text()


@dataclass
class Case:
    name: str
    wanted: list  # regular expressions, each to be found in the message, in any case of letters
    changes: dict = field(default_factory=dict)  # of the good command's options; None takes one away
    model: object = model
    begun: bool = False  # whether rounds may be reported before the error
    lines: int = 1  # of error and notes; MLIR's quotation and caret not counted
    environment: dict = field(default_factory=dict)


def written(name, content):
    """A file of the work folder, as its path."""
    path = work / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def array(name, content):
    np.save(work / name, content)
    return work / name


def given(**data):
    """--data=npy: with the good files except those given."""
    chosen = {"x": folder / "x.npy", "y": folder / "y.npy"} | data
    return {"--data": "npy:" + ",".join(f"{key}={path}" for key, path in chosen.items() if path)}


def checkpoint(name, change, free_text=None):
    changed = {key: tensor.copy() for key, tensor in tensors.items()}
    change(changed)
    files.save(work / name, changed, free_text)
    return {"--load-parameters": work / name}


def rewritten(source, name, change):
    """A copy of a checkpoint with other metadata."""
    content, free_text = files.load(source), dict(files.metadata(source))
    change(free_text)
    files.save(work / name, content, free_text)
    return work / name


def with_y(change):
    changed = y.copy()
    change(changed)
    return changed


def idx(values, kind=8):
    return struct.pack(">HBB", 0, kind, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def renamed(tensors, old, new):
    tensors[new] = tensors.pop(old)


nan_row = x.copy()
nan_row[85, 3] = np.nan  # with batches of 16: on one rank of the sixth step, on three of rank 2's second
example = check.examples / "mlp" / "mlp.mlir"
trainer = example.read_text()
function = text[text.index("  func.func") : text.rindex("}")]
images, labels = np.zeros((100, 28, 28), np.uint8), np.zeros(100, np.uint8)
idx_files = {"images": written("images", idx(images)), "labels": written("labels", idx(labels))}
no_init = {"--load-parameters": None, "--optimizer": None}


def on_idx(**data):
    return no_init | {"--data": "idx:" + ",".join(f"{key}={path}" for key, path in (idx_files | data).items())}


# --- graphs that it cannot take, with whole messages ---

HEAD = 'func.func @loss(%w: tensor<4xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros}, %x: tensor<4xf32> {tacit.data = "x"}'
SUM = """  %z = arith.constant dense<0.0> : tensor<f32>
  %r = linalg.reduce { arith.addf } ins(%p : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
"""
STATIC = "whose size is known only when it runs; shapes of a model are static: export it for a fixed number of rows, and sizes that are numbers"
DIALECTS = ("which models are not written in: they are of linalg, tensor, arith, math, scf and func on tensors; lower it to those first, as "
            "examples/jax does for JAX")  # fmt: skip
INTEGERS = ("makes integers of what is to be differentiated, and the loss depends on them: integers have no gradient; compute it in floats, or "
            "let the function return the gradients that are meant")  # fmt: skip
ORDER = "after the loss come gradients, if any, then new states, in the order of arguments"


#: Bytecode of MLIR 22.1 with changed bytes, found by mlir_bytecode_fuzz: its reader fails, and reports nothing.
DAMAGED = (
    "TUzvUg1NTElSMjIuMS44AAElBwEFCQ8BAw8DCxMXGx8jBQMnAz0jDwEjCxMLLwsTEw8TExMXCwsTExMBDw8TBxMPFw8CsQUVEwFjAwUXJQERAAAAAAABAAAFGRcBZwcXAX"
    "MHAQMFFwF1FRcBdxUXAXsLAQcFGRsFGwUdFwFrJRcBbRUXAW8LGwEFGwMJBQ0bAwkJAQIEGwUJDQ0BAgIElwUBUAMBBwSHAwEFB1AqAwcEcwMBCQkQCwcELQMJDQNCHQUH"
    "AwcLDUIfBwMBBQQhAwcLEA0HBCkDBQ0DQhEJAwMNQhMHAwEFBBUDAwYDAQUBANEfBQULBQUTEwsRDRcPDQ0RYnVpbHRpbgB0YWNpdABhcml0aIBtb2R1bGUAbmV4dF9iYX"
    "RjaAB5aWVsZAB0cmFpbmVyAHN0ZXAAZXZhbHVhdGUAY29uc3RhbnQALQBhAG9wZW4AYgBjAAgdCwUBAQcBAQkDLwMHAx8="
)


def graph(name, body, signature=HEAD + ") -> tensor<f32> {\n", result="  return %r : tensor<f32>\n}\n"):
    """A model of one function, in a file."""
    return written(f"{name}.mlir", signature + body + result)


def unsuitable(name, where, message, model, lines=1, **data):
    """A graph that cannot be taken: the whole message, with the place that it names."""
    changes = no_init | {"--data": "npy:" + ",".join(f"{key}={path}" for key, path in data.items())}
    return Case(name, [re.escape(f"{model.name}:{where}") + ".*", re.escape(message)], changes, model, lines=lines)


def graphs():
    np.save(work / "ones.npy", np.ones(8, np.float32))
    ones = {"x": work / "ones.npy"}
    product = "  %p = arith.mulf %w, %x : tensor<4xf32>\n"
    yield unsuitable(
        "parameter of dynamic shape", "1:17", "argument #0 of '@loss' is the parameter \"w\" of type 'tensor<?xf32>'; a parameter is a tensor of f32 or f64 with a static shape",
        graph("dynamic", "", HEAD.replace("%w: tensor<4xf32>", "%w: tensor<?xf32>") + ") -> tensor<f32> {\n  %r = arith.constant dense<0.0> : tensor<f32>\n"), **ones)  # fmt: skip
    yield unsuitable(
        "batch of dynamic size", "1:87", "argument #1 of '@loss' is the data \"x\" of type 'tensor<?xf32>'; data is a tensor of f32, f64, i32 or i64 with a static shape whose "
        "first extent is the number of rows",
        graph("rows", "", HEAD.replace("%x: tensor<4xf32>", "%x: tensor<?xf32>") + ") -> tensor<f32> {\n  %r = arith.constant dense<0.0> : tensor<f32>\n"), **ones)  # fmt: skip
    sliced = """  %c = arith.constant 0 : index
  %f = tensor.extract %x[%c] : tensor<4xf32>
  %n = arith.fptosi %f : f32 to i32
  %i = arith.index_cast %n : i32 to index
  %d = tensor.extract_slice %w[0] [%i] [1] : tensor<4xf32> to tensor<?xf32>
"""
    yield unsuitable("slice of a size in the data", "6:8", f"'tensor.extract_slice' op gives a 'tensor<?xf32>', {STATIC}", graph("slice", sliced + product + SUM), **ones)
    yield unsuitable("operation of an unknown dialect", "2:8", f"'stablehlo.multiply' is of the dialect 'stablehlo', {DIALECTS}",
                     graph("stablehlo", "  %p = stablehlo.multiply %w, %x : tensor<4xf32>\n" + SUM), **ones)  # fmt: skip
    yield unsuitable("operation of an unknown dialect, in generic form", "2:8", f"'mhlo.multiply' is of the dialect 'mhlo', {DIALECTS}",
                     graph("mhlo", '  %p = "mhlo.multiply"(%w, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>\n' + SUM), **ones)  # fmt: skip
    yield unsuitable("unknown operation of a known dialect", "2:8", "unregistered operation 'arith.times' found in dialect ('arith') that does not allow unknown operations",
                     graph("times", '  %p = "arith.times"(%w, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>\n' + SUM), **ones)  # fmt: skip
    yield unsuitable("parameter of integers", "1:17", "argument #0 of '@loss' is the parameter \"w\" of type 'tensor<4xi32>'; a parameter is a tensor of f32 or f64 with a static shape",
                     graph("integers", "  %r = arith.constant dense<0.0> : tensor<f32>\n", HEAD.replace("%w: tensor<4xf32>", "%w: tensor<4xi32>") + ") -> tensor<f32> {\n"), **ones)  # fmt: skip
    whole = "  %i = arith.fptosi %w : tensor<4xf32> to tensor<4xi32>\n  %j = arith.addi %i, %i : tensor<4xi32>\n  %p = arith.sitofp %j : tensor<4xi32> to tensor<4xf32>\n"
    yield unsuitable("parameter used in integer arithmetic", "2:8", f"'arith.fptosi' op {INTEGERS}", graph("whole", whole + SUM), **ones)
    generic = """  %e = tensor.empty() : tensor<4xi32>
  %i = linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]} ins(%w : tensor<4xf32>) outs(%e : tensor<4xi32>) {
  ^bb0(%in: f32, %out: i32):
    %n = arith.fptosi %in : f32 to i32
    linalg.yield %n : i32
  } -> tensor<4xi32>
  %p = arith.sitofp %i : tensor<4xi32> to tensor<4xf32>
"""
    yield unsuitable("parameter used in integer arithmetic, as JAX writes it", "5:10", f"'arith.fptosi' op {INTEGERS}", graph("generic", generic + SUM), **ones)
    two = HEAD + ', %y: tensor<4xf32> {tacit.data = "y"}) -> tensor<f32> {\n'
    place = f"{work / 'two_data.mlir'}:1:{two.index('%y') + 1}"
    yield Case("data argument with no file", [re.escape(f"no file for data argument 'y' (at {place}); add y=FILE")], no_init | {"--data": f"npy:x={work / 'ones.npy'}"},
               graph("two_data", product + SUM, two))  # fmt: skip
    gradients = HEAD + ', %b: tensor<f32> {tacit.parameter = "b", tacit.init = #tacit.zeros}) -> '
    yield unsuitable(
        "gradient missing", "1:1", "'@loss' returns 1 value after the loss, ('tensor<4xf32>'); it must return the loss alone, or with the gradient of every parameter after the "
        "loss: 2 gradients, in the order of arguments", graph("missing", "", gradients + "(tensor<f32>, tensor<4xf32>) {\n", "  return %b, %w : tensor<f32>, tensor<4xf32>\n}\n"), 2, **ones)  # fmt: skip
    yield Case("gradient missing: which", [re.escape("the gradient of the parameter \"b\", 'tensor<f32>', is not among them as result #2")], no_init | {"--data": f"npy:x={work / 'ones.npy'}"},
               work / "missing.mlir", lines=2)  # fmt: skip
    yield unsuitable(
        "gradient of another type", "1:1", f"result #1 of '@loss' is 'tensor<f32>', but must be the gradient of the parameter \"w\", 'tensor<4xf32>'; {ORDER}",
        graph("swapped", "", gradients + "(tensor<f32>, tensor<f32>, tensor<4xf32>) {\n", "  return %b, %b, %w : tensor<f32>, tensor<f32>, tensor<4xf32>\n}\n"), 2, **ones)  # fmt: skip
    one = HEAD + ") -> tensor<f32> {\n  %r = arith.constant dense<0.0> : tensor<f32>\n  return %r : tensor<f32>\n}\n"
    yield unsuitable(
        "two functions that could be meant", "5:1", "'@other' is a second function with marked arguments; keep the marks of the one to train (and of '@evaluate')",
        written("functions.mlir", one + one.replace("@loss", "@other")), 2, **ones)  # fmt: skip


# A checkpoint of a run, to be spoilt.
good = check.train("good", model, f"--load-parameters={init}", harness.npy(folder), "--optimizer=sgd{lr=0.1 momentum=0.9}", "--rounds=3")
momentum = {"--optimizer": "sgd{lr=0.1 momentum=0.9}", "--load-parameters": None}
bytes_of_good = good.saved.read_bytes()
versions = [key for key in files.metadata(good.saved) if "version" in key]
check.that(bool(versions), "a checkpoint says its version", str(sorted(files.metadata(good.saved))))

CASES = [
    # --- the model ---
    Case("missing model", ["absent.mlir", "no such file"], model=work / "absent.mlir"),
    Case("malformed model", ["malformed.mlir:", "expected"], model=written("malformed.mlir", text.replace("linalg.matmul ins(", "linalg.matmul ins)", 1))),
    Case("model cut short", ["cut.mlir:", "expected"], model=written("cut.mlir", text[: text.index("\n", len(text) // 2)])),
    Case("empty model", ["no .*trainer|trainer.*none", "loss"], model=written("empty.mlir", "")),
    Case("bytecode that is damaged", ["damaged.mlirbc' is damaged: MLIR cannot read it, and does not say why; write it again, as text if it was bytecode"],
         model=written("damaged.mlirbc", base64.b64decode(DAMAGED))),
    Case("model that is no text", ["noise.mlir"], model=written("noise.mlir", bytes(range(1, 256)) * 4)),
    Case("model without trainer or loss", ["no .*trainer|trainer.*none", "loss"], model=written("other.mlir", re.sub(r" \{tacit[^}]*\}", "", text))),
    Case("two trainers", ["two|2|more than one|one trainer", "trainer"], no_init | {"--data": "digits:count=100"},
         model=written("two.mlir", trainer + trainer[trainer.index("tacit.trainer") :].replace("@mlp", "@mlp2")), lines=2),  # where each of them is
    Case("unmarked argument", ["argument", "tacit.parameter|tacit.data"], model=written("unmarked.mlir", text.replace(' {tacit.parameter = "layer0.bias"}', "", 1))),
    Case("two parameters of one name", ["layer0.weight"], model=written("twice.mlir", text.replace('"layer1.weight"', '"layer0.weight"', 1))),
    Case("loss that is no scalar", ["loss", "tensor<f32>"], model=written("vector.mlir", "module {\n" + re.sub(
        r"-> tensor<f32> \{.*\Z", "-> tensor<16xf32> {\n    %e = tensor.empty() : tensor<16xf32>\n    return %e : tensor<16xf32>\n  }\n}\n", function, flags=re.S))),
    Case("operation without a rule", ["arith.remf", "rule"], model=written("remainder.mlir", text.replace("arith.maximumf", "arith.remf"))),
    # --- data ---
    Case("data file missing", ["absent.npy", "no such file"], given(x=work / "absent.npy")),
    Case("npy cut short", ["cut.npy", "24000|24128|bytes|truncated|short"], given(x=written("cut.npy", (folder / "x.npy").read_bytes()[:5000]))),
    Case("npy cut in its header", ["header.npy"], given(x=written("header.npy", (folder / "x.npy").read_bytes()[:20]))),
    Case("not an npy", ["text.npy", "npy"], given(x=written("text.npy", "1 2 3\n" * 100))),
    Case("npy of complex numbers", ["complex.npy", "c8|complex", "f32|float32|<f4"], given(x=array("complex.npy", np.ones((200, 30), np.complex64)))),
    Case("npy of floats for labels", ["floats.npy", "f32|float32|<f4", "i32|int32|<i4"], given(y=array("floats.npy", y.astype(np.float32)))),
    Case("npy in Fortran's order", ["fortran.npy", "fortran|column|order"], given(x=array("fortran.npy", np.asfortranarray(x)))),
    Case("npy of another width", ["wide.npy", "31", "30"], given(x=array("wide.npy", np.ones((200, 31), np.float32)))),
    Case("npy of another rank", ["deep.npy", "5", "30"], given(x=array("deep.npy", np.ones((200, 5, 6), np.float32)))),
    Case("other numbers of rows", ["150", "200"], given(y=array("few.npy", y[:150]))),
    Case("fewer rows than a batch", [r"\b10\b", r"\b16\b"], given(x=array("x10.npy", x[:10]), y=array("y10.npy", y[:10]))),
    Case("fewer rows than a batch, by rows=", [r"\b10\b", r"\b16\b"], {"--data": given()["--data"] + ",rows=20:30"}),
    Case("rows beyond the end", ["300", "200"], {"--data": given()["--data"] + ",rows=100:300"}),
    Case("rows backwards", ["50:20"], {"--data": given()["--data"] + ",rows=50:20"}),
    Case("no file for an argument", [r"\by\b"], given(y=None)),
    Case("a file for no argument", [r"\bz\b"], given(z=folder / "y.npy")),
    Case("unknown format", ["nyp", "npy"], {"--data": given()["--data"].replace("npy:", "nyp:", 1)}),
    Case("unknown key", ["row", "rows"], {"--data": given()["--data"] + ",row=0:100"}),
    Case("no data", ["--data"], {"--data": None}),
    Case("IDX cut short", ["images.cut"], on_idx(images=written("images.cut", idx(images)[:1000])), example),
    Case("IDX with another magic number", ["images.magic"], on_idx(images=written("images.magic", b"\1" + idx(images)[1:])), example),
    Case("IDX of another type", ["images.f32", "float|f32|type"], on_idx(images=written("images.f32", idx(np.zeros((100, 28, 28), ">f4"), 13))), example),
    Case("IDX of another shape", ["784"], on_idx(images=written("images.small", idx(np.zeros((100, 27, 27), np.uint8)))), example),
    Case("IDX with fewer labels", ["90", "100"], on_idx(labels=written("labels.few", idx(labels[:90]))), example),
    Case("gzip cut short", ["images.gz"], on_idx(images=written("images.gz", gzip.compress(idx(images))[:60])), example),
    Case("label out of range", [r"\b7\b|\[0, 7\)", r"row.*20|20.*row", r"\b0\b"], given(y=array("seven.npy", with_y(lambda v: v.__setitem__(20, 7))))),
    Case("negative label", ["-1", r"row.*31|31.*row"], given(y=array("negative.npy", with_y(lambda v: v.__setitem__(31, -1))))),
    Case("IDX label out of range", ["12", "0 to 9"], on_idx(labels=written("labels.twelve", idx(np.full(100, 12, np.uint8)))), example),
    # --- parameters and checkpoints ---
    Case("parameter with no value", ["layer0.weight", "--load-parameters|tacit.init|initial"], {"--load-parameters": None}),
    Case("parameter missing from the file", ["layer1.bias", "part.safetensors"], checkpoint("part.safetensors", lambda t: t.pop("layer1.bias"))),
    Case("parameters file missing", ["absent.safetensors", "no such file"], {"--load-parameters": work / "absent.safetensors"}),
    Case("parameters cut short", ["cut.safetensors"], {"--load-parameters": written("cut.safetensors", init.read_bytes()[:3000])}),
    Case("parameters cut in the header", ["head.safetensors"], {"--load-parameters": written("head.safetensors", init.read_bytes()[:100])}),
    Case("empty parameters file", ["zero.safetensors"], {"--load-parameters": written("zero.safetensors", "")}),
    Case("parameters that are no safetensors", ["noise.safetensors"], {"--load-parameters": written("noise.safetensors", bytes(range(256)) * 50)}),
    Case("parameter of another shape", ["layer0.weight", "31", "30"], checkpoint("shape.safetensors", lambda t: t.update({"layer0.weight": np.ones((31, 24), np.float32)}))),
    Case("parameter of another type", ["layer0.weight", "F64|f64", "F32|f32"], checkpoint("type.safetensors", lambda t: t.update({"layer0.weight": np.ones((30, 24))}))),
    Case("checkpoint missing", ["absent.safetensors", "no such file"], momentum | {"--load": work / "absent.safetensors"}),
    Case("checkpoint cut short", ["short.safetensors"], momentum | {"--load": written("short.safetensors", bytes_of_good[:-100])}),
    Case("checkpoint of another model", ["layer|shape|model"], {"--load-parameters": None, "--load": good.saved, "--optimizer": None, "--data": "digits:count=100"}, example),
    Case("checkpoint of another optimizer", ["optimizer|adamw|momentum|moment"], {"--load-parameters": None, "--load": good.saved, "--optimizer": "adamw{lr=0.01}"}),
    Case("checkpoint of no run", ["init.safetensors", "--load-parameters|metadata|round"], momentum | {"--load": init}),
    Case("checkpoint of another version", ["future.safetensors", "version", "999"], momentum | {"--load": rewritten(
        good.saved, "future.safetensors", lambda m: m.update({key: "999" for key in versions}))}),
    Case("checkpoint whose round is no number", ["round.safetensors"], momentum | {"--load": rewritten(good.saved, "round.safetensors", lambda m: m.update(round="many"))}),
    Case("both ways of loading", ["--load", "--load-parameters"], {"--load": good.saved}),
    Case("save into no folder", ["nowhere"], {"--save": work / "nowhere" / "out.safetensors"}),
    Case("metrics into no folder", ["nowhere"], {"--metrics": work / "nowhere" / "out.jsonl"}),
    # --- options; LLVM's parser of options suggests in a second line ---
    Case("0 ranks", ["--ranks", r"\b0\b", "1"], {"--ranks": "0"}),
    Case("negative ranks", ["--ranks", "-2", "1"], {"--ranks": "-2"}),
    Case("ranks that are no number", ["ranks", "four"], {"--ranks": "four"}),
    Case("0 threads", ["--threads", r"\b0\b", "1"], {"--threads": "0"}),
    Case("0 rounds", ["--rounds", r"\b0\b|-"], {"--rounds": "-1"}),
    Case("rounds and epochs", ["--rounds", "--epochs"], {"--epochs": "2"}),
    Case("unknown option", ["--ronds", "--rounds"], {"--ronds": "5"}, lines=2),
    Case("unknown strategy", ["ssdg", "ssgd"], {"--strategy": "ssdg"}),
    Case("unknown option of a strategy", ["bucket-byte", "bucket-bytes"], {"--strategy": "ssgd{bucket-byte=100}"}),
    Case("unknown optimizer", ["sdg", "sgd"], {"--optimizer": "sdg{lr=0.1}"}),
    Case("unknown option of an optimizer", ["momentun", "momentum"], {"--optimizer": "sgd{lr=0.1 momentun=0.9}"}),
    Case("option of an optimizer that is no number", ["lr", "fast"], {"--optimizer": "sgd{lr=fast}"}),
    Case("option of another optimizer", ["beta1"], {"--optimizer": "sgd{lr=0.1 beta1=0.9}"}),
    Case("unclosed braces", [r"sgd\{lr=0.1|\}"], {"--optimizer": "sgd{lr=0.1"}),
    Case("unknown schedule", ["stepp", "step"], {"--schedule": "stepp{every=3 gamma=0.1}"}),
    Case("schedule without its option", ["every|gamma"], {"--schedule": "step{gamma=0.1}"}),
    Case("schedule that divides by 0", ["every", r"\b0\b"], {"--schedule": "step{every=0 gamma=0.1}"}),
    Case("unknown network key", ["latencyy", "latency"], {"--network": "latencyy=1ms", "--ranks": "2"}),
    Case("stop at the loss of no set", ["held"], {"--stop-at-loss": "held:1.0", "--eval-every": "5", "--eval-data": "other=" + given()["--data"]}),
    Case("strategy that nobody knows", ["elastik", "elastic"], {"--strategy": "elastik"}),
    Case("more ranks announced than MPI sees", ["4", "1"], environment={"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"}),
    Case("more ranks announced by Slurm", ["4", "1"], {"--mpi": "openmpi"}, environment={"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4"}),
    # --- while training ---
    Case("NaN loss", ["nan|not finite", r"step [56]\b"], given(x=array("nan.npy", nan_row)), begun=True),
    Case("NaN loss on one of 3 ranks", ["nan|not finite", "rank 2", r"step [12]\b"], given(x=work / "nan.npy") | {"--ranks": "3"}, begun=True),
    Case("parameters that are NaN", ["nan|not finite", "step 1|round 1|step 0|layer0.weight"], checkpoint(
        "nan.safetensors", lambda t: t.update({"layer0.weight": np.full((30, 24), np.nan, np.float32)})), begun=True),
]  # fmt: skip

previous = b"a checkpoint from before"
for case in [*CASES, *graphs()]:
    target = work / "previous.safetensors"
    target.write_bytes(previous)
    options = {"--load-parameters": init, "--optimizer": "sgd{lr=0.1}", "--rounds": "10", "--shuffle": "off", "--save": target}
    options |= given() | case.changes
    arguments = [f"{key}={value}" for key, value in options.items() if value is not None]
    run = check.run(case.model, *arguments, environment=case.environment)
    message = run.stderr.strip()
    blocks = message.splitlines()
    if not case.begun:
        # MLIR quotes a line of the model and points at it.
        carets = {i for i, line in enumerate(blocks) if re.fullmatch(r"\s*\^[~^\s]*", line)}
        blocks = [line for i, line in enumerate(blocks) if i not in carets and i + 1 not in carets]
    else:
        blocks = [line for line in blocks if re.search("error", line)]
    faults = []
    if run.crashed():
        faults.append("crashes or hangs")
    if run.status == 0:
        faults.append("exit status 0")
    if len(blocks) != case.lines:
        faults.append(f"{len(blocks)} lines of error instead of {case.lines}")
    faults += [f"does not name /{phrase}/" for phrase in case.wanted if not re.search(phrase, message, re.I)]
    if target.read_bytes() != previous:
        faults.append("the previous checkpoint is gone")
    left = [path.name for path in work.glob("*previous*") if path != target]
    if left:
        faults.append(f"leaves {', '.join(left)}")
        for name in left:
            (work / name).unlink()
    detail = f"{'; '.join(faults)}\n  command: {run.shown}\n  {run.says()[:1000]}" if faults else message.splitlines()[0][:300]
    check.that(not faults, case.name, detail)

# --on-nan=continue goes on.
run = check.train("nan-continue", model, f"--load-parameters={init}", "--optimizer=sgd{lr=0.1}", "--shuffle=off", "--rounds=8", "--on-nan=continue",
                  f"--data={given(x=work / 'nan.npy')['--data']}")  # fmt: skip
check.that(len(run.rounds) == 8, "--on-nan=continue goes on after a NaN", f"{len(run.rounds)} rounds")
check.finish()
