"""One comparison each: a text with a matcher, a call with the conditions on it."""
