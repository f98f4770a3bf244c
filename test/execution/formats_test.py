# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same rows train alike whatever file they come from, and every rank reads its own: against the oracle and numpy."""

import gzip
import struct

import harness
import numpy as np
from oracle import files, models, optimizers, training

ROWS, STEPS = 70, 3  # the second batch of 64 wraps
check = harness.Check()
rng = np.random.default_rng(3)
images, labels = rng.integers(0, 256, (ROWS, 28, 28), np.uint8), rng.integers(0, 10, ROWS).astype(np.uint8)


def idx(values):
    return struct.pack(">HBB", 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


for name, values in (("images", images), ("labels", labels)):
    (check.work / name).write_bytes(idx(values))
    (check.work / f"{name}.gz").write_bytes(gzip.compress(idx(values)))
x, y = images.reshape(ROWS, 784).astype(np.float32) / np.float32(255), labels.astype(np.int32)
np.save(check.work / "x.npy", x)
np.save(check.work / "y.npy", y)
init, width = {}, (784, 512, 512, 10)
for i in range(3):
    init[f"layer{i}.weight"] = (rng.standard_normal(width[i : i + 2]) * (2 / width[i]) ** 0.5).astype(np.float32)
    init[f"layer{i}.bias"] = np.zeros(width[i + 1], np.float32)
files.save(check.work / "init.safetensors", init)

common = [f"--load-parameters={check.work}/init.safetensors", "--optimizer=sgd{lr=0.01}", "--shuffle=off", f"--rounds={STEPS}"]
model = check.examples / "mlp" / "mlp.mlir"
expected = training.train(models.MODELS["mlp"], init, x, y, 64, STEPS, optimizers.make("sgd{lr=0.01}"))
runs = {
    "npy": harness.npy(check.work),
    "idx": f"--data=idx:images={check.work}/images,labels={check.work}/labels",
    "idx-gzip": f"--data=idx:images={check.work}/images.gz,labels={check.work}/labels.gz,scale=255",
}
for name, data in runs.items():
    run = check.train(name, model, *common, data)
    check.close(f"{name}: losses", run.losses, [losses[0] for losses in expected.losses], 1e-5)
    check.near(f"{name}: parameters", run.parameters, expected.parameters, 1e-5)
part = check.train("part", model, *common, runs["idx"] + ",rows=5:70")
expected = training.train(models.MODELS["mlp"], init, x[5:], y[5:], 64, STEPS, optimizers.make("sgd{lr=0.01}"))
check.close("rows=5:70: losses", part.losses, [losses[0] for losses in expected.losses], 1e-5)
unscaled = check.train("unscaled", model, *common[:1], "--optimizer=sgd{lr=0.0001}", *common[2:], runs["idx"] + ",scale=51")
expected = training.train(models.MODELS["mlp"], init, 5 * x, y, 64, STEPS, optimizers.make("sgd{lr=0.0001}"))
check.close("scale=51: losses", unscaled.losses, [losses[0] for losses in expected.losses], 1e-5)

# Images of CIFAR-10 and a text, each on the least model that tells its rows apart, and in numpy.
IMAGES_MODEL = """
#image = affine_map<(b, h, w, c) -> (b, h, w, c)>
#weight = affine_map<(b, h, w, c) -> (h, w, c)>
#row = affine_map<(b, h, w, c) -> (b)>
#only = affine_map<(b) -> (b)>
#none = affine_map<(b) -> ()>
func.func @loss(%w: tensor<32x32x3xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros},
    %x: tensor<4x32x32x3xf32> {tacit.data = "x"}, %y: tensor<4xi32> {tacit.data = "y"}) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %rows = tensor.empty() : tensor<4xf32>
  %start = linalg.fill ins(%zero : f32) outs(%rows : tensor<4xf32>) -> tensor<4xf32>
  %p = linalg.generic {indexing_maps = [#image, #weight, #row], iterator_types = ["parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<4x32x32x3xf32>, tensor<32x32x3xf32>) outs(%start : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %ab = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %ab : f32
    linalg.yield %next : f32
  } -> tensor<4xf32>
  %scalar = tensor.empty() : tensor<f32>
  %nothing = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#only, #only, #none], iterator_types = ["reduction"]}
      ins(%p, %y : tensor<4xf32>, tensor<4xi32>) outs(%nothing : tensor<f32>) {
  ^bb0(%a: f32, %b: i32, %sum: f32):
    %label = arith.sitofp %b : i32 to f32
    %d = arith.subf %a, %label : f32
    %dd = arith.mulf %d, %d : f32
    %next = arith.addf %sum, %dd : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
"""
TEXT_MODEL = """
#both = affine_map<(b, t) -> (b, t)>
#none = affine_map<(b, t) -> ()>
func.func @loss(%w: tensor<256xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros},
    %x: tensor<4x8xi32> {tacit.data = "x"}, %y: tensor<4x8xi32> {tacit.data = "y"}) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %start = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#both, #both, #none], iterator_types = ["reduction", "reduction"]}
      ins(%x, %y : tensor<4x8xi32>, tensor<4x8xi32>) outs(%start : tensor<f32>) {
  ^bb0(%a: i32, %b: i32, %sum: f32):
    %id = arith.index_cast %a : i32 to index
    %guess = tensor.extract %w[%id] : tensor<256xf32>
    %next = arith.sitofp %b : i32 to f32
    %d = arith.subf %guess, %next : f32
    %dd = arith.mulf %d, %d : f32
    %more = arith.addf %sum, %dd : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
"""


def least_squares(x, y, lr, guess, scatter, w):
    """Losses and w after STEPS steps of 4 rows in their order. `scatter(x, d)`: sums of d where `guess(w, x)` took w."""
    losses = []
    for step in range(STEPS):
        rows = (4 * step + np.arange(4)) % len(x)
        d = guess(w, x[rows]) - y[rows]
        losses.append(np.sum(d * d))
        w = w - lr * scatter(x[rows], 2 * d)
    return losses, {"w": w}


def compare(name, model, data, lr, expected, *arguments):
    (check.work / "model.mlir").write_text(model)
    run = check.train(name, check.work / "model.mlir", f"--optimizer=sgd{{lr={lr}}}", "--shuffle=off", f"--rounds={STEPS}", data, *arguments)
    check.close(f"{name}: losses", run.losses, expected[0], 1e-5)
    check.near(f"{name}: parameters", run.parameters, expected[1], 1e-5)


planes, classes = rng.integers(0, 256, (10, 3, 32, 32), np.uint8), rng.integers(0, 10, 10).astype(np.uint8)
records = [bytes([label]) + image.tobytes() for label, image in zip(classes, planes)]
(check.work / "one.bin").write_bytes(b"".join(records[:6]))
(check.work / "two.bin").write_bytes(gzip.compress(b"".join(records[6:])))
pixels = planes.transpose(0, 2, 3, 1) / 255.0
image_squares = lambda x, y: least_squares(
    x, y, 1e-4, lambda w, x: np.tensordot(x, w, 3), lambda x, d: np.tensordot(d, x, 1), np.zeros((32, 32, 3)))  # fmt: skip
cifar = f"--data=cifar10:files={check.work}/one.bin+{check.work}/two.bin"
compare("cifar10", IMAGES_MODEL, cifar, 1e-4, image_squares(pixels, classes))
compare("cifar10, rows=3:9", IMAGES_MODEL, cifar + ",rows=3:9", 1e-4, image_squares(pixels[3:9], classes[3:9]))

sentence = "How much wood would a woodchuck chuck, if a woodchuck could chuck wood? Ça dépend.".encode()
(check.work / "text").write_bytes(sentence)


def text_squares(ids, stride, lr):
    starts = np.arange(0, len(ids) - 8, stride)[:, None] + np.arange(8)
    scatter = lambda x, d: np.bincount(x.ravel(), d.ravel(), 256)
    return least_squares(ids[starts], ids[starts + 1], lr, lambda w, x: w[x], scatter, np.zeros(256))


plain = np.frombuffer(sentence, np.uint8).astype(np.int64)
numbered = np.searchsorted(np.unique(plain), plain)
text = f"--data=text:file={check.work}/text"
compare("text", TEXT_MODEL, text, 0.01, text_squares(plain, 8, 0.01))
compare("text, vocab=auto", TEXT_MODEL, text + ",vocab=auto", 0.01, text_squares(numbered, 8, 0.01))
compare("text, stride=3", TEXT_MODEL, text + ",vocab=auto,stride=3", 0.01, text_squares(numbered, 3, 0.01))
check.finish()
