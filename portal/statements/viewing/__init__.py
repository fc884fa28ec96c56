"""Who may see what visits were for: a patient decides, and whoever pays reads why."""
