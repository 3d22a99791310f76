"""The constitution put together from its adapters."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.bedrock import engine
from lukhas_common.aws.ledger import ledger
from lukhas_common.guardian.constitution.levels import RESPONSES
from lukhas_common.guardian.constitution.principles import DEFAULT_CONSTITUTION
from lukhas_common.guardian.constitution.safety import ConstitutionalAISafety
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import settings


def safety_for(person: str) -> ConstitutionalAISafety:
    """The default principles, for the texts of one person in one request.

    Texts are logged by a hash under the person's data key, so that short ones cannot be guessed.
    """
    keys = ledger().keys
    return ConstitutionalAISafety(
        list(DEFAULT_CONSTITUTION),
        engine=engine(settings()),
        reviser=engine(settings(), RESPONSES),
        clock=times.now,
        digest=lambda text: keys.keyed_hash(person, b"lukhas constitution texts v1", text),
        audit=LoggedAudit(),
    )
