"""Stored objects: what clients create and come back for.

``store`` keeps them, ``collection`` gives the objects of one kind the operations that the API's resources share, and
each resource adds its own shapes.
"""
