"""The closing questions of a pair that has ended."""
