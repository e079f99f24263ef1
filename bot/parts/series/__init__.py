"""Pairs that go on: rhythm, check-ins, advice, and how they end."""
