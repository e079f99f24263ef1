"""The tables' history, one file a step. A new step: `python -m bot.keeping.migrations "what changed"`, then read it."""
