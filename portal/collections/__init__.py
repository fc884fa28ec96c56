"""What collections staff work with: worklists, promises, plans on somebody's behalf, the agency."""
