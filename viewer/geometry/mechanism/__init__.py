"""What robots and worlds have in common: links that carry shapes, meshes from files nearby, joints."""
