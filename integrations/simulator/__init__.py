"""The municipal systems of the registry, played over real HTTP: `python -m integrations.simulator`.

Never reached by a real deployment: only `HAMYAR_SYSTEMS=simulator` points systems here.
"""

from __future__ import annotations

from integrations.simulator.application import create_app
from integrations.simulator.city import SimulatedCity, SimulatedRequest
from integrations.simulator.faults import Fault, FaultPlan
from integrations.simulator.running import RunningSimulator

__all__ = ["Fault", "FaultPlan", "RunningSimulator", "SimulatedCity", "SimulatedRequest", "create_app"]
