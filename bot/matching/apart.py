"""Keep two people from being matched both ways round, where telling them apart one by one falls short of the bound."""

from collections.abc import Collection, Mapping

from bot.matching.people import Pair

EFFORT = 4.0  # per level, in the solver's own deterministic units, about a second each: the same result on any machine


def apart(
    worth: Mapping[Pair, int],
    mentors: Mapping[str, int],
    mentees: Mapping[str, int],
    locked: Collection[Pair],
    start: Collection[Pair],
) -> list[Pair]:
    """Return the best pairs found, level by level; no two of them are the same two people.

    `worth` scores every pair that may be, people are given with their places, and `start` is a solution to improve.
    """
    from ortools.sat.python import cp_model  # noqa: PLC0415 - takes half a second to import and is rarely needed

    model = cp_model.CpModel()
    made = {pair: model.new_bool_var("") for pair in worth}
    for pair in locked:
        model.add(made[pair] == 1)
    for pair, chosen in made.items():
        model.add_hint(chosen, pair in start)
        if pair[::-1] in made and pair < pair[::-1]:
            model.add_at_most_one(chosen, made[pair[::-1]])
    levels: list[list[cp_model.LinearExprT]] = [[], [], [], []]
    for side, role in enumerate((mentors, mentees)):
        own: dict[str, list[cp_model.IntVar]] = {key: [] for key in role}
        for pair, chosen in made.items():
            own[pair[side]].append(chosen)
        counted = ((1, 1),) if side == 0 else ((0, 1), (2, 2), (3, 3))
        for key, places in role.items():
            count = cp_model.LinearExpr.sum(own[key])
            model.add(count <= places)
            for level, least in counted:
                reached = model.new_bool_var("")
                model.add(count >= least * reached)
                levels[level].append(reached)
    total = cp_model.LinearExpr.weighted_sum(list(made.values()), list(worth.values()))
    best = list(start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = EFFORT
    for goal in [*map(cp_model.LinearExpr.sum, levels), total]:
        model.maximize(goal)
        if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            break
        best = [pair for pair, chosen in made.items() if solver.boolean_value(chosen)]
        model.add(goal >= round(solver.objective_value))
    return best
