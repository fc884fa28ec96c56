"""What staff record of who may see visits, and of who is reached apart from who pays."""
