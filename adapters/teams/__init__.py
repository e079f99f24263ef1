"""Microsoft Teams: Adaptive Cards in personal chat, through the Bot Framework."""
