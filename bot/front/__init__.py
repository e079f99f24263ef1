"""The front door: an event comes in, messages that are stored go out."""
