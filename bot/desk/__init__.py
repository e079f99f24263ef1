"""What a coordinator does across the parts of a programme."""
