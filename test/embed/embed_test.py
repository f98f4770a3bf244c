# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs Tacit into a folder, builds trainers against it that are no part of it, and compares them with tacit-run."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "execution"))

import harness  # noqa: E402
import numpy as np  # noqa: E402

STEPS, RANKS, ROWS = 18, 2, 512

check = harness.Check(
    [("--build", dict(required=True, help="folder of the build")), ("--cmake", dict(default="cmake")),
     ("--cc", dict(default="cc")), ("--cxx", dict(default="c++"))]
)  # fmt: skip
prefix = check.work / "prefix"
launchers = [mpi for mpi in harness.LAUNCHERS if harness.has_launcher(mpi)]


def command(*words, **settings):
    """Runs a command that must succeed; returns what it printed."""
    done = subprocess.run([*map(str, words)], text=True, capture_output=True, cwd=check.work, **settings)
    if done.returncode != 0:
        check.that(False, " ".join(map(str, words)), done.stdout[-2000:] + done.stderr[-4000:])
        check.finish()
    return done.stdout


def run(program, *arguments, mpi=None):
    """A trainer's run, as harness.Running, with its losses."""
    before, check.tool = check.tool, str(program)
    done = check.run(*arguments, processes=RANKS, mpi=mpi, environment={"LD_LIBRARY_PATH": str(library)})
    check.tool = before
    if done.status != 0:
        check.that(False, done.shown, done.says())
        check.finish()
    lines = done.stdout.splitlines()
    done.losses = [np.float32(line) for line in lines if line[:1].isdigit() and " " not in line]
    return done


def losses(run):
    return [np.float32(loss) for loss in run.losses]


def compare(name, got, saved, reference):
    check.that(losses(got) == losses(reference), f"{name}: {len(got.losses)} losses are tacit-run's",
               f"{got.losses[:2]} ... {got.losses[-1]}, wanted ... {reference.losses[-1]}")  # fmt: skip
    compare_parameters(name, saved, reference)


def compare_parameters(name, saved, reference):
    check.same(f"{name}: parameters are tacit-run's", harness.parameters(saved), reference.parameters)


# --- what is installed ---

command(check.options.cmake, "--install", check.options.build, "--prefix", prefix)
check.tool = str(prefix / "bin" / "tacit-run")
library = next(prefix.glob("lib*/**/libtacit_runtime.so")).parent
names = [line.split()[-1].split("@")[0] for line in command("nm", "-D", "--defined-only", library / "libtacit_runtime.so").splitlines()]
headers = "".join((prefix / "include/tacit" / name).read_text() for name in ("tacit_abi.h", "tacit_runtime.h"))
shown = sorted(name for name in names if name != "TACIT_0")
check.that(all(f"{name}(" in headers for name in shown) and "tacit_start" in shown and "tacit_trainer_step" in shown,
           "the library shows the functions of its headers, and nothing else", f"{len(shown)} functions")  # fmt: skip

# --- data ---

random = np.random.default_rng(1)
x = random.standard_normal((ROWS, 784)).astype(np.float32)
y = np.argmax(x @ random.standard_normal((784, 10)), axis=1).astype(np.int32)
for name, array in (("x", x), ("y", y)):
    np.save(check.work / f"{name}.npy", array)
    array.tofile(check.work / f"{name}.bin")
data = (check.work / "x.bin", check.work / "y.bin")
model = check.examples / "mlp/mlp.mlir"
common = ["--data=npy:x=x.npy,y=y.npy", "--shuffle=off", "--seed=7"]

# --- in C, by pkg-config ---

flags = command("pkg-config", "--cflags", "--libs", "tacit", env=os.environ | {"PKG_CONFIG_PATH": str(library / "pkgconfig")}).split()
command(prefix / "bin/tacit-compile", model, "--ranks=1", "--name=model", "-o", "model.o", "--header=model.h")
strict = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
command(check.options.cc, *strict, "-I.", HERE / "trainers/trainer.c", "model.o", *flags, "-o", "trainer")
trainer = check.work / "trainer"
alone = run(trainer, *data, STEPS, "c.safetensors")
reference = check.train("one-rank", model, *common, f"--rounds={STEPS}")
compare("C, one rank", alone, check.work / "c.safetensors", reference)
check.that(alone.losses[-1] < 0.8 * alone.losses[0], "C, one rank: the loss goes down")

