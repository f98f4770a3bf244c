//===- EmitHeaders.cpp - A program as C and C++ see it --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/execution/EmitHeaders.h"

#include "passes/execution/Identifiers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tacit;
using llvm::StringRef;

/// An element of `dtype` in C.
static StringRef cTypeOf(tacit_dtype dtype) {
  switch (dtype) {
  case TACIT_F32:
    return "float";
  case TACIT_F64:
    return "double";
  case TACIT_I32:
    return "int32_t";
  case TACIT_I64:
    return "int64_t";
  case TACIT_I8:
    return "int8_t";
  default:
    return "uint8_t"; // TACIT_I1: one byte, 0 or 1.
  }
}

/// `64x784 float`, or `float` of a scalar.
static std::string describe(const TensorFacts &tensor) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(tensor.shape, stream, "x");
  stream << (tensor.shape.empty() ? "" : " ") << cTypeOf(tensor.dtype);
  return text;
}

/// A text as it stands in a comment or in a literal of C.
static std::string escaped(StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '"' || c == '\\')
      result.push_back('\\');
    // What would end a comment ends none.
    if (c == '/' && StringRef(result).ends_with("*"))
      result.push_back(' ');
    result.push_back(llvm::isPrint(c) ? c : '?');
  }
  return result;
}

namespace {
/// A tensor with the name that it has in the headers.
struct Named {
  const TensorFacts &tensor;
  std::string name;
  uint64_t offset = 0; ///< In the state, of a parameter.
};

/// What the two headers have in common.
class HeaderWriter {
public:
  HeaderWriter(const ObjectCode &object, std::string &text);

  void writeC();
  void writeCpp(StringRef cHeader);

private:
  void writeBanner(StringRef header, StringRef guard);
  void writeSizes(const Named &named);
  void writeAccessors();
  void writeEntry(StringRef entry, const EntryFacts &facts,
                  const std::vector<Named> &arguments,
                  const std::vector<Named> &results);
  void writeCppEntry(StringRef method, StringRef entry,
                     const std::vector<Named> &arguments,
                     const std::vector<Named> &results);
  static std::vector<Named> name(llvm::ArrayRef<TensorFacts> tensors,
                                 Identifiers &identifiers);

  const ProgramFacts &facts;
  std::string program, upper;
  llvm::raw_string_ostream out;
  std::vector<Named> data, losses, evaluated, results, parameters;
};
} // namespace

std::vector<Named> HeaderWriter::name(llvm::ArrayRef<TensorFacts> tensors,
                                      Identifiers &identifiers) {
  std::vector<Named> named;
  for (const TensorFacts &tensor : tensors)
    named.push_back({tensor, identifiers.make(tensor.name)});
  return named;
}

HeaderWriter::HeaderWriter(const ObjectCode &object, std::string &text)
    : facts(object.facts), program(object.name),
      upper(StringRef(object.name).upper()), out(text) {
  // Within a function: its own names are taken.
  Identifiers inStep({"trainer", "arguments", "results", "batch"});
  data = name(facts.step.arguments, inStep);
  for (const TensorFacts &result : facts.step.results)
    if (result.name == "loss")
      losses.push_back({result, inStep.make(result.name)});
  Identifiers inEvaluate({"trainer", "arguments", "results", "batch"});
  evaluated = name(facts.evaluate.arguments, inEvaluate);
  results = name(facts.evaluate.results, inEvaluate);
  // Beside those of the file: data and parameters share names of macros.
  Identifiers inFile({"program", "handle", "create", "step", "evaluate",
                      "BATCH_ROWS", "EVALUATION_ROWS", "RANKS",
                      "NUM_PARAMETERS", "Trainer", "Step", "Evaluate",
                      "Create"});
  for (const Named &argument : data)
    inFile.make(argument.name);
  for (const VariableFacts &variable : facts.variables)
    if (variable.isParameter())
      parameters.push_back({variable.tensor, inFile.make(variable.tensor.name),
                            variable.offset});
}

void HeaderWriter::writeBanner(StringRef header, StringRef guard) {
  out << "/* " << header << ": the program '" << escaped(facts.name)
      << "', trained with '" << escaped(facts.strategy) << "' on ";
  if (facts.ranks == 0)
    out << "any number of ranks.";
  else
    out << facts.ranks << (facts.ranks == 1 ? " rank." : " ranks.");
  out << "\n * Made by tacit-compile: compile the model again instead of "
         "changing it. */\n\n"
      << "#ifndef " << guard << "\n#define " << guard << "\n\n";
}

