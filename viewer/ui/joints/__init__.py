"""Joints in the window: sliders in the inspector, homing, and channels bound to joints."""
