"""A programme file: read, checked, and handed to whoever asks."""
