"""From choosing to agreeing: what may be spread, every offer in full, the words, the consent."""
