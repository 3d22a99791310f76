"""GET /guardian/policies"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.guardian import policy_book
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import Policy, listed
from lukhas_common.http import endpoint


@endpoint(routes.LIST_POLICIES, errors=(GuardianReason.POLICIES_UNTRUSTED, GuardianReason.GUARDIAN_UNAVAILABLE))
def handler(active_only: Annotated[bool, Query()] = True) -> list[Policy]:
    """List the policies of the version that decides; with ``active_only=false``, those on trial as well."""
    return listed(policy_book().active(), active_only=active_only)
