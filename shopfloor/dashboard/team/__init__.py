"""A team at the dashboard: accounts log in, each sits at a desk of her own, admins see accounts and the audit."""

from shopfloor.dashboard.team.entrance import TeamEntrance

__all__ = ["TeamEntrance"]
