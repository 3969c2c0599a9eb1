"""Distillation by scikit-learn's conventions: parameters in, `fit`, learned state that ends in `_`."""

from limbeck.estimators.tree_distiller import TreeDistiller
from limbeck.estimators.tree_distiller_regressor import TreeDistillerRegressor

__all__ = ["TreeDistiller", "TreeDistillerRegressor"]
