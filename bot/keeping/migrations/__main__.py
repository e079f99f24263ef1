"""Write the next migration: what is in the tables and not yet in the migrations.

    python -m bot.keeping.migrations "people can have a nickname"

The new file in bot/keeping/migrations/versions is a draft: read it, and say what becomes of rows that exist already.
Columns are dropped, renamed and made stricter only in a release after the last one that used them, so that old and new
replicas can run side by side.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from bot.keeping.store import connect, migrate, migration_config


def draft(message: str) -> None:
    """Write the migration from the newest revision to the models, numbered after it."""
    config = migration_config()
    head = ScriptDirectory.from_config(config).get_current_head() or "0"
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'draft.db'}")
        migrate(engine)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{int(head) + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and what changed
        sys.exit('usage: python -m bot.keeping.migrations "what changed"')
    draft(sys.argv[1])
