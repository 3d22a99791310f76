"""Configuration is typed, bounded and never guessed."""

from __future__ import annotations

import pytest

from lukhas_common.settings import Settings, SettingsError


def test_without_variables_there_are_defaults() -> None:
    config = Settings.from_env({})
    assert (config.issuer, config.rate_limit, config.refresh_grace) == ("lukhas.id", 100, 10)
    assert (config.stage, config.is_local) == ("prod", False)


def test_variables_are_read_by_name_and_empty_ones_are_absent() -> None:
    config = Settings.from_env({"STAGE": "local", "RATE_LIMIT": "7", "ISSUER": "", "UNRELATED": "x"})
    assert (config.stage, config.rate_limit, config.issuer) == ("local", 7, "lukhas.id")
    assert config.is_local


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "1e3", "٣", "3601", " 60"])
def test_a_number_out_of_bounds_names_its_variable(value: str) -> None:
    with pytest.raises(SettingsError, match="ACCESS_TOKEN_TTL must be a whole number from 60 to 3600"):
        Settings.from_env({"ACCESS_TOKEN_TTL": value})


def test_a_name_that_was_not_given_is_not_guessed() -> None:
    assert Settings.from_env({"USERS_TABLE": "users"}).required("users_table") == "users"
    with pytest.raises(SettingsError, match="USERS_TABLE is not set"):
        Settings.from_env({}).required("users_table")


def test_a_stage_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="STAGE must be one of local, dev, staging, prod"):
        Settings.from_env({"STAGE": "production"})


def test_the_newest_key_of_data_keys_wraps_and_those_before_still_unwrap() -> None:
    none, told = "arn:aws:kms:::key/none", {"DATA_KEY_ID": "own"}
    assert Settings.from_env(told).data_keys == ("own",)
    assert Settings.from_env(told | {"NEW_DATA_KEY_ARN": none, "FORMER_DATA_KEY_ARN": none}).data_keys == ("own",)
    later = told | {"NEW_DATA_KEY_ARN": "arn:newest", "FORMER_DATA_KEY_ARN": "arn:former"}
    assert Settings.from_env(later).data_keys == ("arn:newest", "arn:former", "own")
    with pytest.raises(SettingsError, match="DATA_KEY_ID is not set"):
        _ = Settings.from_env({"NEW_DATA_KEY_ARN": "arn:newest"}).data_keys
