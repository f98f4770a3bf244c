# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a JAX loss function as a model of Tacit, and its parameters beside it.

    import tacit_jax
    tacit_jax.export("model.mlir", loss, params, batch)

See export() below, and README.md. Needs `pip install jax` and nothing else.
"""

import inspect
import json
import pathlib
import re
import struct

import jax
import numpy as np
from jax import tree_util
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import arith, scf, stablehlo
from jaxlib.mlir.passmanager import PassManager


class ExportError(Exception):
    """The function cannot be written as a model. Says what of it, and what to do instead."""


def export(path, loss, params, *data, state=None, evaluate=None, gradients=False):
    """Writes the model to `path` (MODEL.mlir), and its initial values to MODEL.safetensors; returns both paths.

    loss       loss(params, *data) -> the mean loss of the rows; with `state`: loss(params, state, *data) ->
               (loss, new state), as functions are that jax.value_and_grad takes with has_aux=True
    params     a tree of arrays: dictionaries, lists, dataclasses, what flax calls variables["params"]
    data       one batch: arrays, or trees of them, whose first extent is the number of rows of a rank's step. Their values
               do not matter; jax.ShapeDtypeStruct does as well
    state      a tree of arrays that steps change but do not train, as flax's variables["batch_stats"]
    evaluate   evaluate(params, *data) or evaluate(params, state, *data) -> the loss of each row, or that and 1 or 0 for
               each row, whether it is classified correctly
    gradients  write JAX's gradients into the file, too, instead of leaving them to Tacit

    Names are paths in the trees, joined with dots: params["dense"]["kernel"] is dense.kernel. Data that is one dictionary
    is named by its keys, and an array by its name among the arguments of `loss`: loss(params, x, y) takes x and y.
    """
    path = pathlib.Path(path)
    parameters, states = _named(params), _named({} if state is None else state)
    rows = _named_data(loss, data, skipped=1 if state is None else 2)
    _check(parameters, states, rows)
    marks = [("tacit.parameter", n) for n in parameters] + [("tacit.state", n) for n in states] + [("tacit.data", n) for n in rows]
    trees = (params, data) if state is None else (params, state, data)
    structure = tree_util.tree_structure(trees)
    arguments = [_shape(leaf) for leaf in tree_util.tree_leaves(trees)]

    def on_trees(function):
        """`function` of the trees."""
        return lambda trees: function(*trees[:-1], *trees[-1])

    def flat(function):
        """`function` of the leaves, in the order of the marks, which is that of trees."""
        return lambda *leaves: function(tree_util.tree_unflatten(structure, leaves))

    def training(trees):
        """The trained function: the loss, perhaps gradients, new states."""

        def call(p):
            result = on_trees(loss)((p, *trees[1:]))
            value, new = result if state is not None else (result, {})
            return _checked(value), new

        if gradients:
            (value, new), gradient = jax.value_and_grad(call, has_aux=True)(trees[0])
        else:
            (value, new), gradient = call(trees[0]), []
        return value, tree_util.tree_leaves(gradient), _leaves_like(state, new)

    name = "value_and_grad" if gradients else "loss"
    functions = [_lower(flat(training), arguments, name, marks)]
    if evaluate is not None:
        functions.append(_lower(flat(on_trees(evaluate)), arguments, "evaluate", marks))
    path.write_text("\n".join(functions))
    initial = path.with_suffix(".safetensors")
    _save(initial, parameters | {f"model_state/{n}": value for n, value in states.items()})
    return path, initial


# --- names ---


def _key(entry):
    """What one step on the way to a leaf is called."""
    for attribute in ("key", "name", "idx"):
        if hasattr(entry, attribute):
            return str(getattr(entry, attribute)).replace("/", ".")
    return str(entry)


def _named(tree, prefix=()):
    """The leaves of a tree, by path, in the order in which JAX flattens it."""
    named = {}
    for path, leaf in tree_util.tree_flatten_with_path(tree)[0]:
        name = ".".join([*prefix, *map(_key, path)])
        if not name:
            raise ExportError("a single array has no name: give a dictionary, such as {'weight': array}")
        if name in named:
            raise ExportError(f"two leaves are called {name!r}; rename one")
        named[name] = leaf
    return named


def _named_data(loss, data, skipped):
    """The leaves of the batch: a dictionary's by their keys, arrays by the names of the loss's arguments."""
    try:
        names = list(inspect.signature(loss).parameters)[skipped:]
    except (TypeError, ValueError):
        names = []
    named = {}
    for number, argument in enumerate(data):
        own = names[number] if number < len(names) else f"data{number}"
        alone = tree_util.treedef_is_leaf(tree_util.tree_structure(argument))
        prefix = (own,) if alone or len(data) > 1 else ()
        for name, leaf in _named(argument, prefix).items():
            if name in named:
                raise ExportError(f"two arrays of the batch are called {name!r}; rename one")
            named[name] = leaf
    return named


def _checked(value):
    """The loss, which must be one number."""
    if getattr(value, "shape", None) != () or not jax.numpy.issubdtype(value.dtype, jax.numpy.floating):
        raise ExportError(f"the loss returns {getattr(value, 'aval', value)}; it must return one float, the mean over the rows (and, with state=, the new state)")
    return value


def _leaves_like(state, new):
    """The leaves of the new state, which must be as those of the old."""
    if state is None:
        return []
    got, wanted = tree_util.tree_structure(new), tree_util.tree_structure(state)
    if got != wanted:
        raise ExportError(f"the loss returns a new state of the structure {got}, but the state is {wanted}")
    for (name, old), leaf in zip(_named(state).items(), tree_util.tree_leaves(new)):
        if (old.shape, old.dtype) != (leaf.shape, leaf.dtype):
            raise ExportError(f"the loss returns the new state {name!r} as {leaf.dtype}{list(leaf.shape)}, but it is {old.dtype}{list(old.shape)}")
    return tree_util.tree_leaves(new)


def _shape(leaf):
    return leaf if isinstance(leaf, jax.ShapeDtypeStruct) else jax.ShapeDtypeStruct(np.shape(leaf), jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype))


def _check(parameters, states, rows):
    for name, leaf in parameters.items():
        if not jax.numpy.issubdtype(_shape(leaf).dtype, jax.numpy.floating):
            raise ExportError(f"parameter {name!r} is of {_shape(leaf).dtype}, and only floats are trained; put it into state=, or close over it")
    if clash := sorted(set(parameters) & set(states)):
        raise ExportError(f"{clash[0]!r} is a parameter and a state; rename one of them, as by state={{'stats': ...}}")
    if not rows:
        raise ExportError("there is no batch: give export() one, after the parameters")
    counts = {}
    for name, leaf in rows.items():
        kind = _shape(leaf)
        if kind.dtype not in (np.float32, np.float64, np.int32, np.int64):
            raise ExportError(f"data {name!r} is of {kind.dtype}, and Tacit feeds float32, float64, int32 and int64; convert it, as by {name}.astype('float32')")
        if not kind.shape:
            raise ExportError(f"data {name!r} is a scalar; its first extent must be the number of rows. Close over what is the same for all rows")
        counts[name] = kind.shape[0]
    if len(set(counts.values())) > 1:
        raise ExportError(f"arrays of one batch have different numbers of rows: {counts}")


# --- from JAX to linalg on tensors ---


def _lower(function, arguments, name, marks):
    """The text of `function` as @name, and of what it calls, in dialects that Tacit takes."""
    module = jax.jit(function, keep_unused=True).lower(*arguments).compiler_ir("stablehlo")
    with module.context as context, ir.Location.unknown():
        stablehlo.register_dialect(context)
        stablehlo.register_stablehlo_passes()
        context.allow_unregistered_dialects = True  # of the attributes that mark arguments
        _refuse_dynamic(module)
        for op in _operations(module, lambda op: op in ("stablehlo.while", "stablehlo.case")):
            if op.name == "stablehlo.while":
                _CountedLoop(op).rewrite()
            elif len(op.regions) == 2:
                _rewrite_choice(op)
        passes = "func.func(stablehlo-legalize-composite-to-call,chlo-legalize-to-stablehlo),stablehlo-legalize-to-linalg,canonicalize"
        PassManager.parse(f"builtin.module({passes})").run(module.operation)
        left = _operations(module, lambda op: op.split(".")[0] in ("stablehlo", "chlo", "mhlo", "sdy") and op != "stablehlo.return")
        if left:
            raise ExportError(_refusal(left[0], name))
        return "\n".join(_printed(module, name, marks))


def _printed(module, name, marks):
    """The functions of the module, renamed so that those of several modules fit into one file."""
    functions = list(module.body)
    fresh = {op.attributes["sym_name"].value: f"{name}.{op.attributes['sym_name'].value}" for op in functions} | {"main": name}
    for call in _operations(module, lambda op: op == "func.call"):
        call.attributes["callee"] = ir.FlatSymbolRefAttr.get(fresh[ir.FlatSymbolRefAttr(call.attributes["callee"]).value])
    for op in functions:
        own = op.attributes["sym_name"].value
        op.attributes["sym_name"] = ir.StringAttr.get(fresh[own])
        for attributes in ("arg_attrs", "res_attrs"):
            if attributes in op.attributes:
                del op.attributes[attributes]
        if own == "main":
            op.attributes["arg_attrs"] = ir.ArrayAttr.get([ir.DictAttr.get({kind: ir.StringAttr.get(text)}) for kind, text in marks])
        # Without aliases, which would clash between modules.
        yield op.get_asm(use_local_scope=True) + "\n"


def _operations(module, wanted):
    """The operations whose name is wanted, inner before outer."""
    found = []

    def visit(op):
        if wanted(op.name):
            found.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return found


def _refuse_dynamic(module):
    for op in module.body:
        kinds = ir.FunctionType(ir.TypeAttr(op.attributes["function_type"]).value).inputs
        if any(not ir.ShapedType(kind).has_static_shape for kind in kinds):
            raise ExportError("the batch has a symbolic size, and shapes of a model are static: export it for one number of rows")


def _refusal(op, name):
    """Says that an operation has no counterpart, and where it comes from."""
    lines = [f"{file}:{line}" for file, line in re.findall(r'"([^"]+)":(\d+):', str(op.location)) if "/jax/" not in file]
    where = f", from {lines[0]}" if lines else ""
    why = {
        "stablehlo.scatter": "JAX's gradient of indexing by an array: leave gradients=True out, and Tacit differentiates the loss",
        "stablehlo.while": "a loop that does not run a fixed number of times: use jax.lax.scan or fori_loop with constant bounds",
        "stablehlo.case": "lax.switch with more than two branches: use jax.numpy.where or lax.cond",
        "stablehlo.sort": "a sort, or top_k",
        "stablehlo.rng_bit_generator": "random numbers: draw them outside, and feed them as data",
        "stablehlo.custom_call": "a call of a library",
    }.get(op.name, "there is no such operation in linalg, tensor, arith, math or scf")
    return f"{op.name} of {name}{where}, cannot be written as a model of Tacit: {why}"


class _CountedLoop:
    """A stablehlo.while that counts: lax.scan and fori_loop make such with constant bounds. It becomes scf.for.

    One of its values is a scalar counter that starts at a constant, is compared LT with a constant, and grows by a constant.
    """

    def __init__(self, loop):
        self.loop = loop
        self.condition, self.body = loop.regions[0].blocks[0], loop.regions[1].blocks[0]

    def refuse(self):
        raise ExportError(_refusal(self.loop, "a loop"))

    def made_by(self, value, name):
        owner = value.owner
        if isinstance(owner, ir.Block) or owner.name != name:
            self.refuse()
        return owner

    def constant(self, value):
        return int(np.array(ir.DenseIntElementsAttr(self.made_by(value, "stablehlo.constant").attributes["value"])).item())

    def read(self):
        """Sets the counter's number among the loop's values, and the loop's bounds."""
        test = self.made_by(self.condition.operations[len(self.condition.operations) - 1].operands[0], "stablehlo.compare")
        places = [i for i, argument in enumerate(self.condition.arguments) if argument == test.operands[0]]
        if "LT" not in str(test.attributes["comparison_direction"]) or not places:
            self.refuse()
        self.counter = places[0]
        self.end = self.body.operations[len(self.body.operations) - 1].operation
        growth = self.made_by(self.end.operands[self.counter], "stablehlo.add")
        if growth.operands[0] != self.body.arguments[self.counter]:
            self.refuse()
        self.bounds = [self.constant(self.loop.operands[self.counter]), self.constant(test.operands[1]), self.constant(growth.operands[1])]
        if self.bounds[2] < 1:
            self.refuse()

    def rewrite(self):
        self.read()
        loop, index = self.loop, ir.IndexType.get()
        others = [i for i in range(len(loop.operands)) if i != self.counter]
        kind = ir.RankedTensorType(loop.operands[self.counter].type)
        with ir.InsertionPoint(loop):
            bounds = [arith.constant(index, bound) for bound in self.bounds]
            new = scf.ForOp(*bounds, [loop.operands[i] for i in others])
            # After it, the counter is the first value that is not below the end.
            first, end, step = self.bounds
            last = first + max(0, -(-(end - first) // step)) * step
            after = stablehlo.constant(ir.DenseElementsAttr.get(np.array(last, np.int64 if kind.element_type.width == 64 else np.int32)))
        loop.results[self.counter].replace_all_uses_with(after)
        for i, result in zip(others, new.results):
            loop.results[i].replace_all_uses_with(result)
        with ir.InsertionPoint(new.body):
            count = arith.index_cast(kind.element_type, new.induction_variable)
            count = ir.Operation.create("tensor.from_elements", [kind], [count]).result
            self.body.arguments[self.counter].replace_all_uses_with(count)
            for i, argument in zip(others, new.inner_iter_args):
                self.body.arguments[i].replace_all_uses_with(argument)
            closing = scf.YieldOp([self.end.operands[i] for i in others]).operation
        for op in list(self.body.operations)[:-1]:
            op.operation.move_before(closing)
        loop.erase()


def _rewrite_choice(op):
    """Rewrites a stablehlo.case of two branches, which lax.cond makes, as scf.if."""
    with ir.InsertionPoint(op):
        i32 = ir.IntegerType.get_signless(32)
        number = ir.Operation.create("tensor.extract", [i32], [op.operands[0]]).result
        first = arith.cmpi(arith.CmpIPredicate.eq, number, arith.constant(i32, 0))
        new = scf.IfOp(first, [result.type for result in op.results], has_else=True)
    for region, block in zip(op.regions, (new.then_block, new.else_block)):
        inside = list(region.blocks[0].operations)
        with ir.InsertionPoint(block):
            closing = scf.YieldOp(list(inside[-1].operands)).operation
        for each in inside[:-1]:
            each.operation.move_before(closing)
    for old, fresh in zip(op.results, new.results):
        old.replace_all_uses_with(fresh)
    op.erase()


# --- safetensors ---


def _save(path, tensors):
    """Writes arrays by name: the length of a header, the header in JSON, the bytes of all."""
    names = {"float32": "F32", "float64": "F64", "bfloat16": "BF16", "float16": "F16", "int32": "I32", "int64": "I64"}
    header, parts, end = {}, [], 0
    for name, value in tensors.items():
        if isinstance(value, jax.ShapeDtypeStruct):
            raise ExportError(f"{name!r} is a shape without values; initialise it")
        array = np.ascontiguousarray(value, dtype=_shape(value).dtype)
        if array.dtype.name not in names:
            raise ExportError(f"{name!r} is of {array.dtype.name}, which is not stored; convert it, as by .astype('float32')")
        header[name] = {"dtype": names[array.dtype.name], "shape": list(np.shape(value)), "data_offsets": [end, end + array.nbytes]}
        parts.append(array.tobytes())
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))
