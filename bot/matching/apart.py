"""Keep two people from being matched twice, say both ways round, where ruling ways out falls short of the bound."""

from collections.abc import Collection, Mapping, Sequence

from bot.matching.people import Humans, Pair

EFFORT = 1.0  # per level, in the solver's own deterministic units, a few seconds: the same result on any machine
COUNTED = (((1, 1),), ((0, 1), (2, 2), (3, 3)))  # for mentors and mentees: which level counts how many matches


def apart(
    worth: Mapping[Pair, int],
    mentors: Mapping[str, int],
    mentees: Mapping[str, int],
    humans: Humans,
    locked: Collection[Pair],
    start: Collection[Pair],
    reached: Sequence[int],
    bound: Sequence[int],
) -> list[Pair]:
    """Return the best pairs found, level by level; no two of them are the same two people.

    `worth` scores every pair that may be, people are given with their places. `start` is a solution to improve: its
    figures are `reached`, and none can exceed `bound`.
    """
    from ortools.sat.python import cp_model  # noqa: PLC0415 - takes half a second to import and is rarely needed

    model = cp_model.CpModel()
    made = {pair: model.new_bool_var("") for pair in worth}
    for pair in locked:
        model.add(made[pair] == 1)
    for pair, chosen in made.items():
        model.add_hint(chosen, pair in start)
    for ways in humans.ways(made):
        model.add_at_most_one(made[pair] for pair in ways)
    counted: list[list[cp_model.IntVar]] = [[], [], [], []]
    for side, role in enumerate((mentors, mentees)):
        for key, places in role.items():
            count = cp_model.LinearExpr.sum([chosen for pair, chosen in made.items() if pair[side] == key])
            model.add(count <= places)
            for level, least in COUNTED[side]:
                one = model.new_bool_var("")
                model.add(count >= least * one)
                counted[level].append(one)
    levels = [cp_model.LinearExpr.sum(ones) for ones in counted]
    levels.append(cp_model.LinearExpr.weighted_sum(list(made.values()), list(worth.values())))
    best = list(start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = EFFORT
    settled = True  # no level so far is below its bound
    for goal, figure, most in zip(levels, reached, bound, strict=True):
        settled = settled and figure == most
        if settled:
            model.add(goal >= figure)
            continue
        model.maximize(goal)
        if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            break
        best = [pair for pair, chosen in made.items() if solver.boolean_value(chosen)]
        model.add(goal >= round(solver.objective_value))
    return best
