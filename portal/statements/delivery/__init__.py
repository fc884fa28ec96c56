"""Paper or electronic: what each person chose, by which words, and what came back."""
