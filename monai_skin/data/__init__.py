# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Data sets of skin lesions: readers, splits, the dataset that training reads from."""

from __future__ import annotations

from monai_skin.data.concept_bags import collate_concept_bags
from monai_skin.data.datalist import (
    DATASET_KINDS,
    count_left_out,
    load_datalist,
    load_sections,
    read_dataset,
    share_out,
    write_dataset_json,
)
from monai_skin.data.dataset import LesionDataset
from monai_skin.data.describe import AGE_DECADES, describe_items, describe_sections, distinct_items, share_of
from monai_skin.data.download import SOURCES, RemoteFile, Source, download_dataset, download_file
from monai_skin.data.duplicates import Fingerprint, fingerprint, near_duplicates, same_bytes
from monai_skin.data.folds import fold_sections, make_folds
from monai_skin.data.image_list import list_images
from monai_skin.data.integrity import KINDS, Finding, Report, check_dataset
from monai_skin.data.items import Item, Problems, make_item
from monai_skin.data.loader import LesionDataLoader
from monai_skin.data.pair_list import list_pairs
from monai_skin.data.pairs import PAIR_CHOICES, choose_pairs
from monai_skin.data.phantoms import (
    BAG_CLASSES,
    PHANTOM_CLASSES,
    ConceptBags,
    Phantom,
    PhantomPair,
    make_concept_bags,
    make_phantom,
    make_phantom_pair,
    write_phantom_pairs,
    write_phantoms,
)
from monai_skin.data.predicted_masks import attach_masks
from monai_skin.data.protocols import (
    SOFT_ATTENTION_PROTOCOL,
    augmented_class_counts,
    exclude_known_leaks,
    find_leaks,
    refuse_leaks,
    soft_attention_split,
)
from monai_skin.data.ratio_splits import CASE_PROTOCOLS, split_cases
from monai_skin.data.readers import (
    PAIRED_COLUMNS,
    ScinSelection,
    read_derm7pt,
    read_dermoscopy_folder,
    read_dx_types,
    read_ham10000,
    read_isic2017,
    read_isic2019,
    read_isic_task1,
    read_mind_the_skin,
    read_pad_ufes_20,
    read_paired,
    read_scin,
    select_scin,
)
from monai_skin.data.samplers import ClassBalancedSampler, LesionSampler
from monai_skin.data.splits import SECTIONS, group_items, split_grouped
from monai_skin.data.survey import (
    PictureFile,
    choose_sample,
    colour_moments,
    describe_colours,
    describe_files,
    survey_pictures,
)

__all__ = [
    "AGE_DECADES",
    "BAG_CLASSES",
    "CASE_PROTOCOLS",
    "DATASET_KINDS",
    "KINDS",
    "PAIRED_COLUMNS",
    "PAIR_CHOICES",
    "PHANTOM_CLASSES",
    "SECTIONS",
    "SOFT_ATTENTION_PROTOCOL",
    "SOURCES",
    "ClassBalancedSampler",
    "ConceptBags",
    "Finding",
    "Fingerprint",
    "Item",
    "LesionDataLoader",
    "LesionDataset",
    "LesionSampler",
    "Phantom",
    "PhantomPair",
    "PictureFile",
    "Problems",
    "RemoteFile",
    "Report",
    "ScinSelection",
    "Source",
    "attach_masks",
    "augmented_class_counts",
    "check_dataset",
    "choose_pairs",
    "choose_sample",
    "collate_concept_bags",
    "colour_moments",
    "count_left_out",
    "describe_colours",
    "describe_files",
    "describe_items",
    "describe_sections",
    "distinct_items",
    "download_dataset",
    "download_file",
    "exclude_known_leaks",
    "find_leaks",
    "fingerprint",
    "fold_sections",
    "group_items",
    "list_images",
    "list_pairs",
    "load_datalist",
    "load_sections",
    "make_concept_bags",
    "make_folds",
    "make_item",
    "make_phantom",
    "make_phantom_pair",
    "near_duplicates",
    "read_dataset",
    "read_derm7pt",
    "read_dermoscopy_folder",
    "read_dx_types",
    "read_ham10000",
    "read_isic2017",
    "read_isic2019",
    "read_isic_task1",
    "read_mind_the_skin",
    "read_pad_ufes_20",
    "read_paired",
    "read_scin",
    "refuse_leaks",
    "same_bytes",
    "select_scin",
    "share_of",
    "share_out",
    "soft_attention_split",
    "split_cases",
    "split_grouped",
    "survey_pictures",
    "write_dataset_json",
    "write_phantom_pairs",
    "write_phantoms",
]
