"""What every page needs: sessions, security headers, errors, fields, languages."""
