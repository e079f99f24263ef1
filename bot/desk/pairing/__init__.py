"""What the solver proposes, a coordinator's word on it, and telling people."""
