"""Sources in the window: how they fare, what they bring, bindings by table and by wizard, and the doctor."""
