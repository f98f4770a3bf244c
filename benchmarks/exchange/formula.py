"""What latency and bandwidth predict for an exchange."""

import math


def kept(elements, density):
    return min(max(math.ceil(density * elements - 1e-6), 1), elements)


def formula(algorithm, ranks, elements, density):
    """Latencies one after the other, bytes that the busiest rank sends, and whether exactly so many."""
    k = kept(elements, density)
    rounds, floor = math.ceil(math.log2(ranks)), int(math.log2(ranks))
    pre_merge = 2**floor < ranks
    if algorithm == "dense":
        block = [(b + 1) * elements // ranks - b * elements // ranks for b in range(ranks)]
        most = max(2 * elements - block[(r + 1) % ranks] - block[(r + 2) % ranks] for r in range(ranks))
        return 2 * (ranks - 1), 4 * most, True  # in the mean over ranks, 2 (P - 1)/P N
    if algorithm == "all_gather":
        return rounds, 8 * k * (ranks - 1), True
    if algorithm == "gtopk":
        return floor + 2 * pre_merge, 8 * k * (floor + pre_merge), True
    return 1 + 3 * rounds, 24 * k * (ranks - 1) // ranks, False  # ok_topk: at most, if regions are balanced


def predicted(row, latency, bandwidth):
    """Seconds of a measured exchange, by the formula. Ok-Topk's bytes are a bound: those that it did send count."""
    latencies, sent, exact = formula(row["algorithm"], row["ranks"], int(row["elements"]), row["density"])
    return latencies * latency + (sent if exact else min(sent, row["bytes"])) / bandwidth
