"""Two people and a time: suggesting, booking, moving, reminding."""
