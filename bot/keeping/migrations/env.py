"""How Alembic runs: on the connection that bot/keeping/store.py hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel

from bot.keeping.tables import BigId, UtcDateTime


def render(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write our own column types as the plain ones they are stored as, so that migrations outlive the models."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if item is BigId:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return "sa.String()" if type(item).__name__ == "AutoString" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render,
)
context.run_migrations()
