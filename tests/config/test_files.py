from pathlib import Path

import pytest

from openai_mock_api.config.files import decoded, read_file
from openai_mock_api.errors import ConfigError


def test_a_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 1\r\n")
    document = read_file(file)
    assert (document.data, document.source) == ({"a": "é", "b": 1}, str(file))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml  no such file; looked in .*, check the path"):
        read_file(tmp_path / "none.yaml")


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory; name a file in it"):
        read_file(tmp_path)


class Unreadable(type(Path())):  # type: ignore[misc]  # the class depends on the platform
    """A path whose file may not be read."""

    def read_bytes(self) -> bytes:
        raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("path", "said"), [(Unreadable("a.yaml"), "Permission denied"), (Path("a\0b.yaml"), "embedded null byte")]
)
def test_an_unreadable_file(path: Path, said: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot be read: {said}; check the path and its permissions"):
        read_file(path)


def test_bytes_that_are_not_utf_8() -> None:
    with pytest.raises(ConfigError) as caught:
        decoded(b"a: 1\nb: \xff", "a.yaml")
    assert str(caught.value) == ("a.yaml:2:4  not UTF-8: the byte 0xff cannot stand here; save the file as UTF-8")
