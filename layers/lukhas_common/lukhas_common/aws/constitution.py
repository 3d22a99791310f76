"""The constitution put together from its adapters."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.bedrock import engine
from lukhas_common.aws.ledger import ledger
from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import derive
from lukhas_common.guardian.constitution.principles import DEFAULT_CONSTITUTION
from lukhas_common.guardian.constitution.safety import ConstitutionalAISafety
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import settings


def safety_for(person: str) -> ConstitutionalAISafety:
    """The default principles, for the texts of one person in one request.

    Texts are logged by a hash under the person's data key, so that short ones cannot be guessed.
    """
    key = derive(ledger().keys.to_seal(person).secret, b"lukhas constitution texts v1")
    return ConstitutionalAISafety(
        list(DEFAULT_CONSTITUTION),
        engine=engine(settings()),
        clock=times.now,
        digest=lambda text: mac(key, text).hex(),
        audit=LoggedAudit(),
    )
