"""Keeps what the stand-in holds in one file, written whole or not at all."""

import io
import pickle
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moto.backends
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.s3.models import s3_backends

from local.files import write_private
from local.provision import Kept

# Roles, users and the stack itself are made anew from template.yaml at every start.
SERVICES = ("dynamodb", "s3", "kms", "sqs", "sns", "secretsmanager")
FORMAT = {"format": 1, "moto": moto.__version__, "python": list(sys.version_info[:2])}


class Unreadable(Exception):
    """The state file was written by another version, or is damaged."""


def private_key(data: bytes) -> Any:
    """Return the private key in a PKCS #8 document."""
    return serialization.load_der_private_key(data, None)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Pickle private keys as PKCS #8 and locks as new locks; all else as usual."""
        if isinstance(value, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
            form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            return private_key, (value.private_bytes(*form),)
        if isinstance(value, type(threading.Lock())):
            return threading.Lock, ()
        if isinstance(value, type(threading.RLock())):
            return threading.RLock, ()
        return NotImplemented


def _backend(service: str) -> Any:
    return moto.backends.get_backend(service)  # type: ignore[call-overload]


def snapshot(kept: dict[str, Kept]) -> bytes:
    """Return everything that outlives the process as bytes; call it while no request is served."""
    backends = {
        service: [(account, region, backend) for account, region, backend in _backend(service).iter_backends()]
        for service in SERVICES
    }
    buckets = s3_backends.bucket_accounts
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(FORMAT)
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump((backends, dict(buckets), kept))
    return buffer.getvalue()


def restore(path: Path) -> dict[str, Kept]:
    """Put the backends in the file back into moto; answer the kept resources.

    Raises:
        Unreadable: The file cannot be used; moto is left as it was.
    """
    with path.open("rb") as file:
        try:
            found = pickle.load(file)  # noqa: S301 - our own file, mode 0600
            if found != FORMAT:
                raise Unreadable(f"it was written by {found}, this is {FORMAT}")
            backends, buckets, kept = pickle.load(file)  # noqa: S301
        except Unreadable:
            raise
        except Exception as damage:
            raise Unreadable(f"it is damaged ({type(damage).__name__}: {damage})") from damage
    for service, held in backends.items():
        for account, region, backend in held:
            _backend(service)[account][region] = backend
    s3_backends.bucket_accounts.update(buckets)
    return dict(kept)


def move_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that nothing is lost; answer its new name."""
    aside = path.with_name(f"{path.name}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}")
    path.rename(aside)
    return aside


class Saver:
    """Saves every few seconds if something was written, and once at the end."""

    def __init__(
        self, path: Path | None, take: Callable[[], bytes], written: threading.Event, every: float = 2.0
    ) -> None:
        """Save what ``take`` returns to ``path`` (None: nowhere) within ``every`` seconds of ``written``."""
        self._path, self._take, self._written, self._every = path, take, written, every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            self._save()

    def _save(self) -> None:
        if self._path and self._written.is_set():
            self._written.clear()
            try:
                write_private(self._path, self._take())
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may succeed
                self._written.set()
                print(f"state not saved, will try again: {type(error).__name__}: {error}", file=sys.stderr)

    def close(self) -> None:
        """Save a last time and stop."""
        self._ending.set()
        self._thread.join()
        self._save()
