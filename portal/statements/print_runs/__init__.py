"""Letters that go by mail: runs of them, their files, what the mailing house said of each."""
