"""Files of sound, as spoken answers carry them."""
