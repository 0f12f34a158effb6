"""The musical features that collections are compared by; `catalogue` lists them all."""
