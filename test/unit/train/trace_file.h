//===- trace_file.h - Reads a trace back ------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_TRAIN_TRACE_FILE_H
#define TACIT_TEST_UNIT_TRAIN_TRACE_FILE_H

#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace tacit {

/// The events of a trace by rank, in the file's order, and its arrows. Expects
/// what is true of every trace.
struct TraceFile {
  explicit TraceFile(const std::string &path) {
    const auto trace = nlohmann::json::parse(ReadFile(path));
    std::map<uint64_t, double> begun;
    for (const nlohmann::json &event : trace["traceEvents"]) {
      const std::string phase = event["ph"];
      const size_t rank = event["tid"];
      const double at = event["ts"];
      EXPECT_EQ(event["pid"], 0);
      if (phase == "M") {
        rows.resize(std::max(rows.size(), rank + 1));
        if (event["name"] == "thread_name")
          EXPECT_EQ(event["args"]["name"], "rank " + std::to_string(rank));
        continue;
      }
      rows[rank].push_back(event);
      if (phase == "X")
        EXPECT_GE(event["dur"], 0);
      if (phase == "s")
        EXPECT_TRUE(begun.emplace(event["id"], at).second) << event;
      if (phase == "f")
        ends.push_back(event);
    }
    sent = begun.size();
    for (const nlohmann::json &end : ends) {
      const auto begin = begun.find(end["id"]);
      EXPECT_NE(begin, begun.end()) << end;
      if (begin == begun.end())
        continue;
      EXPECT_GE(end["ts"], begin->second);
      begun.erase(begin); // An arrow has one end.
    }
  }

  /// Seconds in slices of this category.
  double Seconds(size_t rank, const std::string &category) const {
    double sum = 0;
    for (const nlohmann::json &event : rows[rank])
      if (event["ph"] == "X" && event["cat"] == category)
        sum += event["dur"].get<double>() / 1e6;
    return sum;
  }

  std::vector<std::vector<nlohmann::json>> rows;
  std::vector<nlohmann::json> ends; ///< Of arrows.
  size_t sent = 0;                  ///< Arrows that begin.
};

} // namespace tacit

#endif // TACIT_TEST_UNIT_TRAIN_TRACE_FILE_H
