"""Leave out of an installed botocore what describes AWS services that are never called.

It ships 25 MB of service descriptions, and parses a list of every service's endpoints in every region at each cold
start. Endpoints of services that are not in that list follow AWS's naming rule.

    python prune_botocore.py <folder of botocore> dynamodb kms …
"""

import json
import shutil
import sys
from pathlib import Path


def main(botocore: Path, services: set[str]) -> None:
    """Prune the data folder in place.

    Raises:
        SystemExit: botocore does not know one of the services.
    """
    data = botocore / "data"
    folders = {folder.name: folder for folder in data.iterdir() if folder.is_dir()}
    if unknown := services - folders.keys():
        raise SystemExit(f"botocore has no service {sorted(unknown)}")
    for name in folders.keys() - services:
        shutil.rmtree(folders[name])
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in services}
    (data / "endpoints.json").write_text(json.dumps(endpoints))


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
