"""When: days, times and zones as people type and read them; times that suit two; calendar files. Pure."""
