//===- TacitAttributes.td - Roles, initialisers, schedules, reductions -*- tablegen -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_ATTRIBUTES_TD
#define TACIT_ATTRIBUTES_TD

include "dialect/TacitDialect.td"
include "dialect/TacitInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Tacit_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tacit_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

/// A number in double precision, written without its type: `0.1`, `1`.
def Tacit_F64Parameter : APFloatParameter<"a number in double precision"> {
  let parser = "::mlir::tacit::parseF64($_parser)";
  let printer = "$_printer.printFloat($_self)";
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

def Tacit_Role : I32Enum<"Role", "why a variable exists", [
    I32EnumCase<"parameter", 0>, I32EnumCase<"optimizer", 1>,
    I32EnumCase<"residual", 2>, I32EnumCase<"outer", 3>,
    I32EnumCase<"counter", 4>, I32EnumCase<"model_state", 5>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_RoleAttr : EnumAttr<Tacit_Dialect, Tacit_Role, "role"> {
  let summary = "Why a variable exists";
  let description = [{
    A model's `parameter`; what an `optimizer` remembers, such as a momentum; a
    `residual` that compression left; what an `outer` optimizer remembers; a
    `counter`; `model_state` that is not trained, such as running means.

    Example:
    ```mlir
    #tacit.role<parameter>
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

def Tacit_Reduction : I32Enum<"Reduction", "how ranks' values are combined", [
    I32EnumCase<"sum", 0>, I32EnumCase<"mean", 1>,
    I32EnumCase<"max", 2>, I32EnumCase<"min", 3>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_ReductionAttr
    : EnumAttr<Tacit_Dialect, Tacit_Reduction, "reduction"> {
  let summary = "How the values of ranks are combined";
  let description = [{
    `sum`, `mean` (the sum, divided once), `max` or `min`, of each entry. In an
    operation it is a bare word.

    Example:
    ```mlir
    #tacit.reduction<mean>
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Tacit_ExchangeKind : I32Enum<"ExchangeKind", "which exchange is started", [
    I32EnumCase<"all_reduce", 0>, I32EnumCase<"all_gather", 1>,
    I32EnumCase<"broadcast", 2>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_ExchangeKindAttr
    : EnumAttr<Tacit_Dialect, Tacit_ExchangeKind, "exchange_kind"> {
  let summary = "Which exchange is started";
  let description = [{
    `all_reduce`, `all_gather` or `broadcast`. In an operation it is a bare word.

    Example:
    ```mlir
    #tacit.exchange_kind<all_reduce>
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Initialisers
//===----------------------------------------------------------------------===//

class Tacit_InitializerAttr<string name, string attrMnemonic>
    : Tacit_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Tacit_InitializerAttrInterface>]>;

def Tacit_ZerosAttr : Tacit_InitializerAttr<"Zeros", "zeros"> {
  let summary = "Every entry is 0";
  let description = [{
    Example:
    ```mlir
    #tacit.zeros
    ```
  }];
}

def Tacit_ConstantAttr : Tacit_InitializerAttr<"ConstantInit", "constant"> {
  let summary = "Every entry is one value";
  let description = [{
    **Constraints:**
    - (constant_c1) The value is finite.

    Example:
    ```mlir
    #tacit.constant<1.0e-2>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$value);
  let assemblyFormat = "`<` $value `>`";
  let genVerifyDecl = 1;
}

def Tacit_NormalAttr : Tacit_InitializerAttr<"Normal", "normal"> {
  let summary = "Normally distributed";
  let description = [{
    **Constraints:**
    - (normal_c1) `mean` is finite, `stddev` is finite and not negative.

    Example:
    ```mlir
    #tacit.normal<mean = 0.0, stddev = 1.0e-2>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$mean, Tacit_F64Parameter:$stddev);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_UniformAttr : Tacit_InitializerAttr<"Uniform", "uniform"> {
  let summary = "Uniformly distributed in [low, high)";
  let description = [{
    **Constraints:**
    - (uniform_c1) Both are finite, and `low` is below `high`.

    Example:
    ```mlir
    #tacit.uniform<low = -5.0e-2, high = 5.0e-2>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$low, Tacit_F64Parameter:$high);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_HeNormalAttr : Tacit_InitializerAttr<"HeNormal", "he_normal"> {
  let summary = "Normal with variance 2 / fan_in";
  let description = [{
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, 2015, equation 10.

    **Constraints:**
    - (he_normal_c1) `fan_in` is at least 1.

    Example:
    ```mlir
    #tacit.he_normal<fan_in = 784>
    ```
  }];
  let parameters = (ins "int64_t":$fan_in);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_GlorotUniformAttr
    : Tacit_InitializerAttr<"GlorotUniform", "glorot_uniform"> {
  let summary = "Uniform in +- sqrt(6 / (fan_in + fan_out))";
  let description = [{
    Glorot, Bengio: Understanding the difficulty of training deep feedforward
    neural networks, 2010, equation 16.

    **Constraints:**
    - (glorot_uniform_c1) `fan_in` and `fan_out` are at least 1.

    Example:
    ```mlir
    #tacit.glorot_uniform<fan_in = 784, fan_out = 512>
    ```
  }];
  let parameters = (ins "int64_t":$fan_in, "int64_t":$fan_out);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_FactorAttr : Tacit_InitializerAttr<"Factor", "factor"> {
  let summary = "The first factor of a variable's matrix, for PowerSGD";
  let description = [{
    Uniform in [-1, 1) with 24 random bits an entry, from a stream of the seed
    that belongs to `variable`, a number in the trainer's order: replicas, and
    programs that know the seed, begin with the same.

    **Constraints:**
    - (factor_c1) `variable` is at least 0.

    Example:
    ```mlir
    #tacit.factor<variable = 0>
    ```
  }];
  let parameters = (ins "int64_t":$variable);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_OfRunAttr : Tacit_InitializerAttr<"OfRun", "of_run"> {
  let summary = "A part of the local steps of a run";
  let description = [{
    As a whole number of steps, rounded up, and at least 1. A run whose number of
    local steps is not known when it begins has none.

    **Constraints:**
    - (of_run_c1) The fraction is above 0 and at most 1.

    Example:
    ```mlir
    #tacit.of_run<fraction = 2.0e-1>
    ```
  }];
  let parameters = (ins Tacit_F64Parameter:$fraction);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_SameAsAttr : Tacit_InitializerAttr<"SameAs", "same_as"> {
  let summary = "What another variable begins with";
  let description = [{
    The value that `variable`, a number in the trainer's order, has when training
    begins, loaded or initialised.

    **Constraints:**
    - (same_as_c1) `variable` is at least 0.

    Example:
    ```mlir
    #tacit.same_as<variable = 0>
    ```
  }];
  let parameters = (ins "int64_t":$variable);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Learning-rate schedules
//===----------------------------------------------------------------------===//

class Tacit_ScheduleAttr<string name, string attrMnemonic>
    : Tacit_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Tacit_ScheduleAttrInterface>]>;

def Tacit_ConstantScheduleAttr
    : Tacit_ScheduleAttr<"ConstantSchedule", "constant_schedule"> {
  let summary = "A factor of 1 at every step";
  let description = [{
    Example:
    ```mlir
    #tacit.constant_schedule
    ```
  }];
}

def Tacit_StepScheduleAttr
    : Tacit_ScheduleAttr<"StepSchedule", "step_schedule"> {
  let summary = "A factor of gamma ^ floor(t / every)";
  let description = [{
    t = 0, 1, ... counts local steps.

    **Constraints:**
    - (step_schedule_c1) `every` is at least 1.
    - (step_schedule_c2) `gamma` is positive and finite.

    Example:
    ```mlir
    #tacit.step_schedule<every = 1000, gamma = 0.1>
    ```
  }];
  let parameters = (ins "int64_t":$every, Tacit_F64Parameter:$gamma);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_CosineScheduleAttr
    : Tacit_Attr<"CosineSchedule", "cosine_schedule",
        [DeclareAttrInterfaceMethods<Tacit_ScheduleAttrInterface,
                                     ["reachesZero"]>]> {
  let summary = "A factor that falls along half a cosine";
  let description = [{
    final + (1 - final) (1 + cos(pi min(t, steps) / steps)) / 2: from 1 to
    `final`, where it stays (Loshchilov and Hutter, "SGDR: Stochastic gradient
    descent with warm restarts", ICLR 2017, without restarts).

    **Constraints:**
    - (cosine_schedule_c1) `steps` is at least 1.
    - (cosine_schedule_c2) `final` is from 0 to 1.

    Example:
    ```mlir
    #tacit.cosine_schedule<steps = 1000, final = 1.0e-2>
    ```
  }];
  let parameters = (ins "int64_t":$steps,
                        Tacit_F64Parameter:$final_factor);
  let assemblyFormat = "`<` `steps` `=` $steps `,` `final` `=` $final_factor `>`";
  let genVerifyDecl = 1;
}

def Tacit_WarmUpScheduleAttr
    : Tacit_ScheduleAttr<"WarmUpSchedule", "warmup_schedule"> {
  let summary = "A factor that rises to 1";
  let description = [{
    (t + 1) / steps as long as t < steps, and then 1.

    **Constraints:**
    - (warmup_schedule_c1) `steps` is at least 1.

    Example:
    ```mlir
    #tacit.warmup_schedule<steps = 100>
    ```
  }];
  let parameters = (ins "int64_t":$steps);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // TACIT_ATTRIBUTES_TD
