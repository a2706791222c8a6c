"""Recordings as sources: tables of text, Parquet, MATLAB files and curves, replayed at any speed."""
