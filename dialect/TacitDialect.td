//===- TacitDialect.td - The dialect and its base classes -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_DIALECT_TD
#define TACIT_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tacit_Dialect : Dialect {
  let name = "tacit";
  let cppNamespace = "::mlir::tacit";
  let summary = "Training steps and what they say to other ranks";
  let description = [{
    A training step is written once, for one worker, on tensors. Compute stays
    in upstream dialects; `tacit` holds what they lack: the trainer with its
    variables, the gradient of a loss, optimizers, and the exchange between
    ranks.

    Exchange operations are never pure: they read and write the `Wire`
    resource, so that nothing hoists, merges or deletes one. An exchange in
    flight is a `!tacit.token`, which is linear: on every path it is awaited
    exactly once.

    A plain function, as front ends export it, says what its arguments are by
    argument attributes: `tacit.parameter`, `tacit.data` and `tacit.state` hold
    the argument's name, and `tacit.init` the initialiser of a parameter. The
    functions that `tacit-outline` makes mark theirs with `tacit.variable`,
    `tacit.data`, `tacit.result`, and the units `tacit.arena` and `tacit.rank`.

    **Constraints:**
    - (argument_c1) No argument has another attribute of this dialect.
    - (argument_c2) Each that names something is a string.
    - (argument_c3) `tacit.init` is an initialiser.

    Example:
    ```mlir
    func.func @loss(
        %w: tensor<4xf32> {tacit.parameter = "w", tacit.init = #tacit.zeros},
        %x: tensor<8x4xf32> {tacit.data = "x"}) -> tensor<f32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

/// What ranks have in common: the order of exchanges on it must be the same on
/// every rank.
def Tacit_Wire : Resource<"::mlir::tacit::Wire">;

/// The values of a trainer's variables.
def Tacit_State : Resource<"::mlir::tacit::State">;

/// The position in the data.
def Tacit_Batches : Resource<"::mlir::tacit::Batches">;

/// The time that passes: a clock that is read again may show another.
def Tacit_Time : Resource<"::mlir::tacit::Time">;

/// What a step hands back to the program that runs it.
def Tacit_Report : Resource<"::mlir::tacit::Report">;

// The families, as the reference lists them.
def Tacit_ProgramDocs : OpDocGroup {
  let summary = "Program";
  let description = "Trainers, their variables, and what a step does with them.";
}
def Tacit_GradientDocs : OpDocGroup {
  let summary = "Gradient";
  let description = "The gradient of a loss.";
}
def Tacit_OptimizerDocs : OpDocGroup {
  let summary = "Optimizers";
  let description = "Updates of parameters from their gradients.";
}
def Tacit_ExchangeDocs : OpDocGroup {
  let summary = "Exchange";
  let description = "What ranks say to each other.";
}
def Tacit_LocalUpdateDocs : OpDocGroup {
  let summary = "Local update operations";
  let description = "When rounds of several local steps end, and with what.";
}

def Tacit_AsynchronousDocs : OpDocGroup {
  let summary = "Asynchrony";
  let description = "Exchanges in which no rank waits for all others.";
}
def Tacit_CompressionDocs : OpDocGroup {
  let summary = "Compression";
  let description = "What is kept of gradients, and what becomes of the rest.";
}
def Tacit_CompiledDocs : OpDocGroup {
  let summary = "Compiled programs";
  let description = "What lowering makes of a trainer; authors do not write it.";
}

class Tacit_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tacit_Dialect, mnemonic, traits>;

/// Every rank takes part, or those that do wait forever.
def Tacit_Collective : NativeOpTrait<"Collective"> {
  let cppNamespace = "::mlir::tacit";
}

#endif // TACIT_DIALECT_TD
