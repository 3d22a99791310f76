"""Publishes the policies that the product ships: run every hour, and when the stack was made or updated."""

from typing import Any

from lukhas_common import pulse
from lukhas_common.aws.guardian import install_shipped


@pulse.scheduled(every=3600)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sign and keep the shipped policies; they decide unless an admin chose others. It may run twice, or be killed.

    Raises:
        NoActiveKeyError: there is no key to sign with yet; the next run tries again.
    """
    return install_shipped()
