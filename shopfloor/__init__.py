"""Shopfloor: relationship and power-mapping analytics for union organizers."""

__version__ = "0.1.0"
