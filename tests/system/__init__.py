# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The project against real programs around it: archives, browsers, other people's frameworks."""
