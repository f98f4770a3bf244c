//===- CommandLine.cpp - Parses the options of tacit-run ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tacit-run/CommandLine.h"

#include "tools/support/LibraryOptions.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "llvm/Support/CommandLine.h"

#include <cmath>
#include <optional>

namespace cl = llvm::cl;

namespace tacit {
namespace {

enum class Switch { kOn, kOff };
enum class Nan { kStop, kContinue };

/// The options. Their order is that of --help.
struct Options {
  cl::OptionCategory model_category{"Model and strategy"};
  cl::OptionCategory data_category{"Data"};
  cl::OptionCategory length_category{"Length of the run"};
  cl::OptionCategory ranks_category{"Ranks"};
  cl::OptionCategory output_category{"Output and checkpoints"};

  cl::opt<std::string> model{cl::Positional, cl::desc("<model.mlir>"),
                             cl::cat(model_category)};
  cl::opt<std::string> strategy{
      "strategy", cl::value_desc("NAME{key=value ...}"),
      cl::desc("What ranks exchange, and when (default ssgd)"),
      cl::init("ssgd"), cl::cat(model_category)};
  cl::opt<std::string> optimizer{
      "optimizer", cl::value_desc("NAME{key=value ...}"),
      cl::desc("Replaces the model's optimizer: sgd{lr=0.1 momentum=0.9 "
               "nesterov=true weight-decay=1e-4}, or adamw{lr= beta1= "
               "beta2= epsilon= weight-decay=}"),
      cl::cat(model_category)};
  cl::opt<std::string> schedule{
      "schedule", cl::value_desc("NAME{key=value ...}"),
      cl::desc("Learning rate over local steps: constant, "
               "step{every=N gamma=G}, cosine{steps=N final=F} or "
               "warmup{steps=N}; multiplied when joined by +"),
      cl::cat(model_category)};

  cl::opt<std::string> data{
      "data", cl::value_desc("FORMAT:key=value,..."),
      cl::desc("What to train on: npy:x=F,y=F  idx:images=F,labels=F  "
               "cifar10:files=F+F  text:file=F,vocab=auto  "
               "digits:count=60000,seed=0  synthetic:; all take rows=A:B, "
               "partition=iid|own|label{classes=N}|dirichlet{alpha=A} and "
               "uneven=wrap|shortest"),
      cl::cat(data_category)};
  cl::list<std::string> eval_data{
      "eval-data", cl::value_desc("[NAME=]FORMAT:..."),
      cl::desc("What to evaluate on, at the end; may be repeated"),
      cl::cat(data_category)};
  cl::opt<uint64_t> seed{"seed", cl::value_desc("S"),
                         cl::desc("Of initial values, of who gets which rows "
                                  "and of their order "
                                  "(default: the checkpoint's, else 0)"),
                         cl::cat(data_category)};
  cl::opt<Switch> shuffle{
      "shuffle", cl::desc("Another order of rows in each epoch (default on)"),
      cl::values(clEnumValN(Switch::kOn, "on", ""),
                 clEnumValN(Switch::kOff, "off", "")),
      cl::cat(data_category)};

  cl::opt<int64_t> rounds{"rounds", cl::value_desc("N"),
                          cl::desc("Exchanges of each rank"),
                          cl::cat(length_category)};
  cl::opt<int64_t> epochs{"epochs", cl::value_desc("N"),
                          cl::desc("Times through the data (default 1)"),
                          cl::cat(length_category)};
  cl::opt<int64_t> evaluations{"evaluations", cl::value_desc("N"),
                               cl::desc("Gradients in all, over all ranks"),
                               cl::cat(length_category)};
  cl::opt<std::string> stop_at_loss{
      "stop-at-loss", cl::value_desc("NAME:L"),
      cl::desc("End when the loss on the evaluation data NAME is at most L"),
      cl::cat(length_category)};
  cl::opt<Nan> on_nan{
      "on-nan",
      cl::desc("What to do when the loss is not finite (default stop)"),
      cl::values(clEnumValN(Nan::kStop, "stop", "End the run with an error"),
                 clEnumValN(Nan::kContinue, "continue", "Go on")),
      cl::cat(length_category)};

