"""The one-machine stack: template.yaml, running here, with no Docker and no AWS account."""
