# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads and writes safetensors: eight bytes of length, a header in JSON, the tensors' bytes."""

import json
import struct

import numpy as np

TYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "I8": "i1", "U8": "u1", "BOOL": "?",
         "U32": "<u4", "U64": "<u8"}  # fmt: skip
NAMES = {np.dtype(value): name for name, value in TYPES.items()}


def read_header(path):
    """Returns the header as a dictionary, and where the tensors' bytes start."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), 8 + length


def load(path):
    """Returns every tensor by name, in the order of their bytes."""
    header, start = read_header(path)
    header.pop("__metadata__", None)
    with open(path, "rb") as file:
        file.seek(start)
        content = file.read()
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        if last > len(content):
            raise ValueError(f"{path}: {name} ends at byte {last} of {len(content)}")
        tensors[name] = np.frombuffer(content[first:last], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def metadata(path):
    """Returns the header's free text, by key."""
    return read_header(path)[0].get("__metadata__", {})


def save(path, tensors, free_text=None):
    """Writes `tensors` (a dictionary of arrays), and `free_text` (of strings) as metadata."""
    header, parts, offset = {"__metadata__": free_text} if free_text else {}, [], 0
    for name, tensor in tensors.items():
        part = np.ascontiguousarray(tensor).tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(part)]}  # fmt: skip
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the tensors are aligned
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
