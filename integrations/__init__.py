"""The municipal systems: which there are (registry), how to speak with each (drivers), delivery, status."""
