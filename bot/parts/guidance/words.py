"""What people read here. Templates take named blanks."""

GUIDANCE_TITLE = "A thought for you {others:both|all}"
