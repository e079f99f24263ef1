"""Time and delivery: what is due is handed to the core, what was decided is handed to the platforms."""