void HeaderWriter::writeSizes(const Named &named) {
  const std::string prefix = upper + "_" + StringRef(named.name).upper();
  out << "#define " << prefix << "_ELEMENTS " << named.tensor.elements()
      << " /* " << describe(named.tensor) << " */\n";
  out << "#define " << prefix << "_RANK " << named.tensor.shape.size() << "\n";
  if (named.tensor.shape.empty())
    return;
  out << "#define " << prefix << "_SHAPE {";
  llvm::interleaveComma(named.tensor.shape, out);
  out << "}\n";
}

void HeaderWriter::writeAccessors() {
  out << "/* Parameters: where a step reads and writes them, for as long as "
         "the "
         "trainer\n * lives. _OFFSET is in bytes, from "
         "tacit_trainer_state(trainer). */\n\n"
      << "#define " << upper << "_NUM_PARAMETERS " << parameters.size()
      << "\n\n";
  for (const Named &parameter : parameters) {
    const std::string prefix = upper + "_" + StringRef(parameter.name).upper();
    const StringRef type = cTypeOf(parameter.tensor.dtype);
    writeSizes(parameter);
    out << "#define " << prefix << "_NAME \"" << escaped(parameter.tensor.name)
        << "\"\n"
        << "#define " << prefix << "_OFFSET " << parameter.offset << "\n"
        << "static inline " << type << " *" << program << "_" << parameter.name
        << "(tacit_trainer *trainer) {\n"
        << "  return (" << type
        << " *)(void *)((char *)tacit_trainer_state(trainer) + " << prefix
        << "_OFFSET);\n}\n\n";
  }
}

void HeaderWriter::writeEntry(StringRef entry, const EntryFacts &facts,
                              const std::vector<Named> &arguments,
                              const std::vector<Named> &results) {
  out << "static inline tacit_status " << program << "_" << entry
      << "(tacit_trainer *trainer";
  for (const Named &argument : arguments)
    out << ", const " << cTypeOf(argument.tensor.dtype) << " *"
        << argument.name;
  for (const Named &result : results)
    out << ", " << cTypeOf(result.tensor.dtype) << " *" << result.name;
  out << ") {\n";
  // Results that have no parameter here are kept by the trainer.
  auto pointerTo = [&](const TensorFacts &tensor) -> std::string {
    for (const Named &result : results)
      if (&result.tensor == &tensor)
        return result.name;
    return "0";
  };
  if (!arguments.empty()) {
    out << "  const void *const arguments[] = {";
    llvm::interleaveComma(arguments, out,
                          [&](const Named &named) { out << named.name; });
    out << "};\n";
  }
  if (!facts.results.empty()) {
    out << "  void *const results[] = {";
    llvm::interleaveComma(facts.results, out, [&](const TensorFacts &tensor) {
      out << pointerTo(tensor);
    });
    out << "};\n";
  }
  out << "  const tacit_batch batch = {"
      << (arguments.empty() ? "0" : "arguments") << ", "
      << (facts.results.empty() ? "0" : "results") << "};\n"
      << "  return tacit_trainer_" << entry << "(trainer, &batch);\n}\n\n";
}

