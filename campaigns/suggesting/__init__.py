"""What a customer's words may mean: readers of values and rules of phrases, all of it pure."""
