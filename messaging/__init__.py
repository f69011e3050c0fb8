"""One message out, one thing back: knows no campaign."""
