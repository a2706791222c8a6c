"""Alarms by ISA-18.2: definitions, the state machine, shelving and suppression, and the figures of EEMUA 191."""
