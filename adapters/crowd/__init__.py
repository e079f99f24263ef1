"""Made-up people who use the bot like a platform's users do: they read cards, press, type, dither and leave."""
