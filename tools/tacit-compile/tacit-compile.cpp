//===- tacit-compile.cpp - Compiles a model for other programs ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes an object file and headers, all of them or none, for a program that
/// links libtacit_runtime.
///
//===----------------------------------------------------------------------===//

#include "passes/execution/EmitHeaders.h"
#include "passes/execution/EmitObject.h"
#include "passes/execution/LowerModel.h"
#include "tools/support/LibraryOptions.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileOutputBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <string>
#include <vector>

namespace cl = llvm::cl;

namespace {

/// The options. Their order is that of --help.
struct Options {
  cl::OptionCategory modelCategory{"Model and strategy"};
  cl::OptionCategory outputCategory{"Output"};

  cl::opt<std::string> model{cl::Positional, cl::desc("<model.mlir>"),
                             cl::cat(modelCategory)};
  cl::opt<std::string> strategy{
      "strategy", cl::value_desc("NAME{key=value ...}"),
      cl::desc("What ranks exchange, and when (default ssgd)"),
      cl::init("ssgd"), cl::cat(modelCategory)};
  cl::opt<std::string> optimizer{
      "optimizer", cl::value_desc("NAME{key=value ...}"),
      cl::desc("Replaces the model's optimizer, as in tacit-run"),
      cl::cat(modelCategory)};
  cl::opt<std::string> schedule{
      "schedule", cl::value_desc("NAME{key=value ...}"),
      cl::desc("Learning rate over local steps, as in tacit-run"),
      cl::cat(modelCategory)};
  cl::opt<int64_t> ranks{
      "ranks", cl::value_desc("N"),
      cl::desc("Ranks that will run it (default: any number). Strategies that "
               "compress need it; with 1, no exchange is left, and updates "
               "melt into the products of matrices"),
      cl::cat(modelCategory)};

  cl::opt<std::string> output{"o", cl::value_desc("F.o"),
                              cl::desc("The object file"),
                              cl::cat(outputCategory)};
  cl::opt<std::string> header{
      "header", cl::value_desc("F.h"),
      cl::desc("Its header for C and C++ (default: none)"),
      cl::cat(outputCategory)};
  cl::opt<std::string> cppHeader{
      "cpp-header", cl::value_desc("F.hpp"),
      cl::desc("A class over that header, for C++20 (default: none)"),
      cl::cat(outputCategory)};
  cl::opt<std::string> name{
      "name", cl::value_desc("NAME"),
      cl::desc("What the program's names begin with: NAME_program, NAME_step "
               "(default: the trainer's name)"),
      cl::cat(outputCategory)};
  cl::opt<std::string> cpu{
      "target-cpu", cl::value_desc("CPU"),
      cl::desc("The processor that it will run on: native, x86-64-v3, ... "
               "(default native)"),
      cl::init("native"), cl::cat(outputCategory)};

  llvm::Error check() const;
};

/// A file that is to be written.
struct Output {
  std::string path;
  llvm::StringRef contents;
};

} // namespace

static constexpr char kOverview[] =
    "Compiles a model to an object file, for programs that train it "
    "themselves.\n\n"
    "  tacit-compile model.mlir --strategy=pasgd -o mlp.o --header=mlp.h\n"
    "  cc trainer.c mlp.o $(pkg-config --cflags --libs tacit)\n";

llvm::Error Options::check() const {
  if (model.empty())
    return llvm::createStringError(
        "no model; for instance tacit-compile model.mlir -o model.o "
        "--header=model.h (tacit-compile --help lists the options)");
  if (output.empty())
    return llvm::createStringError(
        "no output; say where the object file is to go, by -o F.o");
  if (ranks.getNumOccurrences() && ranks < 1)
    return llvm::createStringError("--ranks must be at least 1, got " +
                                   std::to_string(ranks) +
                                   "; leave it out for any number");
  if (!cppHeader.empty() && header.empty())
    return llvm::createStringError(
        "--cpp-header includes the header for C; say where that goes, by "
        "--header=F.h");
  std::vector<std::string> paths = {output, header, cppHeader};
  std::erase(paths, "");
  std::sort(paths.begin(), paths.end());
  if (auto twice = std::adjacent_find(paths.begin(), paths.end());
      twice != paths.end())
    return llvm::createStringError("two outputs go to '" + *twice +
                                   "'; give each a file of its own");
  return llvm::Error::success();
}

/// Every file comes to be beside its place first: an error leaves what was
/// there before.
static llvm::Error write(llvm::ArrayRef<Output> outputs) {
  std::vector<std::unique_ptr<llvm::FileOutputBuffer>> buffers;
  auto fail = [](const Output &output, llvm::Error error) {
    return llvm::createStringError("cannot write '" + output.path +
                                   "': " + llvm::toString(std::move(error)));
  };
  for (const Output &output : outputs) {
    auto buffer =
        llvm::FileOutputBuffer::create(output.path, output.contents.size());
    if (!buffer)
      return fail(output, buffer.takeError());
    llvm::copy(output.contents, (*buffer)->getBufferStart());
    buffers.push_back(std::move(*buffer));
  }
  for (auto [output, buffer] : llvm::zip_equal(outputs, buffers))
    if (llvm::Error error = buffer->commit())
      return fail(output, std::move(error));
  return llvm::Error::success();
}

static llvm::Error run(const Options &options) {
  if (llvm::Error error = options.check())
    return error;
  mlir::tacit::TrainingOptions training;
  training.strategy = options.strategy;
  training.optimizer = options.optimizer;
  training.schedule = options.schedule;
  training.ranks = std::nullopt;
  if (options.ranks.getNumOccurrences())
    training.ranks = options.ranks;
  auto model = mlir::tacit::lowerModel(options.model, training);
  if (!model)
    return model.takeError();

  mlir::tacit::ObjectOptions how;
  how.name = options.name;
  how.cpu = options.cpu;
  auto object = mlir::tacit::emitObject(*(*model)->module, how);
  if (!object)
    return object.takeError();

  const std::string header = mlir::tacit::emitCHeader(*object);
  const std::string cppHeader = mlir::tacit::emitCppHeader(
      *object, llvm::sys::path::filename(options.header));
  std::vector<Output> outputs = {
      {options.output, {object->bytes.data(), object->bytes.size()}}};
  if (!options.header.empty())
    outputs.push_back({options.header, header});
  if (!options.cppHeader.empty())
    outputs.push_back({options.cppHeader, cppHeader});
  return write(outputs);
}

int main(int argc, char **argv) {
  tacit::RemoveOptionsOfLibraries();
  const Options options;
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  llvm::Error error = run(options);
  if (!error)
    return 0;
  // One without text has been printed.
  const std::string text = llvm::toString(std::move(error));
  if (!text.empty())
    llvm::errs() << "tacit-compile: error: " << text << "\n";
  return 1;
}
