# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds a Python that has JAX, for tests of what only such a one can do. Skips them if there is none."""

import os
import subprocess
import sys

import harness

OPTION = ("--jax-python", dict(default="", help="a Python with JAX; else $TACIT_JAX_PYTHON, else this one"))


def find(check):
    """The path of a Python that imports jax."""
    python = check.options.jax_python or os.environ.get("TACIT_JAX_PYTHON") or sys.executable
    try:
        # Not jax itself: any folder of that name would do, such as a test's.
        done = subprocess.run([python, "-c", "import jax.numpy"], capture_output=True, text=True)
        reason = done.stderr.strip().splitlines()[-1:] if done.returncode else None
    except OSError as error:
        reason = [str(error)]
    if reason is not None:
        harness.skip(f"{python} cannot import jax ({' '.join(reason)}); name one that can in $TACIT_JAX_PYTHON")
    return python


def run(check, python, *arguments, **settings):
    """Runs it with examples/jax on its path, in the test's folder."""
    environment = os.environ | {"PYTHONPATH": f"{check.examples / 'jax'}:{os.environ.get('PYTHONPATH', '')}", "JAX_PLATFORMS": "cpu"}
    return subprocess.run([python, "-B", *map(str, arguments)], capture_output=True, text=True, cwd=check.work, env=environment, **settings)
