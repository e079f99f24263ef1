"""Who meets whom, and a match as one of its people sees it."""
