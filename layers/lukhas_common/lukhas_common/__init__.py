"""The library of the trust layer: one package per domain, usable without Lambda."""
