"""Rasa without its warnings, its telemetry, and without a citizen's words in any log. Import before rasa."""

from __future__ import annotations

import logging
import os
import warnings

for name, value in {
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    # Every component is trained anew in seconds; a cache of 13,000 pickled messages takes longer.
    "RASA_MAX_CACHE_SIZE": "0",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
}.items():
    os.environ.setdefault(name, value)
warnings.simplefilter("ignore")

import structlog  # noqa: E402  (after the environment is set)

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
