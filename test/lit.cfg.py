# How the lit tests run. Tools are found through PATH: those of Tacit in the
# build, FileCheck, not, count and split-file in LLVM's folder.
#
# With TACIT_ROUND_TRIP=1 in the environment, or --param round_trip=1, every
# tacit-opt first writes what it read as text and as bytecode, reads both back,
# and fails if either is not what went in.

import os
import sys

import lit.formats

config.name = "Tacit"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
# Model files that tests read hold no RUN lines.
config.excludes = ["Inputs", "embed", "graphs", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tacit_binary_root, "test")

path = [config.tacit_tools_dir, config.llvm_tools_dir, os.environ["PATH"]]

round_trip = lit_config.params.get("round_trip", os.environ.get("TACIT_ROUND_TRIP", "0"))
if round_trip not in ("0", "1"):
    lit_config.fatal("round_trip must be 0 or 1, got '%s'" % round_trip)
if round_trip == "1":
    path.insert(0, os.path.join(config.test_exec_root, "round-trip"))
    config.available_features.add("round-trip")

config.environment["PATH"] = os.pathsep.join(path)
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "TACIT_GRAPHS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# `// REQUIRES: tacit-run` for a test of a tool that a build may leave out.
config.available_features.update(config.tacit_tools)
config.available_features.update(config.sanitizers)

config.substitutions.append(("%examples", os.path.join(config.tacit_source_root, "examples")))
config.substitutions.append(("%source_root", config.tacit_source_root))
config.substitutions.append(("%binary_root", config.tacit_binary_root))
config.substitutions.append(("%mlir_include", config.mlir_include_dir))
config.substitutions.append(("%python", '"%s"' % sys.executable))
