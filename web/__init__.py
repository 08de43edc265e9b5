"""HTTP: pages for citizens and operators, the Open311 server, health."""
