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
  let assemblyFormat = "`<` $value `>`";
}

def Tacit_ExchangeKind : I32Enum<"ExchangeKind", "which exchange is started", [
    I32EnumCase<"all_reduce", 0>, I32EnumCase<"all_gather", 1>,
    I32EnumCase<"broadcast", 2>]> {
  let cppNamespace = "::mlir::tacit";
}
def Tacit_ExchangeKindAttr
    : EnumAttr<Tacit_Dialect, Tacit_ExchangeKind, "exchange_kind"> {
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
}

def Tacit_ConstantAttr : Tacit_InitializerAttr<"ConstantInit", "constant"> {
  let summary = "Every entry is one value";
  let parameters = (ins Tacit_F64Parameter:$value);
  let assemblyFormat = "`<` $value `>`";
}

def Tacit_NormalAttr : Tacit_InitializerAttr<"Normal", "normal"> {
  let summary = "Normally distributed";
  let parameters = (ins Tacit_F64Parameter:$mean, Tacit_F64Parameter:$stddev);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_UniformAttr : Tacit_InitializerAttr<"Uniform", "uniform"> {
  let summary = "Uniformly distributed in [low, high)";
  let parameters = (ins Tacit_F64Parameter:$low, Tacit_F64Parameter:$high);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tacit_HeNormalAttr : Tacit_InitializerAttr<"HeNormal", "he_normal"> {
  let summary = "Normal with variance 2 / fan_in";
  let description = [{
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, 2015, equation 10.
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
  }];
  let parameters = (ins "int64_t":$fan_in, "int64_t":$fan_out);
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
}

def Tacit_StepScheduleAttr
    : Tacit_ScheduleAttr<"StepSchedule", "step_schedule"> {
  let summary = "A factor of gamma ^ floor(t / every)";
  let parameters = (ins "int64_t":$every, Tacit_F64Parameter:$gamma);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // TACIT_ATTRIBUTES_TD
