// SPDX-License-Identifier: Apache-2.0
// Hashes are sorted into buckets by one word at a time; then whole pairs of buckets are compared, so that memory is read in order and every
// pair of buckets is met once. Pairs found are few, so one mutex guards the union of groups.
#include "core/dataset/near_duplicates.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int words = 4;
constexpr int word_bits = 16;
constexpr uint32_t buckets = uint32_t{1} << word_bits;
constexpr uint32_t buckets_a_turn = 256;

// Every fourth bit, from bit `word` on: each word then has high and low frequencies of a DCT hash, and none is nearly constant.
uint32_t word_of(uint64_t hash, int word) {
  uint64_t bits = hash >> word & 0x1111111111111111ULL;
  bits = (bits | bits >> 3) & 0x0303030303030303ULL;
  bits = (bits | bits >> 6) & 0x000F000F000F000FULL;
  bits = (bits | bits >> 12) & 0x000000FF000000FFULL;
  return static_cast<uint32_t>((bits | bits >> 24) & 0xFFFFU);
}

// Number of ones, without the instruction that the oldest x86-64 machines lack; the compiler makes vectors of it.
int count_ones(uint64_t value) {
  value -= value >> 1 & 0x5555555555555555ULL;
  value = (value & 0x3333333333333333ULL) + (value >> 2 & 0x3333333333333333ULL);
  value = (value + (value >> 4)) & 0x0F0F0F0F0F0F0F0FULL;
  return static_cast<int>(value * 0x0101010101010101ULL >> 56);
}

// Masks of at most `radius` ones, ascending; the first is 0.
std::vector<uint32_t> masks_within(int radius) {
  std::vector<uint32_t> masks;
  for (uint32_t mask = 0; mask < buckets; ++mask) {
    if (std::popcount(mask) <= radius) {
      masks.push_back(mask);
    }
  }
  return masks;
}

class Groups {
 public:
  explicit Groups(size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), 0U); }

  uint32_t first_of(uint32_t index) {
    while (parents_[index] != index) {
      parents_[index] = parents_[parents_[index]];
      index = parents_[index];
    }
    return index;
  }

  // The smaller index becomes the first of both.
  void join(uint32_t a, uint32_t b) {
    const uint32_t first_a = first_of(a);
    const uint32_t first_b = first_of(b);
    parents_[std::max(first_a, first_b)] = std::min(first_a, first_b);
  }

 private:
  std::vector<uint32_t> parents_;
};

// The hashes in the order of one of their words.
struct Buckets {
  std::vector<uint32_t> begins = std::vector<uint32_t>(buckets + 1);
  std::vector<uint64_t> hashes;
  std::vector<uint32_t> indices;

  void sort(std::span<const uint64_t> all, int word) {
    std::fill(begins.begin(), begins.end(), 0U);
    hashes.resize(all.size());
    indices.resize(all.size());
    for (const uint64_t hash : all) {
      ++begins[word_of(hash, word) + 1];
    }
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<uint32_t> next(begins.begin(), begins.end() - 1);
    for (uint32_t i = 0; i < all.size(); ++i) {
      const uint32_t place = next[word_of(all[i], word)]++;
      hashes[place] = all[i];
      indices[place] = i;
    }
  }
};

class PairSearch {
 public:
  PairSearch(const Buckets& sorted, int distance, const std::vector<uint32_t>& masks, Groups& groups)
      : sorted_(sorted), distance_(distance), masks_(masks), groups_(groups) {}

  void run(int threads, const CancelToken& cancel) {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) {
      others.emplace_back([this, &cancel] { work(cancel); });
    }
    work(cancel);
  }

 private:
  void work(const CancelToken& cancel) {
    for (uint32_t begin = next_.fetch_add(buckets_a_turn); begin < buckets && !cancel.cancelled();
         begin = next_.fetch_add(buckets_a_turn)) {
      for (uint32_t bucket = begin; bucket < begin + buckets_a_turn; ++bucket) {
        for (const uint32_t mask : masks_) {
          const uint32_t other = bucket ^ mask;
          if (other >= bucket) {
            compare(bucket, other);
          }
        }
      }
    }
  }

  void compare(uint32_t a, uint32_t b) {
    const uint32_t end = sorted_.begins[b + 1];
    for (uint32_t i = sorted_.begins[a]; i < sorted_.begins[a + 1]; ++i) {
      const uint64_t hash = sorted_.hashes[i];
      for (uint32_t j = a == b ? i + 1 : sorted_.begins[b]; j < end; ++j) {
        if (count_ones(hash ^ sorted_.hashes[j]) <= distance_) {
          const std::lock_guard lock(mutex_);
          groups_.join(sorted_.indices[i], sorted_.indices[j]);
        }
      }
    }
  }

  const Buckets& sorted_;
  int distance_;
  const std::vector<uint32_t>& masks_;
  Groups& groups_;
  std::atomic<uint32_t> next_{0};
  std::mutex mutex_;
};

}  // namespace

std::vector<uint32_t> near_duplicate_groups(std::span<const uint64_t> hashes, int distance, int threads, const CancelToken& cancel) {
  if (distance < 0 || distance > largest_hash_distance || hashes.size() >= UINT32_MAX) {
    throw std::invalid_argument(
        format("[near_duplicate_groups] a distance of 0 to {}, got {}, of {} hashes", largest_hash_distance, distance, hashes.size()));
  }
  // Equal hashes first: a thousand grey pictures are one hash from here on.
  std::vector<uint32_t> order(hashes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : a < b; });
  std::vector<uint64_t> unique;
  std::vector<uint32_t> unique_of(hashes.size());
  for (const uint32_t index : order) {
    if (unique.empty() || unique.back() != hashes[index]) {
      unique.push_back(hashes[index]);
    }
    unique_of[index] = static_cast<uint32_t>(unique.size() - 1);
  }
  order = {};
  Groups groups(unique.size());
  if (distance > 0) {
    const std::vector<uint32_t> masks = masks_within(distance / words);
    const int crew = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    Buckets sorted;
    for (int word = 0; word < words; ++word) {
      sorted.sort(unique, word);
      PairSearch(sorted, distance, masks, groups).run(crew, cancel);
      cancel.check();
    }
  }
  std::vector<uint32_t> first(unique.size(), UINT32_MAX);
  std::vector<uint32_t> result(hashes.size());
  for (uint32_t i = 0; i < hashes.size(); ++i) {
    uint32_t& head = first[groups.first_of(unique_of[i])];
    head = std::min(head, i);
    result[i] = head;
  }
  return result;
}

}  // namespace darkroom
