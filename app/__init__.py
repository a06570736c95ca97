"""Escale, le carnet de bord des conseillers numériques."""
