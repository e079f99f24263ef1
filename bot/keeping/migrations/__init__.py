"""The tables' history, one file a step. A new step: `python -m bot.front.drafting "what changed"`, then read it."""
