"""What people read here. Templates take named blanks."""

READ = "Guidance to read"
NOTHING_TO_READ = "There is nothing to read yet; it comes with a programme."
