"""Distances on the globe, as far as a city needs them."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_METRES = 6_371_000.0


def metres_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine)."""
    half_lat = sin(radians(lat2 - lat1) / 2)
    half_lon = sin(radians(lon2 - lon1) / 2)
    inner = half_lat**2 + cos(radians(lat1)) * cos(radians(lat2)) * half_lon**2
    return 2 * EARTH_RADIUS_METRES * asin(sqrt(min(1.0, inner)))
