# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The node beside an Orthanc archive."""
