"""POST /identity/register"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header

from lukhas_common import routes
from lukhas_common.aws.identity import accounts
from lukhas_common.http import endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.models import Registration, UserProfile


@endpoint(
    routes.REGISTER,
    status=HTTPStatus.CREATED,
    errors=(
        Reason.USERNAME_INVALID,
        Reason.USERNAME_TAKEN,
        Reason.PASSWORD_WEAK,
        Reason.IDEMPOTENCY_KEY_REUSED,
    ),
)
def handler(
    registration: Registration,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)] = None,
) -> UserProfile:
    """Create an account. The same request with the same Idempotency-Key gives the same account."""
    return UserProfile.of(accounts().register(registration.username, registration.password, idempotency_key))
