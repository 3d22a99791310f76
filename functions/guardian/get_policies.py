"""GET /guardian/policies/{version}"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import policy_book
from lukhas_common.guardian.bundles import VERSION
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import PoliciesFiles
from lukhas_common.http import endpoint


@endpoint(routes.GET_POLICIES, errors=(GuardianReason.POLICIES_UNKNOWN, GuardianReason.POLICIES_UNTRUSTED))
def handler(version: Annotated[str, Path(pattern=VERSION)]) -> PoliciesFiles:
    """Show the files of a version; change them and publish them under a new name."""
    return PoliciesFiles.of(*policy_book().show(version))
