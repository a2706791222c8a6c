"""Sources that hear an MQTT broker: plain topics, and Sparkplug B."""