half = run(trainer, *data, STEPS // 2, "half.safetensors")
rest = run(trainer, *data, STEPS - STEPS // 2, "rest.safetensors", "half.safetensors")
check.that(half.losses + rest.losses == alone.losses, "C: a run that is resumed goes on as if it had not ended")
check.same("C: and ends with the same parameters", harness.parameters(check.work / "rest.safetensors"), reference.parameters)

command(prefix / "bin/tacit-compile", HERE / "trainers/power.mlir", "--optimizer=sgd{lr=0.125}", "-o", "power.o", "--header=power.h")
(check.work / "power.c").write_text("""
#include "power.h"
#include <stdio.h>
int main(void) {
  const double x[POWER_X_ELEMENTS] = {3, 3, 3, 3};
  double loss;
  tacit_world *world;
  tacit_trainer *trainer;
  if (tacit_world_create(NULL, &world) || power_create(world, NULL, &trainer) || power_step(trainer, x, &loss))
    return 1;
  printf("%g, w = %g\\n", loss, power_w(trainer)[0]);
  return 0;
}
""")
command(check.options.cc, *strict, "-I.", "power.c", "power.o", *flags, "-o", "power")
power = command(check.work / "power", env=os.environ | {"LD_LIBRARY_PATH": str(library)}).strip()
check.that(power == "32, w = 0.5", "C: a model that calls libm is linked with it", power)

# --- another version ---

refused = run(trainer, "abi").stdout.strip()
version = int(refused.split(":")[0].split()[-1])
check.that(refused == f"refused, with code 1, by version {version}: the program is compiled for version {version + 1} of the runtime's interface, and this "
           f"runtime has version {version}; compile it again", "a program of another version is refused", refused)  # fmt: skip
other = check.work / "other"
other.mkdir()
text = (check.work / "model.h").read_text()
(other / "model.h").write_text(text.replace(f"TACIT_ABI_VERSION != {version}", f"TACIT_ABI_VERSION != {version + 1}"))
failed = subprocess.run([check.options.cc, "-c", f"-I{other}", str(HERE / "trainers/trainer.c"), *flags, "-o", "/dev/null"],
                        text=True, capture_output=True, cwd=check.work)  # fmt: skip
check.that(failed.returncode != 0 and "of Tacit's interface, and <tacit/tacit_abi.h> has another" in failed.stderr,
           "so is its header, by the compiler", failed.stderr[:200])  # fmt: skip

# --- in C++, by CMake ---

project = check.work / "cpp"
command(check.options.cmake, "-S", HERE / "trainers", "-B", project, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DMODEL={model}",
        f"-DCMAKE_CXX_COMPILER={check.options.cxx}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")  # fmt: skip
command(check.options.cmake, "--build", project)
alone = run(project / "ssgd", *data, STEPS, "cpp.safetensors")
check.close("C++, one rank, for any number: losses", alone.losses, reference.losses, 1e-5)
said = alone.stdout.splitlines()
check.that(float(said[-2].removeprefix("accuracy ")) > 0.5, "C++: accuracy on what it was trained on", said[-2])
check.that(said[-1] == "x has 1 elements, and 50176 are wanted", "C++: a buffer of another size is refused", said[-1])

for mpi in launchers:
    for name, strategy in (("ssgd", "ssgd"), ("gtopk", "gtopk{density=0.05}")):
        reference = check.train(f"{mpi}-{name}", model, *common, f"--rounds={STEPS}", f"--strategy={strategy}", processes=RANKS, mpi=mpi)
        saved = check.work / f"{mpi}-{name}-embedded.safetensors"
        got = run(project / name, *data, STEPS, saved, mpi=mpi)
        compare(f"C++, {name}, {RANKS} ranks of {mpi}", got, saved, reference)
        check.that(got.losses[-1] < 0.8 * got.losses[0], f"C++, {name}, {RANKS} ranks of {mpi}: the loss goes down")

    before, check.tool = check.tool, str(project / "ssgd")
    left = check.run(*data, STEPS, "left.safetensors", processes=RANKS, mpi=mpi,
                     environment={"LD_LIBRARY_PATH": str(library), "TRAINER_RANK_1_LEAVES": "1"})  # fmt: skip
    check.tool = before
    check.that(left.status != 0 and not left.crashed() and "trainer: rank 1 has had enough" in left.stderr
               and "rank 1 failed: it left by an exception" in left.stderr,
               f"C++, {RANKS} ranks of {mpi}: one that leaves by an exception is told to the other", left.says())  # fmt: skip

    # Its last round has two steps of four.
    reference = check.train(f"{mpi}-pasgd", model, *common, f"--evaluations={STEPS * RANKS}", "--strategy=pasgd{period=4}",
                            processes=RANKS, mpi=mpi)  # fmt: skip
    saved = check.work / f"{mpi}-pasgd-embedded.safetensors"
    run(project / "pasgd", *data, STEPS, saved, mpi=mpi)
    compare_parameters(f"C++, pasgd, {RANKS} ranks of {mpi}", saved, reference)

    saved = check.work / f"{mpi}-dasgd-embedded.safetensors"
    got = run(project / "dasgd", *data, STEPS, saved, mpi=mpi)
    check.that(got.losses[-1] < 0.8 * got.losses[0], f"C++, dasgd, {RANKS} ranks of {mpi}: the loss goes down")
    tensors = harness.files.load(saved)
    distance = max(float(np.abs(tensors[name] - tensors[f"rank1/parameter/{name}"]).max()) for name in harness.parameters(saved))
    check.that(distance < 1e-4, f"C++, dasgd, {RANKS} ranks of {mpi}: after the end, ranks hold the same", f"{distance:.2e} apart")

# --- what CMake is told wrong ---

for name, call, wanted in (
    ("an unknown word", "tacit_compile(wrong model.mlir STRATGY ssgd)", "cannot make anything of 'STRATGY;ssgd'"),
    ("no such target", "tacit_compile(other model.mlir)", "tacit_compile: there is no target 'other'; add it before"),
    ("a number of ranks", f"tacit_compile(wrong {model} RANKS 0)", "--ranks must be at least 1, got 0; leave it out for any number"),
):
    wrong = check.work / "wrong"
    shutil.rmtree(wrong, ignore_errors=True)
    wrong.mkdir()
    (wrong / "main.cpp").write_text("int main() {}\n")
    (wrong / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(Wrong LANGUAGES CXX)\nfind_package(Tacit REQUIRED)\n"
        f"add_executable(wrong main.cpp)\n{call}\n"
    )
    build = f"{check.options.cmake} -S . -B b -DCMAKE_PREFIX_PATH={prefix} -DCMAKE_CXX_COMPILER={check.options.cxx} && {check.options.cmake} --build b"
    failed = subprocess.run(["sh", "-c", build], text=True, capture_output=True, cwd=wrong)
    said = " ".join((failed.stdout + failed.stderr).split())
    check.that(failed.returncode != 0 and wanted in said, f"tacit_compile refuses {name}", "" if wanted in said else said[-500:])

# --- the page about it ---

paths = {"PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "PKG_CONFIG_PATH": str(library / "pkgconfig"),
         "CMAKE_PREFIX_PATH": str(prefix), "LD_LIBRARY_PATH": str(library), "CXX": check.options.cxx}  # fmt: skip
if shutil.which("mpirun"):
    page = subprocess.run(
        [sys.executable, "-B", str(HERE.parent / "docs/run_page.py"), str(check.options.source / "docs/embedding.md"), str(check.work / "page")],
        text=True, capture_output=True, env=os.environ | harness.ENVIRONMENT | paths | {"OMPI_MCA_rmaps_base_oversubscribe": "1"},
    )  # fmt: skip
    check.that(page.returncode == 0, "docs/embedding.md does what it says", page.stdout[-2000:] + page.stderr[-2000:])

# --- the example ---

spirals = check.work / "spirals"
command(check.options.cmake, "-S", check.examples / "embed", "-B", spirals, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={check.options.cxx}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")  # fmt: skip
command(check.options.cmake, "--build", spirals)
for mpi in [None, *launchers]:
    done = run(spirals / "spirals", "spirals.safetensors", mpi=mpi)
    accuracy = [float(line.split("accuracy ")[1].rstrip("%")) for line in done.stdout.splitlines() if "accuracy" in line]
    check.that(accuracy[-1] >= 98, f"examples/embed, {mpi or 'one rank'}: accuracies", str(accuracy))
    check.that(set("".join(done.stdout.splitlines()[-17:])) == set(".o#"), "and the regions that the parameters say, read in place")

check.finish()
