//===- train_options_test.cpp - Options that make no sense ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/train_options.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <functional>

namespace tacit {
namespace {

TEST(ParseEvalData, SplitsOffAName) {
  auto check = [](absl::string_view text, absl::string_view name,
                  absl::string_view data) {
    const EvalData parsed = ParseEvalData(text);
    EXPECT_EQ(parsed.name, name) << text;
    EXPECT_EQ(parsed.data, data) << text;
  };
  check("idx:images=a,labels=b", "", "idx:images=a,labels=b");
  check("test=idx:images=a", "test", "idx:images=a");
  check("a-b_c.2=digits:", "a-b_c.2", "digits:");
  check("digits", "", "digits");
  check("=idx:x=1", "", "=idx:x=1");
  check("a b=idx:x=1", "", "a b=idx:x=1");
}

TEST(ParseStopAtLoss, ReadsANameAndALoss) {
  const auto stop = ParseStopAtLoss("test:2.5e-1");
  ASSERT_TRUE(stop.ok()) << stop.status();
  EXPECT_EQ(stop->name, "test");
  EXPECT_EQ(stop->loss, 0.25);
  for (const char *text : {"test", "test:", ":1", "test:x", "a b:1", "t:nan"})
    EXPECT_EQ(ParseStopAtLoss(text).status().message(),
              std::string("--stop-at-loss='") + text +
                  "' is not NAME:LOSS, such as --stop-at-loss=eval:0.1");
}

TEST(CheckOptions, SaysWhatDoesNotGoTogether) {
  LineProgram line(8);
  auto error = [&](const std::function<void(TrainOptions &)> &set,
                   std::vector<std::string> eval = {}) {
    TrainOptions options;
    set(options);
    return std::string(CheckOptions(line.program, options, eval,
                                    /*in_process=*/true)
                           .message());
  };
  EXPECT_EQ(error([](TrainOptions &) {}), "");
  EXPECT_EQ(error([](TrainOptions &o) { o.rounds = -1; }),
            "--rounds=-1 is less than 0");
  EXPECT_EQ(error([](TrainOptions &o) { o.rounds = o.epochs = 1; }),
            "only one of --rounds, --epochs and --evaluations can say how long "
            "to train");
  EXPECT_EQ(error([](TrainOptions &o) { o.save_every = -1; }),
            "--save-every=-1 is less than 0");
  EXPECT_EQ(error([](TrainOptions &o) { o.check_replicas = -3; }),
            "--check-replicas=-3 is less than 0");
  EXPECT_EQ(error([](TrainOptions &o) { o.save_every = 1; }),
            "--save-every needs --save=FILE");
  EXPECT_EQ(error([](TrainOptions &o) { o.metrics_all_ranks = true; }),
            "--metrics-all-ranks needs --metrics=FILE");
  EXPECT_EQ(error([](TrainOptions &o) { o.load = o.load_parameters = "f"; }),
            "--load takes parameters too; leave out --load or "
            "--load-parameters");
  EXPECT_EQ(error([](TrainOptions &o) { o.eval_every = 5; }),
            "--eval-every needs --eval-data");
  EXPECT_EQ(error([](TrainOptions &) {}, {"a", "b", "a"}),
            "two --eval-data are named 'a'; write --eval-data=NAME=FORMAT:... "
            "with another NAME");
  EXPECT_EQ(
      error([](TrainOptions &o) { o.stop_at_loss = {"test", 1}; }, {"test"}),
      "--stop-at-loss needs --eval-every, which says when to look");
  EXPECT_EQ(error(
                [](TrainOptions &o) {
                  o.stop_at_loss = {"tset", 1};
                  o.eval_every = 1;
                },
                {"train", "test"}),
            "--stop-at-loss names 'tset', and no --eval-data is called that; "
            "did you mean 'test'?");
  line.program.evaluate.function = nullptr;
  EXPECT_EQ(error([](TrainOptions &) {}, {"eval"}),
            "program 'line' has no evaluation, so --eval-data has no use");
}

} // namespace
} // namespace tacit
