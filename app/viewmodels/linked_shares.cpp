// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/linked_shares.h"

#include <algorithm>

namespace darkroom::app {

QList<double> linkedShares(QList<double> shares, int index, double wanted, const QList<int>& locked) {
  double fixed = 0;
  double free = 0;
  int freeCount = 0;
  for (int i = 0; i < shares.size(); ++i) {
    if (i == index) {
      continue;
    }
    if (locked.contains(i)) {
      fixed += shares[i];
    } else {
      free += shares[i];
      ++freeCount;
    }
  }
  if (freeCount == 0) {
    return shares;
  }
  const double room = std::max(0.0, 1 - fixed);
  const double given = std::clamp(wanted, 0.0, room);
  for (int i = 0; i < shares.size(); ++i) {
    if (i != index && !locked.contains(i)) {
      shares[i] = free > 0 ? shares[i] / free * (room - given) : (room - given) / freeCount;
    }
  }
  shares[index] = given;
  return shares;
}

}  // namespace darkroom::app
