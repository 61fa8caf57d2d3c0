"""Turns the store's URL into a store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from libs.runtime.errors import MappingInvalid
from libs.store.ports import Store
from libs.store.sqlite import SqliteStore


def open_store(url: str, name: str) -> Store:
    """The store of the service ``name``; nothing connects yet.

    ``sqlite:///data`` (a folder, relative; four slashes make it absolute) keeps ``data/<name>.db``;
    ``sqlite:///data/tandem.db`` keeps ``data/tandem-<name>.db``. ``mongodb://host/tandem`` keeps the database
    ``tandem_<name>``. Every service has its own, and no service reads another's.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteStore(sqlite_path(url, name))
    if scheme in ("mongodb", "mongodb+srv"):
        # Only here, so that the embedded way needs nothing but Python's own database.
        from libs.store.mongo import MongoStore

        return MongoStore(url, name)
    raise MappingInvalid(
        f"a store's URL begins with sqlite:/// (and a folder) or mongodb:// (host and database), not "
        f"{scheme or 'nothing'}://",
        code="settings.invalid",
        setting="TANDEM_STORE_URL",
    )


def sqlite_path(url: str, name: str) -> Path:
    """The file that a ``sqlite:`` URL means for the service ``name``."""
    path = Path(unquote(url.removeprefix("sqlite:").removeprefix("//").removeprefix("/")) or ".")
    if path.suffix in (".db", ".sqlite", ".sqlite3"):
        return path.with_name(f"{path.stem}-{name}{path.suffix}")
    return path / f"{name}.db"
