//===- ProgramFacts.cpp - What a descriptor says --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The descriptor is a constant in LLVM's form. Its fields are found by their
/// offsets in the structs of tacit_abi.h, as the runtime finds them.
///
//===----------------------------------------------------------------------===//

#include "passes/execution/ProgramFacts.h"

#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

#include <cstddef>

using namespace mlir::tacit;

int64_t TensorFacts::elements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

bool VariableFacts::isParameter() const {
  return role == TACIT_PARAMETER && sharing != TACIT_PER_RANK;
}

int64_t EntryFacts::batchRows() const {
  return arguments.empty() || arguments.front().shape.empty()
             ? 0
             : arguments.front().shape.front();
}

namespace {
/// Reads what lies behind a constant pointer.
class ConstantReader {
public:
  explicit ConstantReader(const llvm::Module &module)
      : layout(module.getDataLayout()), context(module.getContext()) {}

  int64_t integer(llvm::Constant *base, uint64_t offset, unsigned bits) const {
    auto *value = llvm::dyn_cast<llvm::ConstantInt>(
        load(base, offset, llvm::Type::getIntNTy(context, bits)));
    assert(value && "the descriptor is a constant");
    return value->getSExtValue();
  }

  /// Null if it points at nothing.
  llvm::Constant *pointer(llvm::Constant *base, uint64_t offset) const {
    llvm::Constant *value =
        load(base, offset, llvm::PointerType::getUnqual(context));
    return value->isNullValue() ? nullptr : value;
  }

  std::string text(llvm::Constant *base, uint64_t offset) const {
    std::string text;
    llvm::Constant *characters = pointer(base, offset);
    for (uint64_t i = 0; char c = static_cast<char>(integer(characters, i, 8));
         ++i)
      text.push_back(c);
    return text;
  }

private:
  llvm::Constant *load(llvm::Constant *base, uint64_t offset,
                       llvm::Type *type) const {
    llvm::Constant *value = llvm::ConstantFoldLoadFromConstPtr(
        base, type, llvm::APInt(64, offset), layout);
    assert(value && "the descriptor is a constant");
    return value;
  }

  const llvm::DataLayout &layout;
  llvm::LLVMContext &context;
};
} // namespace

static TensorFacts readTensor(const ConstantReader &reader,
                              llvm::Constant *base, uint64_t name,
                              uint64_t type) {
  TensorFacts facts;
  facts.name = reader.text(base, name);
  facts.dtype = static_cast<tacit_dtype>(
      reader.integer(base, type + offsetof(tacit_tensor_type, dtype), 32));
  const int64_t rank =
      reader.integer(base, type + offsetof(tacit_tensor_type, rank), 32);
  llvm::Constant *shape =
      reader.pointer(base, type + offsetof(tacit_tensor_type, shape));
  for (int64_t i = 0; i < rank; ++i)
    facts.shape.push_back(reader.integer(shape, i * sizeof(int64_t), 64));
  return facts;
}

static std::vector<TensorFacts> readTensors(const ConstantReader &reader,
                                            llvm::Constant *tensors,
                                            int64_t count) {
  std::vector<TensorFacts> facts;
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t at = i * sizeof(tacit_named_tensor);
    facts.push_back(readTensor(reader, tensors,
                               at + offsetof(tacit_named_tensor, name),
                               at + offsetof(tacit_named_tensor, type)));
  }
  return facts;
}

static EntryFacts readEntry(const ConstantReader &reader,
                            llvm::Constant *program, uint64_t at) {
  EntryFacts facts;
  facts.present =
      reader.pointer(program, at + offsetof(tacit_entry, function)) != nullptr;
  auto tensors = [&](uint64_t list, uint64_t count) {
    return readTensors(reader, reader.pointer(program, at + list),
                       reader.integer(program, at + count, 32));
  };
  facts.arguments = tensors(offsetof(tacit_entry, arguments),
                            offsetof(tacit_entry, num_arguments));
  facts.results = tensors(offsetof(tacit_entry, results),
                          offsetof(tacit_entry, num_results));
  return facts;
}

static VariableFacts readVariable(const ConstantReader &reader,
                                  llvm::Constant *variables, uint64_t at) {
  VariableFacts facts;
  facts.tensor =
      readTensor(reader, variables, at + offsetof(tacit_variable, name),
                 at + offsetof(tacit_variable, type));
  facts.role = static_cast<tacit_role>(
      reader.integer(variables, at + offsetof(tacit_variable, role), 32));
  facts.sharing = static_cast<tacit_sharing>(
      reader.integer(variables, at + offsetof(tacit_variable, sharing), 32));
  facts.offset = static_cast<uint64_t>(
      reader.integer(variables, at + offsetof(tacit_variable, offset), 64));
  return facts;
}

ProgramFacts mlir::tacit::readProgramFacts(llvm::Module &module) {
  const ConstantReader reader(module);
  llvm::Constant *program = module.getNamedGlobal("tacit_program");
  auto number = [&](uint64_t offset, unsigned bits) {
    return reader.integer(program, offset, bits);
  };
  ProgramFacts facts;
  facts.abiVersion =
      static_cast<uint32_t>(number(offsetof(tacit_program, abi_version), 32));
  facts.name = reader.text(program, offsetof(tacit_program, name));
  facts.strategy = reader.text(program, offsetof(tacit_program, strategy));
  facts.ranks = number(offsetof(tacit_program, ranks), 64);
  facts.stateBytes =
      static_cast<uint64_t>(number(offsetof(tacit_program, state_bytes), 64));
  facts.arenaBytes =
      static_cast<uint64_t>(number(offsetof(tacit_program, arena_bytes), 64));
  facts.asynchronous =
      reader.pointer(program, offsetof(tacit_program, channel)) != nullptr;
  llvm::Constant *variables =
      reader.pointer(program, offsetof(tacit_program, variables));
  const int64_t count = number(offsetof(tacit_program, num_variables), 32);
  for (int64_t i = 0; i < count; ++i)
    facts.variables.push_back(
        readVariable(reader, variables, i * sizeof(tacit_variable)));
  facts.step = readEntry(reader, program, offsetof(tacit_program, step));
  facts.endRound =
      readEntry(reader, program, offsetof(tacit_program, end_round));
  facts.evaluate =
      readEntry(reader, program, offsetof(tacit_program, evaluate));
  return facts;
}
