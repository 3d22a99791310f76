"""POST /identity/register"""

from http import HTTPStatus

from lukhas_common import routes
from lukhas_common.aws.identity import accounts
from lukhas_common.http import IdempotencyKey, endpoint
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
def handler(registration: Registration, idempotency_key: IdempotencyKey = None) -> UserProfile:
    """Create an account. The same request with the same Idempotency-Key gives the same account."""
    return UserProfile.of(accounts().register(registration.username, registration.password, idempotency_key))
