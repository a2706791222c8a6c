"""OPC UA servers as sources: sessions, subscriptions, browsing and companion specifications (asyncua, extra `opcua`)."""
