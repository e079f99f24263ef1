"""The demo: one person plays everybody, and time. It has people who have registered already."""
