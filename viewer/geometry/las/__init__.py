"""LAS and LAZ scans (ASPRS LAS 1.0 to 1.4), through laspy and lazrs."""
