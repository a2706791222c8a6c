"""Who may do what: identities, roles, signatures, sealed keys, and the audit chain."""
