"""A conversation of two who both asked for it."""
