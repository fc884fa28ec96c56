"""The patient's first page: what every feature knows of one account, put together."""