void HeaderWriter::writeC() {
  writeBanner(program + ".h", upper + "_TACIT_PROGRAM_H");
  out << "#include <stdint.h>\n\n#include <tacit/tacit_runtime.h>\n\n"
      << "#if TACIT_ABI_VERSION != " << facts.abiVersion << "\n"
      << "#error \"" << program << " is compiled for version "
      << facts.abiVersion
      << " of Tacit's interface, and <tacit/tacit_abi.h> has another: compile "
         "the model again, by the tacit-compile beside it\"\n#endif\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      << "/* The program itself, in the object file. */\n"
      << "extern const tacit_program " << program << "_program;\n\n"
      << "/* 0: any number. */\n#define " << upper << "_RANKS " << facts.ranks
      << "\n\n";
  out << "/* A rank of it: see tacit_trainer_create. */\n"
      << "static inline tacit_status " << program
      << "_create(tacit_world *world, const tacit_trainer_options *options, "
         "tacit_trainer **trainer) {\n"
      << "  return tacit_trainer_create(world, &" << program
      << "_program, options, trainer);\n}\n\n";

  out << "/* One local step on a batch, whose buffers stay the caller's. "
         "*loss: "
         "the mean\n * over its rows, before the step; may be null. "
         "*/\n\n#define "
      << upper << "_BATCH_ROWS " << facts.step.batchRows() << "\n";
  for (const Named &argument : data)
    writeSizes(argument);
  writeEntry("step", facts.step, data, losses);
  if (facts.evaluate.present) {
    out << "/* The model on a batch; changes nothing. Results that are null "
           "are "
           "not written:";
    for (const Named &result : results)
      out << "\n * " << result.name << ": " << describe(result.tensor);
    out << ". */\n\n#define " << upper << "_EVALUATION_ROWS "
        << facts.evaluate.batchRows() << "\n";
    writeEntry("evaluate", facts.evaluate, evaluated, results);
  }
  writeAccessors();
  out << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

void HeaderWriter::writeCppEntry(StringRef method, StringRef entry,
                                 const std::vector<Named> &arguments,
                                 const std::vector<Named> &results) {
  bool isStep = entry == "step";
  std::vector<std::string> parameters;
  for (const Named &argument : arguments)
    parameters.push_back(
        ("std::span<const " + cTypeOf(argument.tensor.dtype) + "> ").str() +
        argument.name);
  if (!isStep)
    for (const Named &result : results)
      parameters.push_back(
          ("std::span<" + cTypeOf(result.tensor.dtype) + "> ").str() +
          result.name);
  out << "  " << (isStep ? cTypeOf(results.front().tensor.dtype) : "void")
      << " " << method << "(" << llvm::join(parameters, ", ") << ") {\n";
  auto check = [&](const Named &named) {
    out << "    ::tacit::CheckSize(\"" << named.name << "\", " << named.name
        << ".size(), " << named.tensor.elements() << ");\n";
  };
  llvm::for_each(arguments, check);
  if (!isStep)
    llvm::for_each(results, check);
  else
    out << "    " << cTypeOf(results.front().tensor.dtype) << " "
        << results.front().name << " = 0;\n";
  out << "    ::tacit::Check(" << program << "_" << entry << "(handle()";
  for (const Named &argument : arguments)
    out << ", " << argument.name << ".data()";
  for (const Named &result : results)
    out << ", " << (isStep ? "&" : "") << result.name
        << (isStep ? "" : ".data()");
  out << "));\n";
  if (isStep)
    out << "    return " << results.front().name << ";\n";
  out << "  }\n\n";
}

void HeaderWriter::writeCpp(StringRef cHeader) {
  writeBanner(program + ".hpp", upper + "_TACIT_PROGRAM_HPP");
  out << "#include <cstdint>\n#include <span>\n\n#include "
         "<tacit/tacit.hpp>\n\n#include \""
      << cHeader << "\"\n\nnamespace " << program << " {\n\n"
      << "/// A rank of the program. Throws tacit::Error.\n"
      << "class Trainer : public ::tacit::Trainer {\npublic:\n"
      << "  static constexpr std::int64_t kBatchRows = "
      << facts.step.batchRows() << ";\n\n"
      << "  explicit Trainer(::tacit::World &world, const "
         "::tacit::TrainerOptions &options = {})\n"
      << "      : ::tacit::Trainer(world, " << program
      << "_program, options) {}\n\n";
  out << "  /// One local step; the loss before it.\n";
  writeCppEntry("Step", "step", data, losses);
  if (facts.evaluate.present) {
    out << "  /// The model on a batch of " << facts.evaluate.batchRows()
        << " rows.\n";
    writeCppEntry("Evaluate", "evaluate", evaluated, results);
  }
  out << "  // Parameters, in place.\n\n";
  for (const Named &parameter : parameters)
    out << "  /// " << describe(parameter.tensor) << ", '"
        << escaped(parameter.tensor.name) << "'.\n  std::span<"
        << cTypeOf(parameter.tensor.dtype) << ", "
        << parameter.tensor.elements() << "> " << parameter.name
        << "() {\n    return std::span<" << cTypeOf(parameter.tensor.dtype)
        << ", " << parameter.tensor.elements() << ">(" << program << "_"
        << parameter.name << "(handle()), " << parameter.tensor.elements()
        << ");\n  }\n\n";
  out << "};\n\n} // namespace " << program << "\n\n#endif\n";
}

std::string mlir::tacit::emitCHeader(const ObjectCode &object) {
  std::string text;
  HeaderWriter(object, text).writeC();
  return text;
}

std::string mlir::tacit::emitCppHeader(const ObjectCode &object,
                                       StringRef cHeader) {
  std::string text;
  HeaderWriter(object, text).writeCpp(cHeader);
  return text;
}
