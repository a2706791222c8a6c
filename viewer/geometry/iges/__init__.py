"""IGES 5.3 (ANSI US PRO/IPO-100) through the CAD kernel."""
