"""Keeps what the stand-in holds in one file, encrypted, written whole or not at all."""

import io
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moto.backends
from cryptography.hazmat.primitives import serialization
from moto.s3.models import s3_backends

from local.files import write_private
from local.keys import forget
from local.provision import Kept
from local.sealing import Unreadable, load_key, move_aside, new_key, seal, unseal
from local.signing import PRIVATE_KEYS

# Roles, users and the stack itself are made anew from template.yaml at every start.
SERVICES = ("dynamodb", "s3", "kms", "sqs", "sns", "secretsmanager")
FORMAT = {"format": 2, "moto": moto.__version__, "python": list(sys.version_info[:2])}


def private_key(data: bytes) -> Any:
    """Return the private key in a PKCS #8 document."""
    return serialization.load_der_private_key(data, None)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Pickle private keys as PKCS #8 and locks as new locks; all else as usual."""
        if isinstance(value, PRIVATE_KEYS):
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
    for _, _, keys in _backend("kms").iter_backends():
        forget(keys)
    backends = {
        service: [(account, region, backend) for account, region, backend in _backend(service).iter_backends()]
        for service in SERVICES
    }
    buckets = s3_backends.bucket_accounts
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(FORMAT)
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump((backends, dict(buckets), kept))
    return buffer.getvalue()


def restore(data: bytes) -> dict[str, Kept]:
    """Put the backends of a snapshot back into moto; answer the kept resources.

    Raises:
        Unreadable: The snapshot cannot be used; moto is left as it was.
    """
    file = io.BytesIO(data)
    try:
        found = pickle.load(file)  # noqa: S301 - only this stack has the key that it was sealed with
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


def take_up(path: Path, fresh: bool) -> tuple[dict[str, Kept], bytes]:
    """Take up the state of last time; answer the kept resources, and the key for the state to come.

    What cannot be used is moved aside, and said so.
    """
    if fresh:
        path.unlink(missing_ok=True)
    key = None
    try:
        key = load_key(path)
        return (restore(unseal(key, path.read_bytes())) if path.exists() else {}), key
    except (Unreadable, OSError) as reason:
        if path.exists():
            aside = move_aside(path)
            print(f"The kept state cannot be used: {reason}. Moved to {aside}; starting empty.", file=sys.stderr)
    return {}, key or new_key(path)


class Saver:
    """Saves every few seconds if something was written, and once at the end."""

    def __init__(
        self, path: Path, key: bytes, take: Callable[[], bytes], written: threading.Event, every: float = 2.0
    ) -> None:
        """Save what ``take`` returns to ``path``, sealed with ``key``, within ``every`` seconds of ``written``."""
        self._path, self._key, self._take, self._written, self._every = path, key, take, written, every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            self._save()

    def _save(self) -> None:
        if self._written.is_set():
            self._written.clear()
            try:
                write_private(self._path, seal(self._key, self._take()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may succeed
                self._written.set()
                print(f"state not saved, will try again: {type(error).__name__}: {error}", file=sys.stderr)

    def close(self) -> None:
        """Save a last time and stop; a key that was deleted in memory only is then gone from the file too."""
        self._ending.set()
        self._thread.join()
        self._written.set()
        self._save()
