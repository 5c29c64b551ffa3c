"""What helps those who write scripts: check, explain, begin, describe, import."""
