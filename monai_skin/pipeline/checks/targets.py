# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which classes and functions a bundle may name as ``_target_``: this list and nothing else.

A prefix such as ``monai.`` would not do: ``monai.apps.download_url`` copies files, ``monai.bundle.run`` runs another
config. To use something new in a bundle, add it here in the same change and say in the commit that it neither opens
files by name for writing, nor runs what it is given.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["ALLOWED_TARGETS", "resolve_target"]

_MONAI: Mapping[str, str] = {
    "monai.data": "CacheDataset DataLoader Dataset DistributedSampler",
    "monai.engines": "PrepareBatchDefault PrepareBatchExtraInput SupervisedEvaluator SupervisedTrainer",
    "monai.handlers": """EarlyStopHandler IgniteMetricHandler LrScheduleHandler MeanDice MeanIoUHandler MetricLogger
        StatsHandler TensorBoardImageHandler TensorBoardStatsHandler ValidationHandler from_engine
        stopping_fn_from_metric""",
    "monai.inferers": "SimpleInferer SlidingWindowInferer",
    "monai.losses": "DiceCELoss DiceFocalLoss DiceLoss FocalLoss TverskyLoss",
    "monai.metrics": "ConfusionMatrixMetric DiceMetric HausdorffDistanceMetric MeanIoU SurfaceDistanceMetric",
    "monai.networks.nets": """AttentionUnet BasicUNetPlusPlus DenseNet121 DenseNet201 EfficientNetBN FlexibleUNet
        SegResNet UNet""",
    "monai.optimizers": "LinearLR WarmupCosineSchedule",
    "monai.transforms": """Activationsd AsDiscreted CastToTyped Compose CopyItemsd DeleteItemsd EnsureTyped
        FillHolesd Flipd Identityd Invertd KeepLargestConnectedComponentd OneOf RandAdjustContrastd RandAffined
        RandFlipd RandGaussianNoised RandGaussianSmoothd RandRotate90d RandRotated RandScaleIntensityd RandZoomd
        Rotate90d Rotated ScaleIntensityRanged ScaleIntensityd SelectItemsd Zoomd""",
}
_TORCH: Mapping[str, str] = {
    "torch": "device",
    "torch.nn": "BCEWithLogitsLoss CrossEntropyLoss SyncBatchNorm.convert_sync_batchnorm",
    "torch.nn.parallel": "DistributedDataParallel",
    "torch.optim": "Adam AdamW RAdam SGD",
    "torch.optim.lr_scheduler": """ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts LinearLR MultiStepLR
        OneCycleLR PolynomialLR ReduceLROnPlateau SequentialLR StepLR""",
}
_OURS: Mapping[str, str] = {
    "monai_skin.concepts": "LoadConceptsd",
    "monai_skin.data": """ClassBalancedSampler LesionDataLoader LesionDataset LesionSampler collate_concept_bags
        list_images list_pairs load_datalist""",
    "monai_skin.dicom": "DermoscopyDicomReader",
    "monai_skin.engines": """Bfloat16Inferer DihedralInferer KerasAdam PrepareDiagnosisBatch PrepareLesionBatch
        parameter_groups""",
    "monai_skin.handlers": """AverageWeights Checkpoint ClipGradients CollectFeatures FailOnNonFinite
        FlagUnfamiliar InitialWeights LoadWeights LogTraining MeasureViewSpread PretrainedEncoder RampLoss
        SaveBestWeights SeedEpochs StepScheduler StopWhenStalled TensorBoardPanel WriteCaseDiagnoses
        WriteClinicalValues WriteConceptEvidence WriteDiagnoses WriteDiagnosisReport WriteDiagnosisScores
        WriteExplanations WriteLesionMasks WriteOverlapScores WriteReport""",
    "monai_skin.losses": """ClassWeightedCrossEntropy ClinicalUltrasoundLoss ConceptMILLoss CostMatrixLoss
        LogitAdjustedLoss SoftmaxFocalLoss malignant_cost_matrix""",
    "monai_skin.metrics": "DiagnosisScore LesionOverlap",
    "monai_skin.networks": """ClinicalUltrasoundNet ConceptMILNet ConvNextV2Encoder DeepUNet DenseNetEncoder
        DualEncoderNet EfficientNetLite0Encoder EfficientNetMapEncoder ImageMetadataNet ResNetMapEncoder
        ResNetStageEncoder SingleModalityNet SoftAttentionNet SwinEncoder ViTEncoder""",
    "monai_skin.transforms": """AdjustColord ApplyLesionMaskd CalibrateProbabilitiesd CleanLesionMaskd
        EncodeClinicalMetadatad FitLesionImaged LoadDermoscopyd LoadLesionMaskd LoadUltrasoundd NormalizeImageNetd
        PadConceptsd RandColorJitterd RandSpeckled""",
}


def _dotted(table: Mapping[str, str]) -> dict[str, str]:
    return {f"{module}.{name}": f"{module}:{name}" for module, names in table.items() for name in names.split()}


def _short() -> dict[str, str]:
    """MONAI looks bare names up among its own modules, so for these the bare name is the same thing."""
    return {name: f"{module}:{name}" for module, names in _MONAI.items() for name in names.split()}


ALLOWED_TARGETS: Mapping[str, str] = {**_dotted(_MONAI), **_short(), **_dotted(_TORCH), **_dotted(_OURS)}


def resolve_target(target: str) -> Callable[..., Any]:
    """Import the class or function behind an allowed name.

    Raises:
        KeyError: the name is not allowed.
        ImportError: an allowed name does not exist in the installed version.
    """
    module, _, path = ALLOWED_TARGETS[target].partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        if not hasattr(found, name):
            raise ImportError(f"{target} is not in the installed version")
        found = getattr(found, name)
    return found
