//===- programs.cpp - Programs that fuzzers read --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/programs.h"

#include "dialect/Tacit.h"
#include "test/fuzz/fuzzing.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

using namespace mlir;

namespace tacit {

namespace {

/// A context and what was said in it.
class Reader {
public:
  Reader() : context_(MLIRContext::Threading::DISABLED) {
    DialectRegistry registry;
    registry.insert<arith::ArithDialect, cf::ControlFlowDialect,
                    func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect,
                    mlir::tacit::TacitDialect, tensor::TensorDialect>();
    context_.appendDialectRegistry(registry);
    context_.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      said_ += diagnostic.str() + "\n";
      return success();
    });
  }

  OwningOpRef<ModuleOp> Read(const std::string &bytes) {
    said_.clear();
    return parseSourceString<ModuleOp>(bytes, ParserConfig(&context_));
  }

  const std::string &said() const { return said_; }

private:
  MLIRContext context_;
  std::string said_;
};

} // namespace

static std::string TextOf(ModuleOp module, bool generic = false) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  if (generic)
    flags.printGenericOpForm();
  module.print(stream, flags);
  return text;
}

static std::string BytecodeOf(ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  Require(succeeded(writeBytecodeToFile(module, stream)),
          "a program that bytecode does not take:\n" + TextOf(module));
  return bytes;
}

/// A context keeps whatever attributes it has seen, so a new one comes now and
/// then.
static Reader &CurrentReader() {
  static std::unique_ptr<Reader> reader;
  static int uses = 0;
  if (uses++ % 2000 == 0)
    reader = std::make_unique<Reader>();
  return *reader;
}

void ReadProgram(const std::string &bytes) {
  Reader &reader = CurrentReader();
  OwningOpRef<ModuleOp> module = reader.Read(bytes);
  if (!module) {
    Require(!reader.said().empty(), "refused without a word");
    return;
  }
  const std::string text = TextOf(*module);
  for (const std::string &form :
       {text, TextOf(*module, true), BytecodeOf(*module)}) {
    OwningOpRef<ModuleOp> again = reader.Read(form);
    Require(static_cast<bool>(again), "not read again: " + reader.said() +
                                          "\nwhat was written:\n" + form +
                                          "\nwhat was read:\n" + text);
    Require(TextOf(*again) == text, "read again as another program:\n" + form +
                                        "\nwhat was read:\n" + text);
  }
}

/// The file's pieces, as lit tests part them.
static std::vector<std::string> PiecesOf(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  const std::string text = contents.str(), mark = "// -----\n";
  std::vector<std::string> pieces;
  for (size_t at = 0; at != std::string::npos;) {
    const size_t end = text.find(mark, at);
    pieces.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? end : end + mark.size();
  }
  return pieces;
}

Programs FindPrograms(const std::string &folder, size_t longest) {
  std::vector<std::filesystem::path> paths;
  for (const auto &entry :
       std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".mlir")
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());

  Programs programs;
  const auto add = [&](std::vector<std::string> &to, std::string bytes) {
    if (bytes.size() <= longest)
      to.push_back(std::move(bytes));
  };
  Reader reader;
  for (const auto &path : paths)
    for (const std::string &piece : PiecesOf(path)) {
      OwningOpRef<ModuleOp> module = reader.Read(piece);
      if (!module) {
        add(programs.refused, piece);
        continue;
      }
      for (Operation &operation : *module->getBody()) {
        OwningOpRef<ModuleOp> alone = ModuleOp::create(operation.getLoc());
        alone->push_back(operation.clone());
        add(programs.texts, TextOf(*alone));
        add(programs.bytecodes, BytecodeOf(*alone));
      }
    }
  Require(!programs.texts.empty(), "no programs below " + folder);
  return programs;
}

} // namespace tacit
