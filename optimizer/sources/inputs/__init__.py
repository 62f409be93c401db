"""Inputs: values of the owner that rules read. Pure: what a value may be, and how text and JSON become one."""
