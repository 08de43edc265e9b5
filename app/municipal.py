"""The municipal systems as the settings name them."""

from __future__ import annotations

import os

from app.settings import Settings
from integrations.registry import SYSTEMS_FOLDER, Registry, load_registry


def registry_of(settings: Settings) -> Registry:
    """Played by the simulator, or the files of a folder. Raises RegistryError."""
    if settings.simulated:
        return load_registry(SYSTEMS_FOLDER, {}, settings.hamyar_simulator_url, settings.mail_route)
    return load_registry(settings.systems_folder or SYSTEMS_FOLDER, os.environ, mail=settings.mail_route)
