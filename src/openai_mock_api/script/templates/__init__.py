"""Texts of a reply that are filled in for every request, and what confines them."""
