"""Links to objects of S3: requests that are signed in their address (SigV4 in query parameters)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

_SIGNATURE = "X-Amz-Signature"
_SAID = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", _SIGNATURE)
_TOKEN = "X-Amz-Security-Token"


@dataclass(frozen=True)
class Link:
    """What a link says of its signature."""

    path: str
    said: dict[str, str]

    def headers(self) -> dict[str, str]:
        """The same as the headers of a request that is signed there."""
        said = self.said
        signed = f"Credential={said['X-Amz-Credential']}, SignedHeaders={said['X-Amz-SignedHeaders']}"
        found = {"Authorization": f"AWS4-HMAC-SHA256 {signed}, Signature={said[_SIGNATURE]}"}
        return found | ({_TOKEN: said[_TOKEN]} if _TOKEN in said else {})

    def is_signed_by(self, credentials: Any, method: str, host: str) -> bool:
        """Whether the signature is that of these credentials over all that the link says."""
        said = self.said
        if said["X-Amz-SignedHeaders"] != "host":
            return False
        address, _, query = self.path.partition("?")
        unsigned = "&".join(part for part in query.split("&") if not part.startswith(f"{_SIGNATURE}="))
        request = AWSRequest(method, f"http://{host}{address}?{unsigned}", {"Host": host})
        request.context["timestamp"] = said["X-Amz-Date"]
        _, _, region, service, _ = said["X-Amz-Credential"].split("/")
        auth = S3SigV4QueryAuth(credentials, service, region)
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return hmac.compare_digest(signature, said[_SIGNATURE])

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over."""
        made = datetime.strptime(self.said["X-Amz-Date"], SIGV4_TIMESTAMP).replace(tzinfo=now.tzinfo)
        return now > made + timedelta(seconds=int(self.said["X-Amz-Expires"]))


def read(path: str) -> Link | None:
    """The link in the path and query of a request; None if it is none."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query, keep_blank_values=True).items()}
    return Link(path, query) if all(name in query for name in _SAID) else None
