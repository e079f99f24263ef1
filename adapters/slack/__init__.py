"""Slack: Block Kit in direct messages and on the Home tab, over HTTP or Socket Mode."""
