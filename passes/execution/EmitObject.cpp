//===- EmitObject.cpp - A program as an object file -----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ORC compiles in memory is made to be loaded where it is compiled, with
/// absolute addresses in its text. Here the machine is one of our own, for
/// position-independent code.
///
//===----------------------------------------------------------------------===//

#include "passes/execution/EmitObject.h"

#include "passes/execution/CompiledProgram.h"
#include "passes/execution/Identifiers.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <memory>

using namespace mlir;
using namespace mlir::tacit;

/// What this machine has, beyond what the name of its processor says, and what
/// it lacks: a virtual one may hide some.
static std::string hostFeatures() {
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.getKey(), feature.getValue());
  // The map of features has no order that one may rely on.
  std::vector<std::string> sorted = features.getFeatures();
  llvm::sort(sorted);
  return llvm::join(sorted, ",");
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(const std::string &cpu) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return llvm::createStringError(message);
  const bool native = cpu == "native";
  // Of an unknown processor, LLVM would compile for another, with a warning.
  if (!native && !std::unique_ptr<llvm::MCSubtargetInfo>(
                      target->createMCSubtargetInfo(triple, "", ""))
                      ->isCPUStringValid(cpu))
    return llvm::createStringError("unknown --target-cpu=" + cpu +
                                   "; for instance native, x86-64-v3, znver4 "
                                   "(all names: llc-22 -mtriple=" +
                                   triple.str() + " -mcpu=help)");
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, native ? llvm::sys::getHostCPUName() : llvm::StringRef(cpu),
      native ? hostFeatures() : "", llvm::TargetOptions(), llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine)
    return llvm::createStringError("LLVM compiles nothing for " + triple.str());
  return machine;
}

/// What is named by it must not be taken for a part of the runtime.
static llvm::Error checkName(StringRef name) {
  if (toIdentifier(name) != name)
    return llvm::createStringError("--name=" + name +
                                   " is no identifier of C and C++; for "
                                   "instance --name=" +
                                   toIdentifier(name));
  if (name == "tacit" || name.starts_with("tacit_"))
    return llvm::createStringError(
        "--name=" + name +
        " would hide the runtime, whose names begin so; for instance "
        "--name=my_" +
        name);
  return llvm::Error::success();
}

llvm::Expected<ObjectCode>
mlir::tacit::emitObject(ModuleOp module, const ObjectOptions &options) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(options.cpu);
  if (!machine)
    return machine.takeError();

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return llvm::createStringError("the module is not in the LLVM dialect");
  translated->setDataLayout((*machine)->createDataLayout());
  translated->setTargetTriple((*machine)->getTargetTriple());
  translated->setPICLevel(llvm::PICLevel::BigPIC);

  ObjectCode object;
  object.facts = readProgramFacts(*translated);
  object.name =
      options.name.empty() ? toIdentifier(object.facts.name) : options.name;
  if (llvm::Error error = checkName(object.name))
    return std::move(error);
  // The source's name goes into the table of symbols: the same wherever the
  // model's file lies.
  translated->setSourceFileName(object.name);
  translated->getNamedGlobal("tacit_program")
      ->setName(object.name + "_program");
  optimize(*translated, **machine);

  llvm::raw_svector_ostream stream(object.bytes);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr,
                                      llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("LLVM writes no object files for " +
                                   (*machine)->getTargetTriple().str());
  passes.run(*translated);
  return object;
}
