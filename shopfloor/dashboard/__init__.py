"""The dashboard: the workplace map, lists and forms in a browser, served from this machine alone."""
