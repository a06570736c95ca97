"""The catalogue of online procedures, and how far one resident's procedure got."""
