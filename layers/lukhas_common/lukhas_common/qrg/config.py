"""How QRG tokens are made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lukhas_common.qrg.tokens import MAX_TTL

LEVELS = {"ML-DSA-44": 2, "ML-DSA-65": 3, "ML-DSA-87": 5}
"""NIST's security categories (FIPS 204, table 1): 2 is as hard as a collision of SHA-256."""


class QRGConfig(BaseModel):
    """The algorithm and the bounds of QRG tokens.

    ``dilithium2`` is another name for ML-DSA-44, in configuration only: signatures of the round-3 submission
    are something else and are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Literal["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] = "ML-DSA-44"
    ttl_seconds: int = Field(3600, ge=1, le=MAX_TTL, description="No token lives longer than this many seconds.")
    security_level: int = Field(2, ge=1, le=5, description="The NIST category that the algorithm must reach.")
    max_age_seconds: int = Field(
        30 * 86400, ge=1, le=365 * 86400, description="Seconds in which a token can be rotated, counted from the first."
    )
    issuer: str = Field("lukhas.id", min_length=1, description="The iss claim.")
    audience: str = Field("lukhas-api", min_length=1, description="The aud claim.")

    @field_validator("algorithm", mode="before")
    @classmethod
    def _standard_name(cls, value: Any) -> Any:
        return "ML-DSA-44" if isinstance(value, str) and value.lower() == "dilithium2" else value

    @model_validator(mode="after")
    def _strong_enough(self) -> QRGConfig:
        if LEVELS[self.algorithm] < self.security_level:
            raise ValueError(f"{self.algorithm} reaches security level {LEVELS[self.algorithm]}: choose a larger one")
        return self
