"""Platforms: each folder turns one platform's payloads into events, and cards into its payloads."""
