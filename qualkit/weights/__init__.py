"""Model weights on this machine: pinned archives, the hub, a stick; manifests; no network otherwise."""
