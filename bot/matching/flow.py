"""The best flow between groups of people, with prices that prove it is the best.

All levels of the objective go into one whole-number cost, each level weighing more than everything that a cycle of
improvements could gain below it. Such a cycle passes the hub once, so it changes how many people have a first, second
or third match by one or two, and the score by as much as it is long: modest weights do, and nothing overflows. The
weights are guessed small and nobody has to trust them: prices come from shortest paths in what the flow leaves over,
are split into levels again, and prove the flow level by level, or else the weights grow, up to what cannot fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from bot.matching.people import Ints, Table, blocks

LEVELS = 5
FEW = 100_000  # allowed pairs of groups up to which all of them go into the first network
BEST = 8  # beyond it: how many of the best go in for each group at a time
SHORT = 64  # groups in a cycle of improvements, as first guessed
PATIENCE = 100  # steps to see whether the last flow is still the best with more pairs allowed


@dataclass(frozen=True, slots=True)
class Groups:
    """People of one role who are interchangeable: `size` in each group, with `done` of `most` matches each."""

    size: Ints
    done: Ints
    most: Ints

    def __len__(self) -> int:
        return len(self.size)


@dataclass(frozen=True, slots=True)
class Flow:
    """How many pairs to make between groups: `amount[k]` between mentee group `mentee[k]` and mentor group `mentor[k]`.

    A price is a vector with one entry for each level; see `check` for what the prices prove.
    """

    mentee: Ints
    mentor: Ints
    amount: Ints
    mentee_price: Ints
    mentor_price: Ints
    bound: Ints


def gains(role: str, match: int) -> tuple[int, ...]:
    """Return what the `match`-th match (from 1) of somebody in this role adds to each level."""
    level = {("mentee", 1): 0, ("mentor", 1): 1, ("mentee", 2): 2, ("mentee", 3): 3}.get((role, match))
    return tuple(int(level == number) for number in range(LEVELS))


def best(mentees: Groups, mentors: Groups, found: Sequence[Table], banned: tuple[Ints, Ints]) -> Flow:
    """Return a best flow with its prices, without the `banned` pairs of mentee and mentor groups.

    Pairs of groups that the network leaves out at first are priced, and added until none matters.
    """
    highest = sum(int(table.score.max(initial=0)) for table in found)
    longest = min(len(mentees), len(mentors)) + 1
    length = min(SHORT, longest)
    while True:
        network = _Network(mentees, mentors, _weights(highest * length + 1))
        price = _settle(network, found, banned)
        digits = _digits(price, network.weights)
        digits -= digits[0]
        reached, bound = network.levels(price, digits)
        if length == longest or np.array_equal(reached, bound):
            break
        length = min(16 * length, longest)
    used = network.amount > 0
    mentee_price, mentor_price = np.split(digits[1:], [len(mentees)])
    return Flow(network.mentee[used], network.mentor[used], network.amount[used], -mentee_price, mentor_price, bound)


def _weights(reach: int) -> Ints:
    """Return what a gain of one on each level weighs, if no cycle changes the score by more than `reach`.

    A distance is the cost of a path, and an arc's reduced cost is its own and the difference of two distances: at most
    five people on each of the first levels and three times `reach` on the last. 2048 > 5 (256 + 32 + 4) + 3, and so on.
    """
    return np.array([2048 * reach, 256 * reach, 32 * reach, 4 * reach, 1], np.int64)


def _settle(network: "_Network", found: Sequence[Table], banned: tuple[Ints, Ints]) -> Ints:
    """Solve, price the pairs of groups that the network lacks, add those that matter, until there is none."""
    network.add(*_first(network, found, banned))
    price = None
    while True:
        if price is None:
            network.solve()
            price = network.prices(network.nodes)
            if price is None:
                raise ArithmeticError("the flow is not the best one: prices do not settle")
        lacking = _lacking(network, price, found, banned)
        if not len(lacking[0]):
            return price
        network.add(*lacking)
        price = network.prices(PATIENCE)


class _Network:
    """Hub → mentee groups → mentor groups → hub: node 0, then the mentee groups, then the mentor groups."""

    def __init__(self, mentees: Groups, mentors: Groups, weights: Ints) -> None:
        self.mentees, self.mentors = mentees, mentors
        self.nodes = 1 + len(mentees) + len(mentors)
        self.weights = weights
        out, self.mentee_room, self.mentee_levels = _steps("mentee", mentees)
        back, self.mentor_room, self.mentor_levels = _steps("mentor", mentors)
        self.mentee_step, self.mentor_step = 1 + out, 1 + len(mentees) + back
        self.mentee, self.mentor, self.score = (np.empty(0, np.int64) for _ in range(3))
        self.flow = np.zeros(len(self.mentee_step) + len(self.mentor_step), np.int64)

    def add(self, mentee: Ints, mentor: Ints, score: Ints) -> None:
        """Let these pairs of groups be matched; none is, yet."""
        between = slice(len(self.mentee_step), len(self.mentee_step) + len(self.mentee))
        self.mentee = np.concatenate([self.mentee, mentee])
        self.mentor = np.concatenate([self.mentor, mentor])
        self.score = np.concatenate([self.score, score])
        pairs = self.mentees.size[self.mentee] * self.mentors.size[self.mentor]
        hub_out, hub_in = np.zeros_like(self.mentee_step), np.zeros_like(self.mentor_step)
        self.tail = np.concatenate([hub_out, 1 + self.mentee, self.mentor_step])
        self.head = np.concatenate([self.mentee_step, 1 + len(self.mentees) + self.mentor, hub_in])
        self.room = np.concatenate([self.mentee_room, pairs, self.mentor_room])
        self.cost = -np.concatenate([self.mentee_levels @ self.weights, self.score, self.mentor_levels @ self.weights])
        self.flow = np.insert(self.flow, between.stop, np.zeros_like(mentee))

    @property
    def amount(self) -> Ints:
        """The part of the flow that is on the pairs of groups."""
        return self.flow[len(self.mentee_step) :][: len(self.mentee)]

    def solve(self) -> None:
        """Find the best flow."""
        solver = SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(self.tail, self.head, self.room, self.cost)
        if (status := solver.solve()) != solver.OPTIMAL:
            raise ArithmeticError(f"the flow could not be solved: {status}")
        self.flow = np.asarray(solver.flows(arcs), np.int64)

    def prices(self, patience: int) -> Ints | None:
        """Return the shortest distance to each node in what the flow leaves over, from whichever node is nearest.

        None if the distances do not settle in `patience` steps: then most likely a cycle improves the flow. In a best
        flow they settle in as many steps as there are nodes.
        """
        more, less = self.flow < self.room, self.flow > 0
        tail = np.concatenate([self.tail[more], self.head[less]])
        head = np.concatenate([self.head[more], self.tail[less]])
        cost = np.concatenate([self.cost[more], -self.cost[less]])
        order = np.argsort(head, kind="stable")
        tail, head, cost = tail[order], head[order], cost[order]
        starts = np.flatnonzero(np.diff(head, prepend=-1))
        nodes = head[starts]
        distance = np.zeros(self.nodes, np.int64)
        for _ in range(patience + 1):
            shorter = np.minimum(distance[nodes], np.minimum.reduceat(distance[tail] + cost, starts))
            if np.array_equal(shorter, distance[nodes]):
                return distance
            distance[nodes] = shorter
        return None

    def levels(self, price: Ints, digits: Ints) -> tuple[Ints, Ints]:
        """Return what the flow gains on each level, and what the prices prove that none can exceed.

        That is: at these prices no flow gains more than all arcs that gain anything, filled.
        """
        own = np.zeros((len(self.cost), LEVELS), np.int64)
        own[: len(self.mentee_step)] = self.mentee_levels
        own[len(self.mentee_step) :][: len(self.mentee), -1] = self.score
        own[len(self.mentee_step) + len(self.mentee) :] = self.mentor_levels
        gain = own - digits[self.tail] + digits[self.head]
        gaining = self.cost + price[self.tail] - price[self.head] < 0
        return self.flow @ own, self.room[gaining] @ gain[gaining]


def _steps(role: str, groups: Groups) -> tuple[Ints, Ints, Ints]:
    """Return for each further match of each group: the group, how many people may have it, and what it gains."""
    group, room, gain = np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, LEVELS), np.int64)
    for match in range(1, int(groups.most.max(initial=0)) + 1):
        able = np.flatnonzero((groups.done < match) & (match <= groups.most))
        group, room = np.concatenate([group, able]), np.concatenate([room, groups.size[able]])
        gain = np.concatenate([gain, np.tile(np.array(gains(role, match)), (len(able), 1))])
    return group, room, gain


Arcs = tuple[Ints, Ints, Ints]  # mentee groups, mentor groups, scores


def _first(network: _Network, found: Sequence[Table], banned: tuple[Ints, Ints]) -> Arcs:
    """Return the pairs of groups to begin with: all if they are few, else the best of each group."""
    pieces = []
    allowed = 0
    for row, column, total in blocks(found, banned, len(network.mentees), len(network.mentors)):
        allowed += int(np.count_nonzero(total >= 0))
        if allowed > FEW:
            break
        pieces.append(_arcs(row, column, total, total >= 0))
    else:
        return _joined(pieces)
    return _joined(
        [
            _arcs(row, column, total, _top(total, total >= 0))
            for row, column, total in blocks(found, banned, len(network.mentees), len(network.mentors))
        ]
    )


def _lacking(network: _Network, price: Ints, found: Sequence[Table], banned: tuple[Ints, Ints]) -> Arcs:
    """Return pairs of groups that the network lacks and the prices say matter.

    Where nothing gains, nothing is missing. Where something does, what breaks even comes along, as it will be next.
    """
    mentee_price, mentor_price = np.split(price[1:], [len(network.mentees)])
    known = np.sort(network.mentee * len(network.mentors) + network.mentor)
    pieces = []
    for row, column, total in blocks(found, banned, len(network.mentees), len(network.mentors)):
        gain = total - mentee_price[row][:, None] + mentor_price[column][None, :]
        allowed = total >= 0
        if (allowed & (gain > 0)).any():
            mentee, mentor, worth = _arcs(row, column, total, _top(gain, allowed & (gain >= 0)))
            code = mentee * len(network.mentors) + mentor
            new = ~np.isin(code, known, assume_unique=True)
            pieces.append((mentee[new], mentor[new], worth[new]))
    return _joined(pieces)


def _arcs(row: Ints, column: Ints, total: NDArray[np.int32], chosen: NDArray[np.bool_]) -> Arcs:
    x, y = np.nonzero(chosen)
    return row[x], column[y], total[x, y].astype(np.int64)


def _joined(pieces: Sequence[Arcs]) -> Arcs:
    none = np.empty(0, np.int64)
    mentee, mentor, worth = (np.concatenate([none, *part]) for part in zip((none,) * 3, *pieces, strict=True))
    return mentee, mentor, worth


def _top(worth: NDArray[np.signedinteger], able: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the highest few of the able in each row and each column; ties are spread, not piled up."""
    rows, columns = worth.shape
    # a fixed scatter between equals, so that not everybody's best are the same few
    scatter = (np.arange(rows)[:, None] * 40_503 + np.arange(columns)[None, :] * 30_011) % 65_536
    rank = np.where(able, worth.astype(np.int64) * 65_536 + scatter, -1)
    marked = np.zeros(worth.shape, bool)
    for axis, length in ((1, columns), (0, rows)):
        if length <= BEST:
            return able
        best = np.take(np.argpartition(rank, length - BEST, axis), range(length - BEST, length), axis)
        np.put_along_axis(marked, best, values=True, axis=axis)
    return marked & able


def _digits(price: Ints, weights: Ints) -> Ints:
    """Split combined prices into their levels, nearest digit first."""
    digits = np.empty((len(price), LEVELS), np.int64)
    for level, weight in enumerate(weights):
        digits[:, level] = (price + weight // 2) // weight
        price = price - digits[:, level] * weight
    return digits
