"""Tests of the FEMS adapter."""
