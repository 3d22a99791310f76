"""Everything that can be configured, with types, defaults and bounds.

Each field is read from the environment variable of the same name in capitals. A function sees only
the variables that template.yaml gives it, so the names of tables and keys have no default: asking
for one that was not given raises instead of guessing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any


class SettingsError(ValueError):
    """A variable is missing, of the wrong type or out of bounds; the message names it."""


def _number(default: int, low: int, high: int) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one function.

    Attributes:
        otel_exporter_otlp_endpoint: base address of an OTLP/HTTP collector for traces and metrics; empty: none.
        stage: ``local``, ``dev``, ``staging`` or ``prod``, the strictest if it is not said; only ``local`` may
            be called without HTTPS.
        issuer: the ``iss`` claim of every token.
        audience: the ``aud`` claim that this API issues and accepts.
        client_id: the ``client_id`` claim (RFC 9068) of sessions started with a password.
        default_scopes: what a new account may do, separated by spaces.
        access_token_ttl: seconds that an access token lives.
        refresh_token_ttl: seconds that a refresh token lives after it was handed out.
        session_max_age: seconds after which a session ends however often it was refreshed.
        refresh_grace: seconds in which a repeat of the just-used refresh token gets its successor again.
        access_token_algorithm: what new keys of access tokens are for, ``ES256`` or ``ML-DSA-44``; a change takes
            effect two hours after the keys of the new algorithm were published, and ends no token.
        qrg_algorithm: the same for QRG tokens: ``ML-DSA-44`` (or by its other name ``dilithium2``), ``ML-DSA-65``
            or ``ML-DSA-87``.
        qrg_ttl: seconds that a QRG token lives at most.
        qrg_max_age: seconds in which a QRG token can be rotated, counted from the first of its family.
        key_period: seconds after which a signing key is replaced.
        clock_skew: seconds that clocks of issuer and verifier may differ.
        rate_limit: requests that one user may make in ``rate_window``.
        rate_window: seconds of the sliding window, at most 60 so that its history fits one write unit.
        login_free_failures: wrong passwords for one user before waits begin.
        login_max_wait: seconds of the longest wait between two guesses.
        login_forget_one: seconds after which one failure is forgotten.
        login_source_free: wrong passwords from one source address, whatever the usernames, before waits
            begin; one is forgotten every 10 s, and no wait is longer than a minute.
        device_cookie_ttl: seconds that a browser or client stays known after a login.
        claim_timeout: seconds after which a username whose registration died may be taken again;
            longer than any function may run.
        anomaly_response: what is done by itself when an alert about accesses is raised, by severity, as
            ``high=step_up critical=revoke``.
        heartbeat_seconds: between two heartbeats of a process; 0: none beats.
        new_data_key_arn: of the KMS key that wraps data keys in the place of the stack's own; none: that one does.
        former_data_key_arn: of the one that did so before; it still unwraps, and so does the stack's own.
        bedrock_model_id: of the language model or inference profile that critiques and revises; empty: none does.
        bedrock_guardrail_id: of the guardrail that moderates; empty: none does.
        bedrock_guardrail_version: of that guardrail.
        bedrock_cost_cap: microdollars that one request may cost at most; beyond, the embedded engine answers.
        bedrock_input_price: microdollars for 1,000 tokens that the model reads.
        bedrock_output_price: microdollars for 1,000 tokens that it writes.
        bedrock_unit_price: microdollars for a text unit that one policy of the guardrail examines.
        bedrock_embedder_id: of the model or inference profile that turns memories into vectors, Titan Text Embeddings
            V2 or Cohere Embed; empty: the embedded one does.
        bedrock_embedder_dimensions: of its vectors; Cohere Embed v3 has 1,024 whatever is said.
        bedrock_embedder_price: microdollars for 1,000 tokens that it reads.
        bedrock_extractor_id: of the language model that notes what memories are about; empty: rules do.
        memory_cost_cap: microdollars that an errand or a search may cost at each of these two models; beyond, words
            alone answer, rules note, and an errand comes again.
        memory_vector_bucket: of S3 Vectors, for the vectors of people with more than 100,000 memories; empty: all
            vectors are in the stored indexes.
    """

    stage: str = field(default="prod", metadata={"choices": ("local", "dev", "staging", "prod")})
    issuer: str = "lukhas.id"
    controller: str = "LUKHAS"
    audience: str = "lukhas-api"
    client_id: str = "lukhas"
    default_scopes: str = (
        "identity:read identity:write qrg:issue consent:read consent:write guardian:use memory:read memory:write "
        "consciousness:read privacy:use privacy:write"
    )
    access_token_ttl: int = _number(3600, 60, 3600)
    refresh_token_ttl: int = _number(7 * 86400, 60, 90 * 86400)
    session_max_age: int = _number(30 * 86400, 60, 365 * 86400)
    refresh_grace: int = _number(10, 0, 60)
    access_token_algorithm: str = field(default="ES256", metadata={"choices": ("ES256", "ML-DSA-44")})
    qrg_algorithm: str = field(
        default="ML-DSA-44", metadata={"choices": ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "dilithium2")}
    )
    qrg_ttl: int = _number(3600, 60, 86400)
    qrg_max_age: int = _number(30 * 86400, 60, 365 * 86400)
    key_period: int = _number(90 * 86400, 86400, 366 * 86400)
    clock_skew: int = _number(5, 0, 60)
    rate_limit: int = _number(100, 1, 1_000_000)
    rate_window: int = _number(60, 1, 60)
    login_free_failures: int = _number(5, 1, 100)
    login_max_wait: int = _number(900, 1, 86400)
    login_forget_one: int = _number(900, 1, 86400)
    login_source_free: int = _number(50, 1, 1_000_000)
    device_cookie_ttl: int = _number(90 * 86400, 60, 365 * 86400)
    claim_timeout: int = _number(60, 30, 900)
    users_table: str = ""
    usernames_table: str = ""
    sessions_table: str = ""
    counters_table: str = ""
    keys_table: str = ""
    families_table: str = ""
    revocations_table: str = ""
    ledger_table: str = ""
    data_keys_table: str = ""
    data_key_id: str = ""
    new_data_key_arn: str = ""
    former_data_key_arn: str = ""
    checkpoints_table: str = ""
    log_bucket: str = ""
    staging_bucket: str = ""
    exports_bucket: str = ""
    policies_table: str = ""
    decisions_table: str = ""
    memories_table: str = ""
    memories_bucket: str = ""
    errands_queue: str = ""
    memory_letters_queue: str = ""
    heartbeats_table: str = ""
    series_table: str = ""
    anomaly_topic: str = ""
    anomaly_response: str = "none"
    server_key_id: str = ""
    stack_name: str = ""
    otel_exporter_otlp_endpoint: str = ""
    heartbeat_seconds: int = _number(60, 0, 300)
    bedrock_model_id: str = ""
    bedrock_guardrail_id: str = ""
    bedrock_guardrail_version: str = "DRAFT"
    bedrock_cost_cap: int = _number(250_000, 1, 100_000_000)
    # Of the dearest models, so that a price that was not given never makes the cap too high.
    bedrock_input_price: int = _number(15_000, 1, 10_000_000)
    bedrock_output_price: int = _number(75_000, 1, 10_000_000)
    bedrock_unit_price: int = _number(1_000, 1, 1_000_000)
    bedrock_embedder_id: str = ""
    bedrock_embedder_dimensions: int = _number(256, 256, 1536)
    bedrock_embedder_price: int = _number(150, 1, 1_000_000)
    bedrock_extractor_id: str = ""
    memory_cost_cap: int = _number(2_000_000, 1, 100_000_000)
    memory_vector_bucket: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; an empty variable counts as absent.

        Raises:
            SettingsError: a value is not among its choices, or not a whole number within its bounds.
        """
        env = os.environ if env is None else env
        given: dict[str, Any] = {}
        for item in fields(cls):
            text = env.get(item.name.upper(), "")
            if text:
                given[item.name] = _checked(item.name, text, item.metadata)
        return cls(**given)

    @property
    def is_local(self) -> bool:
        return self.stage == "local"

    @property
    def data_keys(self) -> tuple[str, ...]:
        """The KMS keys of data keys: the one that wraps, then those that wrapped before.

        Raises:
            SettingsError: DATA_KEY_ID is not set.
        """
        named = (self.new_data_key_arn, self.former_data_key_arn)
        return (*(arn for arn in named if arn and not arn.endswith("key/none")), self.required("data_key_id"))

    def required(self, name: str) -> str:
        """The value of a name without a default, such as ``users_table``.

        Raises:
            SettingsError: the variable is not set.
        """
        value = str(getattr(self, name))
        if not value:
            raise SettingsError(f"{name.upper()} is not set: give it to this function in template.yaml")
        return value


def _checked(name: str, text: str, bounds: Mapping[str, Any]) -> str | int:
    if not bounds:
        return text
    if "choices" in bounds:
        if text not in bounds["choices"]:
            raise SettingsError(f"{name.upper()} must be one of {', '.join(bounds['choices'])}, not {text[:40]!r}")
        return text
    low, high = bounds["low"], bounds["high"]
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(f"{name.upper()} must be a whole number from {low} to {high}, not {text[:40]!r}")
    return int(text)


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings.from_env()
