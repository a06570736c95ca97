"""Outgoing messages: the waiting list, and handing over to a mail server or an SMS provider."""
