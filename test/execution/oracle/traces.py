# Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a trace of an asynchronous run says, read from the file alone: who did what in which order, and the staleness of every
update that was applied, counted anew.

    view       a rank computes the gradient of its step at the parameters it then holds
    publish    it has made an update of it, numbered 0, 1, ... (sequence), which others will get
    apply      it has added an update of another rank (origin) to its parameters
    missing    it knows that an update was lost on its way here
    lost_rank  it knows that a rank is gone
    proceed    it goes on without waiting for more gradients of its step than those that have arrived

A rank's clock V counts, for every rank, the updates of it that are in its parameters, its own included. An update carries the
clock U under which its gradient was computed: that of the origin at its last view. Its staleness, where it is applied under the
clock V, is the sum over ranks of |V - U|. Under elastic scheduling the gradients of the step at hand are applied as one, with
V from before all of them.
"""

import collections
import dataclasses
import json

KINDS = ("view", "publish", "apply", "missing", "lost_rank", "proceed")


@dataclasses.dataclass
class Event:
    """What a rank did, in the order in which it did."""

    kind: str
    at: float  # microseconds
    step: int = -1
    sequence: int = -1
    origin: int = -1
    staleness: int = -1
    arrived: tuple = ()


class Trace:
    """Ranks' events in order, their slices and the messages' arrows."""

    def __init__(self, path):
        with open(path) as file:
            self.raw = json.load(file)["traceEvents"]
        self.faults = []
        names = {e["tid"]: e["args"]["name"] for e in self.raw if e["ph"] == "M" and e["name"] == "thread_name"}
        self.ranks = len(names)
        if names != {rank: f"rank {rank}" for rank in range(self.ranks)}:
            self.faults.append(f"threads are named {names}")
        self.events = [[] for _ in range(self.ranks)]
        self.slices = [[] for _ in range(self.ranks)]
        self.messages, self.arrows = [[] for _ in range(self.ranks)], {}
        for entry in self.raw:
            self.take(entry)
        # Rows are written one after the other: an arrow may end before it begins.
        if odd := {id: ends for id, ends in self.arrows.items() if ends not in ("s", "sf", "fs")}:
            self.faults.append(f"arrows that do not begin or end once: {list(odd.items())[:3]}")
        # Times are rounded to nanoseconds.
        for rank, events in enumerate(self.events):
            back = [b for a, b in zip(events, events[1:]) if b.at < a.at - 2e-3]
            if back:
                self.faults.append(f"rank {rank} goes back in time: {back[0]}")
        self.published = {(rank, e.sequence): e for rank, events in enumerate(self.events) for e in events if e.kind == "publish"}
        for rank, events in enumerate(self.events):
            numbers = [e.sequence for e in events if e.kind == "publish"]
            if numbers != list(range(len(numbers))):
                self.faults.append(f"rank {rank} publishes {numbers[:50]}")

    def take(self, entry):
        kind, args = entry["ph"], entry.get("args", {})
        if kind == "M":
            return
        if entry.get("pid") != 0 or not 0 <= entry.get("tid", -1) < self.ranks:
            self.faults.append(f"of no rank: {entry}")
        elif kind == "i":
            if entry.get("cat") == "async" and entry["name"] in KINDS:
                args = dict(args)
                if entry["name"] == "lost_rank":
                    args = {"origin": args["rank"]}
                if "arrived" in args:
                    args["arrived"] = tuple(args["arrived"])
                self.events[entry["tid"]].append(Event(entry["name"], entry["ts"], **args))
            elif entry.get("cat") == "async":
                self.faults.append(f"unknown: {entry}")
        elif kind == "X":
            if entry["dur"] < 0:
                self.faults.append(f"a slice of negative length: {entry}")
            (self.messages if entry["cat"] == "message" else self.slices)[entry["tid"]].append(entry)
        elif kind in ("s", "f"):
            self.arrows[entry["id"]] = self.arrows.get(entry["id"], "") + kind
        else:
            self.faults.append(f"unknown: {entry}")

    # --- what happened ---

    def arrivals(self, rank):
        """When the first copy of each update came: {(origin, sequence): microseconds}, in the order in which they came."""
        first = {}
        for message in self.messages[rank]:
            if message["name"] == "receive" and "origin" in message["args"]:
                first.setdefault((message["args"]["origin"], message["args"]["sequence"]), message["ts"])
        return first

    def seconds_waiting(self, rank, why=None):
        return sum(s["dur"] for s in self.slices[rank] if s["name"] == "wait" and why in (None, s["args"].get("why"))) / 1e6

    def received(self, rank, kind="apply"):
        """How often each update was applied by a rank, or was `missing`: {(origin, sequence): times}."""
        return collections.Counter((e.origin, e.sequence) for e in self.events[rank] if e.kind == kind)

    def lost_ranks(self):
        """By the ranks that noticed: {rank: {who: microseconds}}."""
        lost = collections.defaultdict(dict)
        for rank, events in enumerate(self.events):
            for e in events:
                if e.kind == "lost_rank":
                    lost[e.origin][rank] = e.at
        return dict(lost)

    def live(self):
        lost = self.lost_ranks()
        return [rank for rank in range(self.ranks) if rank not in lost]

    def not_applied(self):
        """Updates that were published, and that live ranks never applied: [(rank, origin, sequence)]."""
        left = []
        for rank in self.live():
            done = self.received(rank)
            left += [(rank, *key) for key in sorted(self.published) if key[0] != rank and key not in done]
        return left

    def not_once(self):
        """What was applied twice, without being published, or by its own origin: [(rank, origin, sequence, times)]."""
        wrong = []
        for rank in range(self.ranks):
            for key, times in self.received(rank).items():
                if times != 1 or key not in self.published or key[0] == rank:
                    wrong.append((rank, *key, times))
        return wrong


# --- staleness ---


def staleness(trace, elastic):
    """For every event of every rank, the staleness of what it applies, and None of other events: [rank][event].

    Of ranks' orders alone: what an origin knew at a view is counted from its own events before that view."""
    clocks = {}  # (origin, sequence) -> U
    for rank, events in enumerate(trace.events):
        known, viewed = [0] * trace.ranks, None
        for e in events:
            if e.kind == "view":
                viewed = tuple(known)
            elif e.kind == "publish":
                clocks[rank, e.sequence] = viewed
                known[rank] += 1
            elif e.kind == "apply":
                known[e.origin] += 1
    found = []
    for rank, events in enumerate(trace.events):
        known, before, found_here = [0] * trace.ranks, None, []
        on_time = {(origin, e.step) for e in events if e.kind == "proceed" for origin in e.arrived}
        for e in events:
            value = None
            if e.kind == "view":
                # The own gradient of a step, and those of others that are in time, are applied as one.
                before = tuple(known)
            elif e.kind == "publish":
                known[rank] += 1
            elif e.kind == "apply":
                at_once = elastic and (e.origin, e.step) in on_time
                value = distance(before if at_once else known, clocks[e.origin, e.sequence])
                known[e.origin] += 1
            found_here.append(value)
        found.append(found_here)
    return found


def distance(one, other):
    return sum(abs(a - b) for a, b in zip(one, other))


def between_views(trace, recomputed, rank):
    """Staleness of what a rank applied before its first view, between its first and its second, ..., after its last."""
    lists = [[]]
    for e, value in zip(trace.events[rank], recomputed[rank]):
        if e.kind == "view":
            lists.append([])
        elif value is not None:
            lists[-1].append(value)
    return lists


def histogram(values):
    """Counts of 0, 1, 2 to 3, 4 to 7, ..."""
    counts = collections.Counter(value.bit_length() for value in values)
    return [counts[i] for i in range(max(counts, default=-1) + 1)]
