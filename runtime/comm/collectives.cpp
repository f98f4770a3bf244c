//===- collectives.cpp - The algorithms of the collectives ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/collectives.h"

#include "runtime/comm/reduce.h"
#include "runtime/support/tensor_type.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tacit {

// Messages of a pipelined algorithm that are out at a time: receives that are
// posted ahead, and sends that are not done.
static constexpr size_t kAhead = 8;
static constexpr size_t kUnsent = 8;

// Where two algorithms send alike, this is long enough for the pipelined one.
static constexpr size_t kLongBytes = 2 * kPieceBytes;

// What a latency is worth in bytes: some 60 us at 1 Gbit/s, 6 us at 10 Gbit/s.
static constexpr uint64_t kLatencyBytes = 8192;

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

bool ReducesOnRing(size_t bytes, int ranks) {
  // Two ranks send the same bytes either way; the ring halves the arithmetic
  // and overlaps it.
  if (ranks == 2)
    return bytes > kLongBytes;
  const uint64_t p = static_cast<uint64_t>(ranks);
  const uint64_t floor = static_cast<uint64_t>(std::bit_width(p) - 1);
  const uint64_t rounds = std::has_single_bit(p) ? floor : floor + 2;
  // Doubling takes rounds (latency + N), the ring 2(P-1) (latency + N/P).
  return bytes * (rounds * p - 2 * (p - 1)) >
         kLatencyBytes * p * (2 * (p - 1) - std::min(rounds, 2 * (p - 1)));
}

bool GathersOnRing(size_t bytes, int ranks) {
  // Bruck never has more latencies, but it copies everything twice.
  return bytes > kLongBytes ||
         bytes * static_cast<size_t>(ranks) > 16 * kLongBytes;
}

bool BroadcastsOnChain(size_t bytes, int ranks) {
  if (bytes <= kLongBytes)
    return false;
  if (ranks == 2)
    return true;
  const uint64_t p = static_cast<uint64_t>(ranks);
  const uint64_t rounds = static_cast<uint64_t>(std::bit_width(p - 1));
  // The tree takes L (latency + N), the chain N + (P-1) (latency + a piece).
  return bytes * (rounds - 1) + kLatencyBytes * rounds >
         (p - 1) * (kLatencyBytes + kPieceBytes);
}

//===----------------------------------------------------------------------===//
// Recursive doubling
//===----------------------------------------------------------------------===//

static Steps DoublingAllReduce(Exchange &exchange, std::byte *buffer,
                               size_t count, tacit_dtype dtype,
                               tacit_reduction reduction) {
  const int rank = exchange.rank(), ranks = exchange.size();
  const int core = static_cast<int>(std::bit_floor(unsigned(ranks)));
  const size_t bytes = count * static_cast<size_t>(DtypeBytes(dtype));

  if (rank >= core) { // An extra rank hands in, and gets the result.
    co_await exchange.Finish(exchange.Send(rank - core, buffer, bytes));
    co_await exchange.Finish(exchange.Receive(rank - core, buffer, bytes));
    co_return;
  }

  Scratch other(exchange.scratch(), bytes);
  const int extra = rank + core;
  if (extra < ranks) {
    co_await exchange.Finish(exchange.Receive(extra, other.data(), bytes));
    Accumulate(dtype, reduction, buffer, other.data(), count,
               /*other_is_lower=*/false);
  }
  for (int bit = 1; bit < core; bit *= 2) {
    const int peer = rank ^ bit;
    const Transport::Request received =
        exchange.Receive(peer, other.data(), bytes);
    const Transport::Request sent = exchange.Send(peer, buffer, bytes);
    co_await exchange.Finish(received);
    co_await exchange.Finish(sent);
    Accumulate(dtype, reduction, buffer, other.data(), count,
               /*other_is_lower=*/peer < rank);
  }
  if (reduction == TACIT_MEAN)
    Divide(dtype, buffer, count, ranks);
  if (extra < ranks)
    co_await exchange.Finish(exchange.Send(extra, buffer, bytes));
}

//===----------------------------------------------------------------------===//
// Ring
//===----------------------------------------------------------------------===//

namespace {

/// How a buffer is cut into blocks and these into pieces.
struct Pieces {
  Pieces(std::byte *buffer, size_t count, size_t width, int ranks)
      : buffer(buffer), count(count), width(width),
        ranks(static_cast<size_t>(ranks)) {
    const size_t block = (count + this->ranks - 1) / this->ranks;
    per_block =
        std::max<size_t>(1, (block * width + kPieceBytes - 1) / kPieceBytes);
    most = (block + per_block - 1) / per_block;
  }

