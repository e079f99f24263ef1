"""A whole programme with made-up people on a simulated clock, and what must never happen while it runs."""

from scheduling.simulation.living import Progress, simulate
from scheduling.simulation.promises import BrokenPromiseError
from scheduling.simulation.results import Result, funnel
from scheduling.simulation.showing import bar, database

__all__ = ["BrokenPromiseError", "Progress", "Result", "bar", "database", "funnel", "simulate"]
