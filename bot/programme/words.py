"""What people read here. Templates take named blanks."""

BOTH_ROLES = "Both"
TYPE_ANOTHER = "Not in the list? Type it as a message."
NOT_AN_ADDRESS = "That does not look like an e-mail address. It should be like name@example.gov.uk."
TOO_LONG = "That is {length} characters, and there is room for {most}. Please shorten it a little."
