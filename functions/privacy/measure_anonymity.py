"""POST /privacy/anonymity"""

from lukhas_common import routes
from lukhas_common.http import endpoint
from lukhas_common.privacy.anonymity.table import AnonymityReason
from lukhas_common.privacy.anonymity.wire import Anonymity, AnonymityRequest, answered


@endpoint(routes.MEASURE_ANONYMITY, errors=tuple(AnonymityReason))
def handler(request: AnonymityRequest) -> Anonymity:
    """Say how anonymous a table is, and with ``k`` generalise it without dropping a row. It is not kept."""
    return answered(request)