  /// Piece `n` of those that pass rank `rank` in the order of the ring's steps,
  /// the first being piece 0 of block `rank`.
  void Locate(size_t rank, size_t n) {
    const size_t step = n / per_block, k = n % per_block;
    const size_t block = (rank + 2 * ranks - step) % ranks;
    const size_t begin = block * count / ranks;
    const size_t length = (block + 1) * count / ranks - begin;
    const size_t from = k * length / per_block;
    elements = (k + 1) * length / per_block - from;
    data = buffer + (begin + from) * width;
  }
  size_t bytes() const { return elements * width; }

  std::byte *buffer;
  size_t count;     ///< Elements in all.
  size_t width;     ///< Bytes of one.
  size_t ranks;     ///< Blocks.
  size_t per_block; ///< Pieces of each block.
  size_t most;      ///< Elements of the longest piece.

  std::byte *data = nullptr; ///< Of the piece located last.
  size_t elements = 0;
};

/// What the ring does with blocks as they come round for the first time.
struct RingReduction {
  bool reduces = false; ///< False: all-gather.
  tacit_dtype dtype = TACIT_F32;
  tacit_reduction reduction = TACIT_SUM;
};

} // namespace

// Sends and receives are numbered by piece. Send n is what receive n - (pieces
// of a block) left behind, after the first block, which is the rank's own. Send
// n is posted after receive n - ahead is done, and no more than `ahead`
// receives are out; a rank that is behind all others thus always finds its
// messages on their way, so nothing blocks.
static Steps Ring(Exchange &exchange, std::byte *buffer, size_t count,
                  size_t width, RingReduction how) {
  const size_t rank = static_cast<size_t>(exchange.rank());
  const size_t ranks = static_cast<size_t>(exchange.size());
  const int next = static_cast<int>((rank + 1) % ranks);
  const int last = static_cast<int>((rank + ranks - 1) % ranks);
  Pieces piece(buffer, count, width, exchange.size());
  const size_t round = (ranks - 1) * piece.per_block;
  const size_t reducing = how.reduces ? round : 0;
  const size_t total = reducing + round;
  const size_t ahead = std::min(piece.per_block, kAhead);
  const size_t stride = piece.most * width;
  Scratch incoming(exchange.scratch(), how.reduces ? ahead * stride : 1);
  Transport::Request receives[kAhead], sends[kUnsent];
  size_t posted = 0, sent = 0; // receives that are posted, sends that are done

  for (size_t n = 0; n < total + ahead; ++n) {
    size_t received = 0;
    if (n >= ahead) {
      const size_t i = n - ahead;
      co_await exchange.Finish(receives[i % ahead]);
      received = i + 1;
      if (i < reducing) {
        piece.Locate((rank + ranks - 1) % ranks, i);
        Accumulate(how.dtype, how.reduction, piece.data,
                   incoming.data() + i % ahead * stride, piece.elements,
                   /*other_is_lower=*/true);
        const bool whole = i >= reducing - piece.per_block;
        if (whole && how.reduction == TACIT_MEAN)
          Divide(how.dtype, piece.data, piece.elements,
                 static_cast<int>(ranks));
      }
    }
    for (; posted < std::min(total, received + ahead); ++posted) {
      piece.Locate((rank + ranks - 1) % ranks, posted);
      std::byte *to = incoming.data() + posted % ahead * stride;
      if (posted >= reducing) {
        to = piece.data;
        // What is overwritten was sent a round ago.
        while (how.reduces && sent <= posted - reducing)
          co_await exchange.Finish(sends[sent++ % kUnsent]);
      }
      receives[posted % ahead] = exchange.Receive(last, to, piece.bytes());
    }
    if (n < total) {
      if (n - sent == kUnsent)
        co_await exchange.Finish(sends[sent++ % kUnsent]);
      piece.Locate(rank, n);
      sends[n % kUnsent] = exchange.Send(next, piece.data, piece.bytes());
    }
  }
  while (sent < total)
    co_await exchange.Finish(sends[sent++ % kUnsent]);
}

