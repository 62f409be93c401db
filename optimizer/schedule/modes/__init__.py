"""Dynamic programming over the modes that rules can set. These are the only modules of the schedule that need numpy.

State: the energy in the battery, the energy charged into the car, and for the step before, on how many phases the car
charged fast, and whether the battery had a command. Where the kind of a day is known, each kind has its own costs. The
stage lives through every action, so nothing is translated afterwards.
"""
