"""The experiment of Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053."""