Steps AllReduce(Exchange &exchange, void *buffer, size_t count,
                tacit_dtype dtype, tacit_reduction reduction) {
  std::byte *data = static_cast<std::byte *>(buffer);
  const size_t width = static_cast<size_t>(DtypeBytes(dtype));
  if (!ReducesOnRing(count * width, exchange.size()))
    return DoublingAllReduce(exchange, data, count, dtype, reduction);
  return Ring(exchange, data, count, width, {true, dtype, reduction});
}

//===----------------------------------------------------------------------===//
// All-gather
//===----------------------------------------------------------------------===//

static Steps BruckAllGather(Exchange &exchange, std::byte *output,
                            size_t bytes) {
  const int rank = exchange.rank(), ranks = exchange.size();
  const size_t all = static_cast<size_t>(ranks) * bytes;
  const size_t before = static_cast<size_t>(rank) * bytes;
  // Block i here is that of rank + i.
  Scratch rotated(exchange.scratch(), all);
  std::memcpy(rotated.data(), output + before, bytes);
  for (int have = 1; have < ranks; have *= 2) {
    const size_t moved =
        static_cast<size_t>(std::min(have, ranks - have)) * bytes;
    const Transport::Request received = exchange.Receive(
        (rank + have) % ranks,
        rotated.data() + static_cast<size_t>(have) * bytes, moved);
    const Transport::Request sent =
        exchange.Send((rank + ranks - have) % ranks, rotated.data(), moved);
    co_await exchange.Finish(received);
    co_await exchange.Finish(sent);
  }
  std::memcpy(output + before, rotated.data(), all - before);
  std::memcpy(output, rotated.data() + (all - before), before);
}

Steps AllGather(Exchange &exchange, void *output, size_t bytes) {
  std::byte *data = static_cast<std::byte *>(output);
  if (!GathersOnRing(bytes, exchange.size()))
    return BruckAllGather(exchange, data, bytes);
  return Ring(exchange, data, bytes * static_cast<size_t>(exchange.size()), 1,
              RingReduction{});
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

static Steps TreeBroadcast(Exchange &exchange, std::byte *buffer, size_t bytes,
                           int root) {
  const int ranks = exchange.size();
  const int number = (exchange.rank() + ranks - root) % ranks;
  int bit = number & -number; // of the parent; the root has none
  if (number != 0)
    co_await exchange.Finish(
        exchange.Receive((number - bit + root) % ranks, buffer, bytes));
  else
    bit = static_cast<int>(std::bit_ceil(unsigned(ranks)));

  Transport::Request sends[32];
  int sent = 0;
  for (bit /= 2; bit > 0; bit /= 2)
    if (number + bit < ranks)
      sends[sent++] =
          exchange.Send((number + bit + root) % ranks, buffer, bytes);
  for (int i = 0; i < sent; ++i)
    co_await exchange.Finish(sends[i]);
}

static Steps ChainBroadcast(Exchange &exchange, std::byte *buffer, size_t bytes,
                            int root) {
  const int rank = exchange.rank(), ranks = exchange.size();
  const int next = (rank + 1) % ranks, last = (rank + ranks - 1) % ranks;
  const bool receives_any = rank != root, sends_any = next != root;
  const size_t total = (bytes + kPieceBytes - 1) / kPieceBytes;
  Transport::Request receives[kAhead], sends[kUnsent];
  size_t posted = 0;
  for (size_t n = 0; n < total; ++n) {
    if (receives_any) {
      for (; posted < std::min(total, n + kAhead); ++posted)
        receives[posted % kAhead] = exchange.Receive(
            last, buffer + posted * kPieceBytes,
            std::min(kPieceBytes, bytes - posted * kPieceBytes));
      co_await exchange.Finish(receives[n % kAhead]);
    }
    if (sends_any) {
      if (n >= kUnsent)
        co_await exchange.Finish(sends[n % kUnsent]);
      sends[n % kUnsent] =
          exchange.Send(next, buffer + n * kPieceBytes,
                        std::min(kPieceBytes, bytes - n * kPieceBytes));
    }
  }
  if (sends_any)
    for (size_t n = total - std::min(total, kUnsent); n < total; ++n)
      co_await exchange.Finish(sends[n % kUnsent]);
}

Steps Broadcast(Exchange &exchange, void *buffer, size_t bytes, int root) {
  std::byte *data = static_cast<std::byte *>(buffer);
  if (!BroadcastsOnChain(bytes, exchange.size()))
    return TreeBroadcast(exchange, data, bytes, root);
  return ChainBroadcast(exchange, data, bytes, root);
}

} // namespace tacit
