"""What docs/performance.md reports, measured by one command: ``python -m benchmarks``."""
