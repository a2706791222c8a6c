from dataclasses import fields

import pytest

from viewer.base.errors import UserMistake
from viewer.base.settings import Settings, load_settings, save_settings, settings_path


def test_that_wrong_keys_keep_their_defaults_and_are_told() -> None:
    settings_path().write_text('theme = "purple"\nfont_scale = 9\nframes_per_s = "fast"\nwidth = 3\nsnap_m = 0.5\n')
    told: list[str] = []
    settings = load_settings(told.append)
    assert settings == Settings(snap_m=0.5)
    assert len(told) == 4
    assert any("theme" in one and "dark, light, system" in one for one in told)
    assert all(str(settings_path()) in one for one in told)


def test_that_a_broken_file_gives_defaults_and_a_sentence() -> None:
    settings_path().write_text("theme = [")
    told: list[str] = []
    assert load_settings(told.append) == Settings()
    assert len(told) == 1


def test_that_a_change_out_of_bounds_is_refused() -> None:
    with pytest.raises(UserMistake, match="font_scale"):
        Settings().with_(font_scale=5.0)
    with pytest.raises(UserMistake, match="no setting"):
        Settings().with_(fnot_scale=1.0)


def test_that_saving_keeps_comments_and_comes_back_equal() -> None:
    settings_path().write_text("# mine\nsnap_m = 0.5 # half a metre\n")
    settings = load_settings(pytest.fail).with_(theme="light", recent_scenes=("a", "b"), snap_m=0.25)
    save_settings(settings)
    text = settings_path().read_text()
    assert "# mine" in text
    assert "# half a metre" in text
    assert "font_scale" not in text
    assert load_settings(pytest.fail) == settings


def test_that_every_setting_has_a_default_that_is_allowed() -> None:
    default = Settings()
    assert default.with_(**{field.name: getattr(default, field.name) for field in fields(Settings)}) == default