  cl::opt<int> ranks{"ranks", cl::value_desc("N"),
                     cl::desc("Ranks in this process, on a simulated network"),
                     cl::cat(ranks_category)};
  cl::opt<std::string> network{
      "network", cl::value_desc("key=value ..."),
      cl::desc(
          "The simulated network: latency=50us bandwidth=1Gbit compute=10ms "
          "straggler=exponential{mean=2ms}|rotating{factor=4} "
          "slow=RANK:FACTOR,... "
          "delay=TIME|exponential{mean=TIME}|uniform{from=TIME to=TIME} "
          "drop=P duplicate=P crash=RANK@STEP,... pause=RANK@STEP:TIME,... "
          "(default perfect)"),
      cl::cat(ranks_category)};
  cl::opt<std::string> mpi{"mpi", cl::value_desc("openmpi|mpich"),
                           cl::desc("Which MPI (default: the launcher's)"),
                           cl::cat(ranks_category)};
  cl::opt<int> threads{"threads", cl::value_desc("N"),
                       cl::desc("Threads of this process (default 1)"),
                       cl::init(1), cl::cat(ranks_category)};
  cl::opt<double> timeout{
      "timeout", cl::value_desc("SECONDS"),
      cl::desc("How long an exchange may wait for a rank (default 300)"),
      cl::init(300), cl::cat(ranks_category)};
  cl::opt<int64_t> check_replicas{
      "check-replicas", cl::value_desc("N"),
      cl::desc("Check every N rounds, besides at the end, that ranks hold the "
               "same parameters"),
      cl::cat(ranks_category)};

  cl::opt<std::string> metrics{"metrics", cl::value_desc("F.jsonl"),
                               cl::desc("Writes a line of JSON per round"),
                               cl::cat(output_category)};
  cl::opt<bool> metrics_all_ranks{"metrics-all-ranks",
                                  cl::desc("Every rank R writes F.rankR.jsonl"),
                                  cl::cat(output_category)};
  cl::opt<std::string> trace{
      "trace", cl::value_desc("F.json"),
      cl::desc("Writes what each rank did when, for ui.perfetto.dev"),
      cl::cat(output_category)};
  cl::opt<bool> measure_consistency{
      "measure-consistency",
      cl::desc("Under an asynchronous strategy, measures how far apart ranks' "
               "views are even where ranks are processes"),
      cl::cat(output_category)};
  cl::opt<int64_t> eval_every{
      "eval-every", cl::value_desc("N"),
      cl::desc("Evaluate every N rounds, besides at the end"),
      cl::cat(output_category)};
  cl::opt<std::string> save{"save", cl::value_desc("F.safetensors"),
                            cl::desc("Writes a checkpoint at the end, and on "
                                     "Ctrl-C or SIGTERM"),
                            cl::cat(output_category)};
  cl::opt<int64_t> save_every{"save-every", cl::value_desc("N"),
                              cl::desc("Writes it every N rounds, too"),
                              cl::cat(output_category)};
  cl::opt<std::string> load{"load", cl::value_desc("F"),
                            cl::desc("Goes on from a checkpoint"),
                            cl::cat(output_category)};
  cl::opt<std::string> load_parameters{
      "load-parameters", cl::value_desc("F"),
      cl::desc("Takes parameters and model state alone from a file"),
      cl::cat(output_category)};
  cl::opt<bool> quiet{"quiet", cl::desc("No progress line and no summary"),
                      cl::cat(output_category)};

  /// What was given, checked.
  absl::StatusOr<CommandLine> Get() const;

private:
  absl::Status CheckNumbers() const;
  absl::Status CheckTogether() const;
};

constexpr char kOverview[] =
    "Trains a model: a tacit.trainer, or a function whose arguments are "
    "marked\n"
    "tacit.parameter and tacit.data, as front ends export it.\n\n"
    "  tacit-run model.mlir --data=npy:x=x.npy,y=y.npy --epochs=5\n"
    "  tacit-run model.mlir --ranks=8 --network='latency=50us bandwidth=1Gbit' "
    "...\n"
    "  mpirun -n 4 tacit-run model.mlir ...\n";

/// The value of an option where it was given.
template <typename T> std::optional<T> Given(const cl::opt<T> &option) {
  if (option.getNumOccurrences() == 0)
    return std::nullopt;
  return option.getValue();
}

absl::Status CheckLeast(const cl::opt<int64_t> &option, int64_t least) {
  if (option.getNumOccurrences() == 0 || option >= least)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--", absl::string_view(option.ArgStr.data(), option.ArgStr.size()),
      " must be at least ", least, ", got ", option.getValue()));
}

