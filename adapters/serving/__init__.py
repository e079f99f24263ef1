"""One web server for every platform: their endpoints, and what monitoring asks."""
