"""The bot: what happens in a mentoring programme and what is said about it. No platform, no network, no clock."""
