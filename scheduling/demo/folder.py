"""The folder that a demo keeps everything in, so that it goes on at its next start where it was stopped."""

import json
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.front.settings import Settings
from bot.keeping.seal import new_key
from scheduling.clock import DemoTime


class Folder:
    """A demo's database, its key, its chat, and how far its clock is ahead."""

    def __init__(self, path: Path) -> None:
        """Take where it is; it is made if it is not there."""
        path.mkdir(parents=True, exist_ok=True)
        self.path, self.chat = path, path / "chat.sqlite"
        self.database = f"sqlite:///{path / 'demo.sqlite'}"
        self._key, self._clock = path / "demo.key", path / "clock.json"

    @property
    def hint(self) -> str:
        """Where to look if the key is not the database's."""
        return f" The demo's key is in {self._key}; delete {self.path} to begin afresh."

    def settings(self) -> Settings:
        """Return the settings of the demo; a new one gets a new key."""
        if not self._key.exists():
            self._key.touch(mode=0o600)
            self._key.write_text(new_key())
        return Settings(database=self.database, keys=SecretStr(self._key.read_text().strip()))

    def time(self) -> DemoTime:
        """Return the time of the demo, as far ahead as it was when it stopped."""
        offset = timedelta(seconds=json.loads(self._clock.read_text()) if self._clock.exists() else 0)
        return DemoTime(offset, lambda ahead: self._clock.write_text(json.dumps(ahead.total_seconds())))
