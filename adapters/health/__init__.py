"""For whoever runs the bot: whether it is alive, whether it is ready, and its metrics."""
