"""Tokens: how many there are, how probable they are, and how many fit."""
