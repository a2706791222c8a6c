"""3DXML packages of Dassault Systèmes, as far as they are XML."""
