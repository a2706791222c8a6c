"""STEP (ISO 10303-21: AP203, AP214, AP242) through the CAD kernel."""
