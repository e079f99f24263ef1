"""Who is matched with whom: rules, the best solution with its proof, and the reasons. Pure: no tables, no cards."""

from bot.matching.check import check
from bot.matching.people import Member, Pair
from bot.matching.rules import Prefer, QuestionInfo, Require, Rule, Rules, problems
from bot.matching.solve import Certificate, Impossible, Scored, Solution, repair, solve

__all__ = [
    "Certificate",
    "Impossible",
    "Member",
    "Pair",
    "Prefer",
    "QuestionInfo",
    "Require",
    "Rule",
    "Rules",
    "Scored",
    "Solution",
    "check",
    "problems",
    "repair",
    "solve",
]
