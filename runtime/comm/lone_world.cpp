//===- lone_world.cpp - One rank that has nobody to talk to ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/exchanges.h"
#include "runtime/comm/transport.h"
#include "runtime/comm/world.h"

#include <chrono>
#include <optional>

namespace tacit {
namespace {

/// A transport without peers: no exchange of one rank posts anything, and
/// nothing ever arrives.
class LoneTransport final : public Transport, public Channels {
public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  double Now() const override {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  void Charge(double seconds) override {}
  void Yield() override {}
  double ComputeSeconds(int64_t step) const override { return 0; }

  Request PostSend(int to, uint32_t tag, absl::Span<const std::byte> bytes,
                   Loss loss) override {
    return 0;
  }
  Request PostReceive(int from, uint32_t tag,
                      absl::Span<std::byte> bytes) override {
    return 0;
  }
  Request PostReceiveUpTo(int from, uint32_t tag, absl::Span<std::byte> bytes,
                          size_t *length) override {
    return 0;
  }
  absl::StatusOr<bool> Test(Request request) override { return NoPeer(); }
  absl::Status Wait(double deadline, const Waiting &waiting) override {
    return NoPeer();
  }
  void Announce(const absl::Status &why) override {}

  Channels &channels() override { return *this; }
  absl::Status OpenChannels(uint32_t window) override {
    return absl::OkStatus();
  }
  MessagePool &messages() override { return messages_; }
  absl::StatusOr<bool> TrySend(int to, const Message &message,
                               Loss loss) override {
    return NoPeer();
  }
  absl::StatusOr<bool> TakeArrival(Arrival &arrival) override { return false; }
  absl::Status WaitForArrival(double deadline, int full) override {
    return NoPeer();
  }
  bool IsOpen(int to) const override { return false; }

private:
  static absl::Status NoPeer() {
    return absl::DeadlineExceededError(
        "one rank alone waits for a message, and nobody can send one");
  }

  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
  MessagePool messages_;
};

class LoneWorld final : public ProcessWorld {
public:
  int size() const override { return 1; }
  int rank() const override { return 0; }
  Communicator &Open() override {
    return exchanges_.emplace(transport_, kNever);
  }
  absl::Status Close(absl::Status status) override {
    if (status.ok())
      status = exchanges_->CheckAllAwaited();
    if (!status.ok())
      exchanges_->Abort(status);
    exchanges_.reset();
    return status;
  }

private:
  LoneTransport transport_;
  std::optional<Exchanges> exchanges_;
};

} // namespace

std::unique_ptr<ProcessWorld> CreateLoneWorld() {
  return std::make_unique<LoneWorld>();
}

} // namespace tacit
