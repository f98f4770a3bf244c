"""Training runs that stop at chosen rounds, so that another program can look at where they are.

A run goes from checkpoint to checkpoint: a run that is saved and resumed equals one that never stopped, bit for bit. Everything
is computed by tacit-run; this module only reads what it saves.
"""

import json
import pathlib
import struct
import subprocess
import sys

import numpy as np

MLP = pathlib.Path(__file__).resolve().parents[2] / "examples" / "mlp"
BATCH = 16  # of mlp_b16.mlir


class Checkpoint:
    """A safetensors file: eight bytes of length, a header in JSON, the tensors' bytes. Its numbers are read when asked for."""

    def __init__(self, path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        self.round = int(header.pop("__metadata__")["round"])
        self.tensors = header
        self.bytes = np.memmap(path, np.uint8, "r", 8 + length)

    def flat(self, prefix):
        """The tensors whose name is `prefix` and a name without a slash, one after the other, in double."""
        names = sorted(n for n in self.tensors if n.startswith(prefix) and "/" not in n.removeprefix(prefix))
        parts = [self.bytes[slice(*self.tensors[n]["data_offsets"])].view("<f4") for n in names]
        return np.concatenate(parts).astype(np.float64)

    def parameters(self):
        return self.flat("")

    def residuals(self, ranks):
        """The sum of all ranks' residuals."""
        return sum(self.flat(f"rank{rank}/residual/") for rank in range(ranks))


def run(program, model, *options):
    done = subprocess.run([str(program), str(model), "--quiet", *map(str, options)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} {model} {' '.join(map(str, options))}\nfailed ({done.returncode}): {done.stdout}{done.stderr}")


class Trajectory:
    """The MLP on `ranks` ranks of one process, with plain SGD of a constant learning rate; files are kept in `folder`."""

    def __init__(self, program, folder, data, strategy, ranks, rate, seed):
        self.program, self.folder = program, pathlib.Path(folder)
        self.options = [f"--data={data}", f"--strategy={strategy}", f"--ranks={ranks}",
                        f"--optimizer=sgd{{lr={rate!r}}}", f"--seed={seed}"]
        self.latest = None

    def at(self, round):
        """The checkpoint after `round` rounds, no fewer than those of the call before. It holds until the next call but one."""
        names = [self.folder / f"{half}.safetensors" for half in ("even", "odd")]
        target = names[self.latest == names[0]]
        load = [f"--load={self.latest}"] if self.latest else []
        # A mapped file keeps its bytes when its name is given to another.
        target.unlink(missing_ok=True)
        run(self.program, MLP / "mlp_b16.mlir", *self.options, *load, f"--rounds={round}", f"--save={target}")
        self.latest = target
        found = Checkpoint(target)
        assert found.round == round, f"asked for round {round}, got {found.round}"
        return found


class FullGradient:
    """The gradient of the mean loss over all rows, computed by the same model with one batch of all of them.

    One step of plain SGD from the given parameters says what it is: (before - after) / rate. The rate is a large power of two, so
    that the rounding of parameters to f32 does not show in the quotient.
    """

    RATE = 1024.0

    def __init__(self, program, folder, data, rows):
        self.program, self.data = program, data
        self.model, self.after = (pathlib.Path(folder) / name for name in ("all_rows.mlir", "after.safetensors"))
        self.model.write_text((MLP / "mlp.mlir.in").read_text().replace("@BATCH@", str(rows)))

    def squared_norm(self, path):
        """|grad F|^2 at the parameters in the checkpoint `path`."""
        run(self.program, self.model, f"--data={self.data}", "--shuffle=off", "--rounds=1", "--strategy=ssgd",
            f"--optimizer=sgd{{lr={self.RATE}}}", f"--load-parameters={path}", f"--save={self.after}")
        gradient = (Checkpoint(path).parameters() - Checkpoint(self.after).parameters()) / self.RATE
        return float(gradient @ gradient)
