"""The doors for files: the upload page and the watched folder, and what a file is."""
