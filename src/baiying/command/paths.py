"""Where things lie: the checkout, and the data folder of one installation."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from baiying.config import options

PACKAGE = Path(__file__).resolve().parent.parent
# None where the package is installed without its source tree; `test` and the island build need the tree.
CHECKOUT: Path | None = (
    PACKAGE.parent.parent if (PACKAGE.parent.parent / "tools" / "bootstrap.py").exists() else None
)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Everything of one installation that must survive, in one folder that only its owner may enter."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "pg"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def street(self) -> Path:
        """Written by the demonstration street: its cast with passwords and tokens."""
        return self.root / "street.json"

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def state(self) -> Path:
        """Present while the service runs: process ids, address, how to reach the database."""
        return self.run / "state.json"

    @property
    def static(self) -> Path:
        """The static files of this running street; config/settings.py looks here first."""
        return self.run / "static"

    @property
    def log(self) -> Path:
        return self.root / "log"

    def create(self) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.root.stat().st_uid == os.geteuid():
            self.root.chmod(0o700)
        for folder in (self.media, self.staging, self.exports, self.run, self.log):
            folder.mkdir(mode=0o700, exist_ok=True)


def data_folder(given: str | None) -> DataFolder:
    """--data, else BAIYING_DATA, else the user's state folder."""
    if given:
        return DataFolder(Path(given).expanduser().absolute())
    return DataFolder(options.path("BAIYING_DATA") or state_home() / "baiying")


def state_home() -> Path:
    if configured := os.environ.get("XDG_STATE_HOME"):
        return Path(configured).absolute()
    return Path.home() / ".local" / "state"
