"""The chat page: a small chat platform in the browser, for one machine."""
