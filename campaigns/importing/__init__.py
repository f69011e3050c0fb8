"""Files of subscriptions and coupons: read, checked row by row, written in chunks."""
