//===- network_model.cpp - What a simulated network costs -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/network_model.h"

#include "runtime/support/suggest.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tacit {

namespace {

struct Unit {
  absl::string_view name;
  double factor;
};

struct Key {
  absl::string_view name;
  double NetworkModel::*field;
  absl::Span<const Unit> units;
  bool may_be_zero;
};

/// `key=value` of a text, and where it stands.
struct Pair {
  absl::string_view key;
  absl::string_view value;
  size_t column = 1; ///< Of the key.
};

} // namespace

static constexpr Unit kTimes[] = {
    {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
static constexpr Unit kBandwidths[] = {
    {"bit", 1.0 / 8}, {"Kbit", 1e3 / 8}, {"Mbit", 1e6 / 8}, {"Gbit", 1e9 / 8},
    {"B", 1},         {"KB", 1e3},       {"MB", 1e6},       {"GB", 1e9}};
static const Key kKeys[] = {
    {"latency", &NetworkModel::latency, kTimes, true},
    {"bandwidth", &NetworkModel::bandwidth, kBandwidths, false},
    {"compute", &NetworkModel::compute, kTimes, true}};
// These make ranks differ or lose messages, which only strategies that do not
// wait for every rank can use.
static constexpr absl::string_view kFaults[] = {
    "straggler", "slow", "drop", "crash", "delay", "duplicate", "pause"};

static absl::Status At(size_t column, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("network model, column ", column, ": ", what));
}

/// The end of the pair that begins at `from`: blanks within braces belong to
/// it, as in `straggler=exponential{mean=2ms}`.
static size_t EndOfPair(absl::string_view text, size_t from) {
  int depth = 0;
  size_t i = from;
  for (; i < text.size(); ++i) {
    if (text[i] == '{')
      ++depth;
    else if (text[i] == '}')
      --depth;
    else if (depth <= 0 && absl::ascii_isspace(text[i]))
      break;
  }
  return i;
}

static absl::StatusOr<std::vector<Pair>> Split(absl::string_view text) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < text.size();) {
    if (absl::ascii_isspace(text[i])) {
      ++i;
      continue;
    }
    const size_t end = EndOfPair(text, i);
    const absl::string_view pair = text.substr(i, end - i);
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos || equals == 0)
      return At(i + 1, absl::StrCat("got '", pair,
                                    "', wanted key=value, as in "
                                    "'latency=50us bandwidth=1Gbit'"));
    pairs.push_back({pair.substr(0, equals), pair.substr(equals + 1), i + 1});
    i = end;
  }
  return pairs;
}

static std::string List(absl::Span<const absl::string_view> names) {
  std::string all;
  for (size_t i = 0; i < names.size(); ++i)
    absl::StrAppend(&all,
                    i == 0                  ? ""
                    : i + 1 == names.size() ? " or "
                                            : ", ",
                    names[i]);
  return all;
}

static absl::StatusOr<double> ParseQuantity(const Pair &pair, const Key &key) {
  std::vector<absl::string_view> names;
  for (const Unit &unit : key.units)
    names.push_back(unit.name);
  const size_t column = pair.column + pair.key.size() + 1;
  // Units have no digits; an 'e' is the number's if a digit follows somewhere.
  size_t digits = pair.value.find_last_of("0123456789.");
  digits = digits == absl::string_view::npos ? 0 : digits + 1;
  const absl::string_view unit_name = pair.value.substr(digits);
  double number = 0;
  if (!absl::SimpleAtod(pair.value.substr(0, digits), &number) ||
      !std::isfinite(number) || number < 0 || (number == 0 && !key.may_be_zero))
    return At(column,
              absl::StrCat("got ", key.name, " '", pair.value, "', wanted a ",
                           key.may_be_zero ? "number" : "positive number",
                           " and one of ", List(names)));
  for (const Unit &unit : key.units)
    if (unit.name == unit_name)
      return number * unit.factor;
  if (unit_name.empty())
    return At(column, absl::StrCat(key.name, " '", pair.value,
                                   "' has no unit: add ", List(names)));
  return At(column + digits,
            absl::StrCat(key.name, " has the unknown unit '", unit_name, "'",
                         DidYouMean(unit_name, names)));
}

absl::StatusOr<NetworkModel> ParseNetworkModel(absl::string_view text) {
  const absl::StatusOr<std::vector<Pair>> pairs = Split(text);
  if (!pairs.ok())
    return pairs.status();
  NetworkModel model;
  std::vector<absl::string_view> seen, known;
  for (const Key &key : kKeys)
    known.push_back(key.name);
  for (const Pair &pair : *pairs) {
    if (std::find(seen.begin(), seen.end(), pair.key) != seen.end())
      return At(pair.column, absl::StrCat("'", pair.key, "' is given twice"));
    seen.push_back(pair.key);
    if (std::find(std::begin(kFaults), std::end(kFaults), pair.key) !=
        std::end(kFaults))
      return At(pair.column,
                absl::StrCat("'", pair.key,
                             "' is not supported yet: it belongs to "
                             "asynchronous strategies, and there are none"));
    const Key *key = std::find_if(
        std::begin(kKeys), std::end(kKeys),
        [&](const Key &candidate) { return candidate.name == pair.key; });
    if (key == std::end(kKeys))
      return At(pair.column, absl::StrCat("unknown key '", pair.key, "'",
                                          DidYouMean(pair.key, known)));
    const absl::StatusOr<double> value = ParseQuantity(pair, *key);
    if (!value.ok())
      return value.status();
    model.*key->field = *value;
  }
  return model;
}

} // namespace tacit
