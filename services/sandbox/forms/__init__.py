"""A page that imitates Dynamics' order and quote product forms, so that the solution's web resources run for real."""

from services.sandbox.forms.routes import form_routes

__all__ = ["form_routes"]
