"""Who is matched with whom: rules, the best solution with its proof, and the reasons. Pure: no tables, no cards."""

from bot.matching.check import check
from bot.matching.explain import Relax, Shortfall, Why, shortfalls, telling, why_not
from bot.matching.people import Member, Pair
from bot.matching.rules import Prefer, QuestionInfo, Require, Rule, Rules, problems
from bot.matching.solve import Certificate, Impossible, Scored, Solution, repair, solve
from bot.matching.unknown import Unknown

__all__ = [
    "Certificate",
    "Impossible",
    "Member",
    "Pair",
    "Prefer",
    "QuestionInfo",
    "Relax",
    "Require",
    "Rule",
    "Rules",
    "Scored",
    "Shortfall",
    "Solution",
    "Unknown",
    "Why",
    "check",
    "problems",
    "repair",
    "shortfalls",
    "solve",
    "telling",
    "why_not",
]
