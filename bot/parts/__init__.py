"""What a programme can do with its people, one folder each."""
