"""Hot reload: the configuration follows its files while the server runs."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from openai_mock_api.errors import ConfigError
from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import watchfiles

    from openai_mock_api.config.settings import Settings
    from openai_mock_api.server.app import App
else:
    watchfiles = Lazy("watchfiles")

log = logging.getLogger("openai_mock_api.reload")

#: Milliseconds of quiet that end a batch of changes, and between two looks at whether to go on.
QUIET: Final = 100
ROUND: Final = 250

_POLL: Final = "With WATCHFILES_FORCE_POLLING=true in the environment, the system need not tell of them."
_SUFFIXES: Final = {".yaml", ".yml", ".json"}


class Loaded(NamedTuple):
    """A configuration, compiled, and the files that it was read from."""

    settings: Settings
    files: tuple[Path, ...]


class Reload:
    """What an app serves, held to what its files say. ``load`` reads and compiles them, or raises ``ConfigError``."""

    def __init__(self, app: App, files: Iterable[Path], load: Callable[[], Loaded]) -> None:
        self._app = app
        self._load = load
        self._served = _contents(files)
        self._suspects: set[Path] = set()
        self._complaint = ""

    @property
    def folders(self) -> set[Path]:
        """The folders in which something has to change before the configuration can: those of all files."""
        files = {*self._served, *self._suspects}
        return {folder for file in files for folder in (file.absolute().parent, file.resolve().parent)}

    def concerns(self, paths: Collection[str]) -> bool:
        """Whether a change of these paths can change the configuration.

        So can files of its kind, folders, and what a mounted volume exchanges as a whole, which begins with two dots.
        """
        return any(path.suffix in _SUFFIXES or path.name.startswith("..") or path.is_dir() for path in map(Path, paths))

    def look(self) -> None:
        """Load the files, and serve what they say if that is new. What is broken is reported, and changes nothing."""
        try:
            loaded = self._load()
        except ConfigError as error:
            self._report(error)
            return
        contents = _contents(loaded.files)
        if contents != self._served:
            self._serve(loaded)
        elif self._complaint:
            log.info("The configuration is again what is served")
        self._served, self._suspects, self._complaint = contents, set(), ""

    def _serve(self, loaded: Loaded) -> None:
        before, now = self._app.settings, loaded.settings
        now.script.warm()
        self._app.load(now)
        log.info("The configuration was loaded again: %d responses", len(now.script.flows))
        if (before.host, before.port) != (now.host, now.port):
            log.warning("host and port stay as they are until the server is started again")

    def _report(self, error: ConfigError) -> None:
        """Say once what is wrong, and watch the files in which it is."""
        self._suspects = {Path(problem.source) for problem in error.problems if problem.source}
        if str(error) != self._complaint:
            self._complaint = str(error)
            log.error("The configuration is broken, and the one before is still served:\n%s", error)


def _contents(files: Iterable[Path]) -> dict[Path, bytes]:
    """Return a digest of each file's content; of one that is gone, an empty one."""
    return {file: _digest(file) for file in files}


def _digest(file: Path) -> bytes:
    try:
        return blake2b(file.read_bytes()).digest()
    except OSError:
        return b""


def _places(folders: Iterable[Path]) -> dict[Path, tuple[int, int] | None]:
    """Return where the folders are on their disks, None for those that are not there: another may take their name."""
    return {folder: _place(folder) for folder in folders}


def _place(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Watch:
    """A thread that looks whenever files change. It never keeps the interpreter from exiting."""

    def __init__(self, reload: Reload) -> None:
        self._reload = reload
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openai-mock-api-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it. May be called twice."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                with suppress(FileNotFoundError):  # a folder that went before its watching began
                    self._watch(self._reload.folders)
        except OSError as error:
            log.error("Changes of the configuration are not noticed any more: %s. %s", error, _POLL)

    def _watch(self, folders: set[Path]) -> None:
        """Watch folders until they are not the right ones any more, or it is over.

        The first round only says that the watching has begun: what changed before that is looked for then.
        """
        places = _places(folders)
        rounds = watchfiles.watch(
            *(folder for folder in folders if folder.is_dir()),
            watch_filter=None,
            debounce=QUIET,
            rust_timeout=ROUND,
            yield_on_timeout=True,
            stop_event=self._over,
            raise_interrupt=False,
            recursive=False,
        )
        for number, changes in enumerate(rounds):
            paths = [path for _, path in changes]
            if number == 0 or self._reload.concerns(paths):
                self._reload.look()
            gone = not folders.isdisjoint(map(Path, paths)) or _places(folders) != places
            if gone or self._reload.folders != folders:
                return
