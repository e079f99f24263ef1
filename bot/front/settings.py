"""The settings of a bot, from the environment or from a file named .env."""

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.front.refusals import RefusedError

HOST, PORT = "127.0.0.1", 3978


class Settings(BaseSettings):
    """What `serve` and the other commands read from the environment, or from a file named .env."""

    model_config = SettingsConfigDict(env_prefix="SPEEDMENTOR_", env_file=".env", extra="ignore")

    database: str
    keys: SecretStr
    host: str = HOST
    port: int = PORT
    network: str = "our network"
    link: str = ""
    zone: str = "Europe/London"
    country: str = "GB"
    subdivision: str = "ENG"

    @field_validator("database")
    @classmethod
    def _of_a_kind_we_know(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except SQLAlchemyError:
            backend = ""
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("neither sqlite:///path nor postgresql://…")
        return value


def read_settings() -> Settings:
    """Return the settings; RefusedError names those that are missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"SPEEDMENTOR_{str(line['loc'][0]).upper()}" for line in error.errors())
        hint = " Make a key once with `python app.py new-key`, and keep it." if "SPEEDMENTOR_KEYS" in names else ""
        raise RefusedError(
            f"These settings are missing or wrong: {names}. Set them in the environment or in a file .env.{hint}"
        ) from None