absl::Status Options::CheckNumbers() const {
  for (const auto &[option, least] : {std::pair{&rounds, 0},
                                      {&epochs, 0},
                                      {&evaluations, 0},
                                      {&eval_every, 1},
                                      {&save_every, 1},
                                      {&check_replicas, 1}})
    if (absl::Status status = CheckLeast(*option, least); !status.ok())
      return status;
  if (ranks.getNumOccurrences() && ranks < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("--ranks must be at least 1, got ", ranks.getValue()));
  if (threads < 1)
    return absl::InvalidArgumentError(
        absl::StrCat("--threads must be at least 1, got ", threads.getValue()));
  if (!(timeout > 0) || !std::isfinite(timeout))
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout must be a positive number of seconds, got ",
                     timeout.getValue()));
  return absl::OkStatus();
}

absl::Status Options::CheckTogether() const {
  const int lengths = rounds.getNumOccurrences() + epochs.getNumOccurrences() +
                      evaluations.getNumOccurrences();
  if (lengths > 1)
    return absl::InvalidArgumentError(
        "--rounds, --epochs and --evaluations each say how long to train; give "
        "one of them");
  if (data.empty())
    return absl::InvalidArgumentError(
        "--data is missing; for instance --data=npy:x=x.npy,y=y.npy or "
        "--data=digits:");
  if (save_every.getNumOccurrences() && save.empty())
    return absl::InvalidArgumentError("--save-every needs --save=F, the file");
  if (metrics_all_ranks && metrics.empty())
    return absl::InvalidArgumentError(
        "--metrics-all-ranks needs --metrics=F.jsonl, the file");
  if (!load.empty() && !load_parameters.empty())
    return absl::InvalidArgumentError(
        "--load takes everything from a checkpoint and --load-parameters takes "
        "parameters alone; give one of them");
  return absl::OkStatus();
}

absl::StatusOr<CommandLine> Options::Get() const {
  if (model.empty())
    return absl::InvalidArgumentError(
        "no model; for instance tacit-run model.mlir --data=digits: (tacit-run "
        "--help lists the options)");
  for (absl::Status status : {CheckNumbers(), CheckTogether()})
    if (!status.ok())
      return status;

  CommandLine line;
  line.model = model;
  line.strategy = strategy;
  line.optimizer = optimizer;
  line.schedule = schedule;
  line.network = network;
  line.mpi = mpi;
  line.ranks = ranks.getNumOccurrences() ? ranks : 0;
  line.threads = threads;
  line.timeout = timeout;

  TrainOptions &train = line.train;
  train.rounds = Given(rounds);
  train.epochs = Given(epochs);
  train.evaluations = Given(evaluations);
  train.data = data;
  for (const std::string &text : eval_data)
    train.eval_data.push_back(ParseEvalData(text));
  train.seed = Given(seed);
  if (shuffle.getNumOccurrences())
    train.shuffle = shuffle == Switch::kOn;
  train.eval_every = eval_every;
  if (!stop_at_loss.empty()) {
    absl::StatusOr<StopAtLoss> parsed = ParseStopAtLoss(stop_at_loss);
    if (!parsed.ok())
      return parsed.status();
    train.stop_at_loss = *parsed;
  }
  train.metrics = metrics;
  train.metrics_all_ranks = metrics_all_ranks;
  train.trace = trace;
  train.measure_consistency = measure_consistency;
  if (quiet) {
    train.progress = nullptr;
    train.summary = nullptr;
  }
  train.save = save;
  train.save_every = save_every;
  train.load = load;
  train.load_parameters = load_parameters;
  train.on_nan = on_nan.getNumOccurrences() && on_nan == Nan::kContinue
                     ? OnNan::kContinue
                     : OnNan::kStop;
  train.check_replicas = check_replicas;
  return line;
}

} // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, char **argv) {
  RemoveOptionsOfLibraries();
  const Options options;
  cl::ParseCommandLineOptions(argc, argv, kOverview);
  return options.Get();
}

} // namespace tacit
