"""Linear representation: is a clause linear in the activations? Arrays only, NumPy and SciPy."""

from limbeck.probes.averages import weigh_evidence
from limbeck.probes.ball import BallProbe, fit_ball, norm_needed
from limbeck.probes.controls import Controls, random_clauses
from limbeck.probes.estimate import Estimate
from limbeck.probes.evidence import ALL_LAYERS, CONCEPT, Evidence, Represented, Subject
from limbeck.probes.extension import ExtensionProbe, batch_scores, extension_scores, prepare_extensions
from limbeck.probes.features import Features, concatenate, fit_features, fit_side_by_side
from limbeck.probes.functions import random_functions
from limbeck.probes.held import LayerHeld
from limbeck.probes.layers_held import measure_answer, weigh_layers
from limbeck.probes.loo import LooProbe, choose_penalty, prepare, scores
from limbeck.probes.moved import ConceptMoved
from limbeck.probes.passing import energy, left_out_error, most_passing, passing_error, radius_needed
from limbeck.probes.path import PathScores, PenaltyPath, best_penalty, prepare_path, score_groups, score_short
from limbeck.probes.same_columns import same_column_clauses
from limbeck.probes.selectivity import LayerScores, Sides, measure_clauses
from limbeck.probes.used import LayerUse, NodeUse, Share, Swapped

__all__ = [
    "ALL_LAYERS",
    "CONCEPT",
    "BallProbe",
    "ConceptMoved",
    "Controls",
    "Estimate",
    "Evidence",
    "ExtensionProbe",
    "Features",
    "LayerHeld",
    "LayerScores",
    "LayerUse",
    "LooProbe",
    "NodeUse",
    "PathScores",
    "PenaltyPath",
    "Represented",
    "Share",
    "Sides",
    "Subject",
    "Swapped",
    "batch_scores",
    "best_penalty",
    "choose_penalty",
    "concatenate",
    "energy",
    "extension_scores",
    "fit_ball",
    "fit_features",
    "fit_side_by_side",
    "left_out_error",
    "measure_answer",
    "measure_clauses",
    "most_passing",
    "norm_needed",
    "passing_error",
    "prepare",
    "prepare_extensions",
    "prepare_path",
    "radius_needed",
    "random_clauses",
    "random_functions",
    "same_column_clauses",
    "score_groups",
    "score_short",
    "scores",
    "weigh_evidence",
    "weigh_layers",
]
