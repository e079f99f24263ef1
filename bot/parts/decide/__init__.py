"""After a session, each is asked in private whether to go on."""
