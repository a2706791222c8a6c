"""Who may do what: identities, roles, signatures, sealed keys, commands, approvals, and the audit chain. No sockets."""
