"""Alarms in the window: the list, what people do with them, counts, ticks on the timeline, and the report of their figures."""
