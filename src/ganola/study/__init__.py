"""Questions about trainings, answered by many of them under equal budgets."""
