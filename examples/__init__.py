# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs to start from."""
