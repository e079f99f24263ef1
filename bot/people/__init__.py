"""Who: finding them, what they said, where they stand, coordinators, leaving and being forgotten."""
