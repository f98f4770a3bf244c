//===- abi.cpp - What compiled code calls ---------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The functions of runtime/abi/tacit_abi.h, on the rank behind the handle.
///
//===----------------------------------------------------------------------===//

#include "runtime/abi/tacit_abi.h"

#include "runtime/compute/threads.h"
#include "runtime/support/tensor_type.h"
#include "runtime/train/period.h"
#include "runtime/train/rank.h"

#include "absl/strings/str_cat.h"

#include <exception>

using tacit::Rank;

/// Runs `body`, which returns a status, and lets nothing be thrown into
/// compiled code, which has no frames to unwind.
template <typename Body> static tacit_status Guard(Rank &rank, Body body) {
  try {
    return rank.Record(body());
  } catch (const std::exception &error) {
    return rank.Record(absl::InternalError(error.what()));
  }
}

/// Gives the token out, or the error.
static absl::Status Give(const absl::StatusOr<tacit_token> &started,
                         tacit_token *token) {
  if (!started.ok())
    return started.status();
  *token = *started;
  return absl::OkStatus();
}

static absl::Status NoSite(const Rank &rank, uint32_t site) {
  return absl::InvalidArgumentError(
      absl::StrCat("program '", rank.program().name, "' starts exchange ", site,
                   " and has ", rank.program().num_sites));
}

static absl::Status WrongKind(const tacit_exchange_site &site) {
  return absl::InvalidArgumentError(
      absl::StrCat("exchange '", site.name, "' is started as another kind"));
}

static tacit::Purpose PurposeOf(const tacit_exchange_site &site) {
  return site.control ? tacit::Purpose::kControl : tacit::Purpose::kPayload;
}

static absl::Status Start(Rank &rank, uint32_t number, void *buffer,
                          tacit_token *token) {
  if (number >= rank.program().num_sites)
    return NoSite(rank, number);
  const tacit_exchange_site &site = rank.program().sites[number];
  tacit::Communicator &communicator = rank.communicator();
  switch (site.kind) {
  case TACIT_ALL_REDUCE:
    return Give(communicator.StartAllReduce(site.name, buffer, site.count,
                                            site.dtype, site.reduction,
                                            PurposeOf(site)),
                token);
  case TACIT_BROADCAST:
    return Give(
        communicator.StartBroadcast(
            site.name, buffer,
            site.count * static_cast<size_t>(tacit::DtypeBytes(site.dtype)),
            site.root, PurposeOf(site)),
        token);
  default:
    return WrongKind(site);
  }
}

static absl::Status StartGather(Rank &rank, uint32_t number, const void *input,
                                void *output, tacit_token *token) {
  if (number >= rank.program().num_sites)
    return NoSite(rank, number);
  const tacit_exchange_site &site = rank.program().sites[number];
  if (site.kind != TACIT_ALL_GATHER)
    return WrongKind(site);
  const size_t bytes =
      site.count * static_cast<size_t>(tacit::DtypeBytes(site.dtype));
  return Give(rank.communicator().StartAllGather(site.name, input, output,
                                                 bytes, PurposeOf(site)),
              token);
}

extern "C" {

tacit_status tacit_start(tacit_rank *handle, uint32_t site, void *buffer,
                         tacit_token *token) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] { return Start(rank, site, buffer, token); });
}

tacit_status tacit_start_gather(tacit_rank *handle, uint32_t site,
                                const void *input, void *output,
                                tacit_token *token) {
  Rank &rank = Rank::From(handle);
  return Guard(rank,
               [&] { return StartGather(rank, site, input, output, token); });
}

tacit_status tacit_await(tacit_rank *handle, tacit_token token) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] { return rank.communicator().Await(token); });
}

tacit_status tacit_progress(tacit_rank *handle) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] { return rank.Progress(); });
}

tacit_status tacit_encode(tacit_rank *handle, uint32_t site, const float *added,
                          float *values, double scale, uint64_t number,
                          void *payload) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.compressions().Encode(site, added, values, scale, number,
                                      payload);
  });
}

tacit_status tacit_exchange_payload(tacit_rank *handle, uint32_t site,
                                    void *payload, void *output, float *rest) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.compressions().Exchange(site, payload, output, rest);
  });
}

tacit_status tacit_decode(tacit_rank *handle, uint32_t site, int32_t exchanged,
                          const void *payload, float *vector) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.compressions().Decode(site, exchanged != 0, payload, vector);
  });
}

tacit_status tacit_clear_selected(tacit_rank *handle, uint32_t site,
                                  const void *payload, float *vector) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.compressions().ClearSelected(site, payload, vector);
  });
}

tacit_status tacit_exchange_low_rank(tacit_rank *handle, uint32_t site,
                                     const float *added, float *values,
                                     double scale, float *factors,
                                     float *means) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.compressions().ExchangeLowRank(site, added, values, scale,
                                               factors, means);
  });
}

tacit_status tacit_collect(tacit_rank *handle, float *const *parameters) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    const absl::Status status =
        rank.InChannel("collect", [&](tacit::AsyncChannel &channel) {
          return channel.Collect(parameters);
        });
    if (status.ok())
      rank.ChargeAfterCollect();
    return status;
  });
}

tacit_status tacit_publish(tacit_rank *handle, const tacit_contribution *update,
                           float *const *parameters) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.InChannel("publish", [&](tacit::AsyncChannel &channel) {
      return channel.Publish(*update, parameters);
    });
  });
}

tacit_status tacit_elastic_await(tacit_rank *handle,
                                 const tacit_contribution *gradient,
                                 float *const *parameters) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.InChannel("elastic_await", [&](tacit::AsyncChannel &channel) {
      return channel.Await(*gradient, parameters);
    });
  });
}

tacit_status tacit_clock(tacit_rank *handle, double *seconds) {
  *seconds = Rank::From(handle).clock().TrainingSeconds();
  return TACIT_OK;
}

tacit_status tacit_adapt_period(tacit_rank *handle, int64_t period, double loss,
                                double first_loss, double ratio,
                                int64_t initial, int64_t *next) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    const absl::StatusOr<int64_t> adapted =
        tacit::NextPeriod({period, initial, loss, first_loss, ratio});
    *next = adapted.value_or(period);
    return adapted.status();
  });
}

tacit_status tacit_gemm_f32(tacit_rank *handle, uint32_t flags, int64_t m,
                            int64_t n, int64_t k, float alpha, const float *a,
                            int64_t lda, const float *b, int64_t ldb,
                            float beta, float *c, int64_t ldc) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    const tacit::MatrixProduct product = {(flags & TACIT_TRANSPOSE_A) != 0,
                                          (flags & TACIT_TRANSPOSE_B) != 0,
                                          m,
                                          n,
                                          k,
                                          lda,
                                          ldb,
                                          ldc,
                                          alpha,
                                          beta};
    return rank.products().Multiply(product, a, b, c);
  });
}

tacit_status tacit_convolution_f32(tacit_rank *handle,
                                   const tacit_convolution *convolution,
                                   const float *a, const float *b, float *c) {
  Rank &rank = Rank::From(handle);
  return Guard(rank, [&] {
    return rank.convolutions().Convolve(*convolution, a, b, c);
  });
}

tacit_status tacit_parallel_for(tacit_rank *handle, int64_t count,
                                void (*body)(void *context, int64_t begin,
                                             int64_t end),
                                void *context) {
  tacit::ParallelFor(count, body, context);
  return TACIT_OK;
}

} // extern "C"
