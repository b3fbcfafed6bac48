"""Settings: precedence, origins, and what is refused."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from kgtool import config
from kgtool.errors import ConfigError
from kgtool.model import Policy


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and home, and no KGTOOL_ variables."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    for name in [n for n in os.environ if n.startswith("KGTOOL_")]:
        monkeypatch.delenv(name)
    return here


def write_user_file(text: str) -> Path:
    file = config.user_file()
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_the_defaults_hold() -> None:
    made = config.load()
    assert dict(made.values) == {k: s.default for k, s in config.SETTINGS.items()}
    assert set(made.origins.values()) == {"default"}


def test_the_nearer_place_wins_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    user = write_user_file("chunk_size = 301\nbeam_width = 11\nbeam_depth = 21\nreasoner = 'u'\n")
    Path("kgtool.toml").write_text("chunk_size = 302\nbeam_width = 12\nbeam_depth = 22\n")
    monkeypatch.setenv("KGTOOL_CHUNK_SIZE", "303")
    monkeypatch.setenv("KGTOOL_BEAM_WIDTH", "13")
    made = config.load({"chunk_size": 304})
    values = [made[k] for k in ("chunk_size", "beam_width", "beam_depth", "reasoner", "fuser")]
    origins = [made.origins[k] for k in ("chunk_size", "beam_width", "beam_depth", "reasoner", "fuser")]
    assert values == [304, 13, 22, "u", "cascade"]
    assert origins == ["flag", "environment KGTOOL_BEAM_WIDTH", "kgtool.toml", str(user), "default"]


def test_a_flag_of_none_is_not_given() -> None:
    made = config.load({"chunk_size": None})
    assert (made["chunk_size"], made.origins["chunk_size"]) == (2000, "default")


def test_a_named_file_takes_the_place_of_the_one_here(tmp_path: Path) -> None:
    Path("kgtool.toml").write_text("chunk_size = 302\nbeam_width = 12\n")
    other = tmp_path / "other.toml"
    other.write_text("chunk_size = 305\n")
    made = config.load(path=other)
    assert (made["chunk_size"], made["beam_width"]) == (305, 0)
    assert made.origins["chunk_size"] == str(other)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        config.load(path=tmp_path / "gone.toml")


def test_an_unknown_key_is_refused_with_file_line_and_key() -> None:
    Path("kgtool.toml").write_text("# chunk_sise = 1\nstore = 'kg'\n\n  chunk_sise = 300\n")
    with pytest.raises(ConfigError) as caught:
        config.load()
    assert caught.value.message == "kgtool.toml, line 4: unknown key 'chunk_sise'"
    assert "chunk_size" in caught.value.hint


def test_an_unknown_table_is_refused_with_its_line() -> None:
    Path("kgtool.toml").write_text("store = 'kg'\n[build]\nchunk_size = 300\n")
    with pytest.raises(ConfigError, match="line 2: unknown key 'build'"):
        config.load()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chunk_size = 'big'", "line 1: chunk_size must be a int, not 'big'"),
        ("chunk_size = 300.0", "line 1: chunk_size must be a int"),
        ("chunk_size = true", "line 1: chunk_size must be a int"),
        ("abstain_below = true", "line 1: abstain_below must be a float"),
        ("store = 1", "line 1: store must be a str, not 1"),
        ("store = ['kg']", "line 1: store must be a str"),
        ("chunk_size = 199", "line 1: chunk_size must be at least 200, not 199"),
        ("beam_depth = 0", "line 1: beam_depth must be at least 1, not 0"),
        ("chunk_size = ", "kgtool.toml: "),
    ],
)
def test_a_wrong_value_is_refused_with_file_and_line(line: str, message: str) -> None:
    Path("kgtool.toml").write_text(line + "\n")
    with pytest.raises(ConfigError) as caught:
        config.load()
    assert message in caught.value.message and "kgtool.toml" in caught.value.message


def test_a_whole_number_is_good_for_a_fraction() -> None:
    Path("kgtool.toml").write_text("max_document_mb = 3\n")
    assert config.load()["max_document_mb"] == 3.0
    assert isinstance(config.load()["max_document_mb"], float)


@pytest.mark.parametrize("text", ["", "many", "1.5", "199"])
def test_a_wrong_variable_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_CHUNK_SIZE", text)
    with pytest.raises(ConfigError, match="KGTOOL_CHUNK_SIZE: chunk_size must be"):
        config.load()


def test_a_wrong_flag_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"^--depth: beam_depth must be at least 1"):
        config.load({"beam_depth": 0})


def test_not_a_number_is_below_every_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_ABSTAIN_BELOW", "nan")
    with pytest.raises(ConfigError, match="abstain_below"):
        config.load()


def test_a_file_in_another_encoding_is_refused() -> None:
    Path("kgtool.toml").write_bytes("store = 'Köln'\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"kgtool\.toml cannot be read"):
        config.load()


def test_the_template_holds_every_default() -> None:
    template = config.template()
    assert tomllib.loads(template) == {}
    settings = [line.removeprefix("# ") for line in template.splitlines() if " = " in line]
    assert tomllib.loads("\n".join(settings)) == {k: s.default for k, s in config.SETTINGS.items()}


def test_relations_have_policies(tmp_path: Path) -> None:
    path = tmp_path / "kgtool.toml"
    text = '[relations."was born in"]\nfunctional = true\n[relations.met]\ndisjoint = ["knew"]\n'
    path.write_text(text, encoding="utf-8")
    assert config.load({}, path).relations == {
        "was born in": Policy(functional=True),
        "met": Policy(disjoint=("knew",)),
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("relations = 3", "relations is no table"),
        ("[relations]\nmet = 3", "relations.met is no table"),
        ("[relations.met]\nsymetric = true", "unknown key 'symetric'"),
        ('[relations.met]\nsymmetric = "yes"', "symmetric must be a bool"),
        ("[relations.met]\ndisjoint = [1]", "disjoint must be a list of relations"),
    ],
)
def test_a_wrong_policy_is_refused(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "kgtool.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=error):
        config.load({}, path)
