"""Time in the window: one cursor that is live, still or playing, the timeline, and two moments compared."""
