"""Dashboards: pages of published figures, each made of a few questions asked together."""
