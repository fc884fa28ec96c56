"""Who may come in: statement links, staff, roles, second factors."""
