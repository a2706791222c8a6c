"""Process models, one module each: what a device of each type measures while its station works."""

from viewer.edge.simulated.device import Device

KINDS: dict[str, type[Device]] = {}
