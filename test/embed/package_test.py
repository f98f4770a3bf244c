# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the Debian packages, looks at what they say of themselves, and trains with what they hold, unpacked into a folder."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "execution"))

import harness  # noqa: E402

check = harness.Check([("--build", dict(required=True, help="folder of the build")), ("--cpack", dict(default="cpack")),
                       ("--cc", dict(default="cc"))])  # fmt: skip
for tool in ("dpkg-deb", "dpkg-shlibdeps"):
    if not shutil.which(tool):
        harness.skip(f"no {tool} (Debian's dpkg-dev)")
root = check.work / "root"


def command(*words, **settings):
    """Runs a command that must succeed; returns what it printed."""
    done = subprocess.run([*map(str, words)], text=True, capture_output=True, cwd=check.work, **settings)
    if done.returncode != 0:
        check.that(False, " ".join(map(str, words)), done.stdout[-2000:] + done.stderr[-4000:])
        check.finish()
    return done.stdout


command(check.options.cpack, "--config", pathlib.Path(check.options.build) / "CPackConfig.cmake", "-B", check.work / "packages")
packages = {path.name.split("_")[0]: path for path in (check.work / "packages").glob("*.deb")}
wanted = ["libtacit-dev", "libtacit-runtime0", "tacit-tools"]
wanted += [f"tacit-mpi-{mpi}" for mpi in ("openmpi", "mpich") if (pathlib.Path(check.options.build) / f"lib/libtacit_mpi_{mpi}.so").exists()]
check.that(sorted(packages) == sorted(wanted), "the packages", ", ".join(sorted(packages)))


def field(package, name):
    return command("dpkg-deb", "--field", packages[package], name).strip()


version = field("libtacit-runtime0", "Version")
for package, needed in {
    "libtacit-runtime0": ["libc6", "libstdc++6", "libdnnl2", "libgomp1", "libabsl"],
    "libtacit-dev": [f"libtacit-runtime0 (= {version})"],
    "tacit-tools": ["libmlir-22", "libdnnl2"],
    "tacit-mpi-openmpi": ["libopenmpi3"],
    "tacit-mpi-mpich": ["libmpich12"],
}.items():
    if package in packages:
        depends = field(package, "Depends")
        missing = [name for name in needed if name not in depends]
        check.that(not missing, f"{package} depends on what it uses", f"lacks {missing}: {depends}" if missing else depends)
check.that("MPI" not in field("libtacit-runtime0", "Depends").upper(), "the library depends on no MPI")
command("dpkg-deb", "--control", packages["libtacit-runtime0"], check.work / "control")
shlibs = (check.work / "control/shlibs").read_text().strip()
check.that(re.fullmatch(r"libtacit_runtime 0 libtacit-runtime0.*", shlibs) is not None, "who links the library finds its package", shlibs)

owners = {}
for package, path in packages.items():
    command("dpkg-deb", "--extract", path, root)
    for line in command("dpkg-deb", "--contents", path).splitlines():
        name = line.split(None, 5)[5].split(" -> ")[0]
        if not name.endswith("/"):
            owners.setdefault(name, []).append(package)
twice = {name: who for name, who in owners.items() if len(who) > 1}
check.that(not twice, "no file is in two packages", str(twice or len(owners)))
lacking = [package for package in packages if not (root / "usr/share/doc" / package / "copyright").exists()]
check.that(not lacking, "each says under what licence it is", str(lacking or "share/doc/*/copyright"))

# --- used ---

library = next(root.glob("usr/lib/**/libtacit_runtime.so")).parent
flags = command("pkg-config", "--cflags", "--libs", "tacit", env=os.environ | {"PKG_CONFIG_PATH": str(library / "pkgconfig")}).split()
model = check.examples / "embed/spirals.mlir"
command(root / "usr/bin/tacit-compile", model, "-o", "spirals.o", "--header=spirals.h")
(check.work / "create.c").write_text("""
#include "spirals.h"
#include <stdio.h>
int main(void) {
  tacit_world *world;
  tacit_trainer *trainer;
  if (tacit_world_create(NULL, &world) || spirals_create(world, NULL, &trainer))
    return puts(tacit_last_error()), 1;
  printf("%d of %d, %s\\n", tacit_world_rank(world), tacit_world_ranks(world), tacit_runtime_version());
  tacit_trainer_destroy(trainer);
  return tacit_world_destroy(world);
}
""")
command(check.options.cc, "-I.", "create.c", "spirals.o", *flags, "-o", "create")
check.tool = str(check.work / "create")
for mpi in [None, *filter(harness.has_launcher, harness.LAUNCHERS)]:
    ranks = 2 if mpi else 1
    done = check.run("unused", processes=ranks, mpi=mpi, environment={"LD_LIBRARY_PATH": str(library)})
    expected = sorted(f"{rank} of {ranks}, {version}" for rank in range(ranks))
    check.that(done.status == 0 and sorted(done.stdout.split("\n"))[1:] == expected, f"a program runs with them, {mpi or 'alone'}",
               done.stdout + done.stderr)  # fmt: skip
check.finish()
