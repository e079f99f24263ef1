"""A whole programme with made-up people on a simulated clock, and what must never happen while it runs."""

from scheduling.simulation.living import Progress, simulate
from scheduling.simulation.results import Result, funnel

__all__ = ["Progress", "Result", "funnel", "simulate"]
