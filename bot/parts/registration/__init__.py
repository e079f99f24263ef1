"""Registering by chat, or by a form that was brought in."""
