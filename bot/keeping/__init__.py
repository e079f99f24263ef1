"""The database: connecting, transactions, migrations, sealing, secrets, backups, one server for each file."""
