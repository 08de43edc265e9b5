"""Measurements (`make bench`): always next to a peer, on the same data, in the same run."""
