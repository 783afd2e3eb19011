# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The page in the browser."""
