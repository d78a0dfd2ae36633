// SPDX-License-Identifier: GPL-3.0-or-later
// Shares of a mixture under linked sliders.
#pragma once

#include <QList>

namespace darkroom::app {

/// `shares` after share `index` was set to `wanted`: the rest is divided among those that are not locked in proportion to what they had
/// (evenly when they had nothing). The sum is 1, unless all others are locked: then nothing changes.
QList<double> linkedShares(QList<double> shares, int index, double wanted, const QList<int>& locked);

}  // namespace darkroom::app
