// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/pickle_writer.h"

#include <bit>
#include <unordered_map>

#include "core/base/format.h"
#include "core/checkpoint/pickle_globals.h"
#include "core/checkpoint/pickle_opcodes.h"
#include "core/checkpoint/torch_archive_walk.h"
#include "core/checkpoint/zip_format.h"

namespace darkroom {
namespace {

using Id = ArchiveTree::Id;

constexpr size_t batch = 1000;  // values between two marks, as Python's pickler does
constexpr size_t longest_short_integer = 255;

class PickleEncoder {
 public:
  explicit PickleEncoder(const ArchiveTree& tree) : tree_(tree), survey_(survey_archive(tree)) {
    if (survey_.problem) {
      throw std::invalid_argument("[encode_pickle] " + *survey_.problem);
    }
  }

  EncodedPickle run() {
    emit({Opcode::proto, static_cast<Opcode>(2)});
    value(tree_.root().id());
    emit({Opcode::stop});
    return std::move(encoded_);
  }

 private:
  void emit(std::initializer_list<Opcode> codes) {
    for (const Opcode code : codes) {
      encoded_.bytes += static_cast<char>(code);
    }
  }
  void emit(std::string_view bytes) { encoded_.bytes += bytes; }
  void number(uint64_t value, size_t count) { zip::append_number(encoded_.bytes, value, count); }

  void put(uint32_t index) {
    if (index <= longest_short_integer) {
      emit({Opcode::bin_put});
      number(index, 1);
    } else {
      emit({Opcode::long_bin_put});
      number(index, 4);
    }
  }
  void get(uint32_t index) {
    if (index <= longest_short_integer) {
      emit({Opcode::bin_get});
      number(index, 1);
    } else {
      emit({Opcode::long_bin_get});
      number(index, 4);
    }
  }
  // What is on the stack's top can be referred to again.
  void remember(Id id) {
    if (survey_.references[id] > 1) {
      memo_by_id_.emplace(id, memo_count_);
      put(memo_count_++);
    }
  }

  void text(std::string_view utf8) {
    emit({Opcode::bin_unicode});
    number(utf8.size(), 4);
    emit(utf8);
  }
  // Names, and texts that every tensor needs, are written once.
  void once(const std::string& bytes) {
    const auto [entry, is_new] = memo_by_bytes_.emplace(bytes, memo_count_);
    if (!is_new) {
      get(entry->second);
      return;
    }
    emit(bytes);
    put(memo_count_++);
  }
  void name(std::string_view module, std::string_view name) { once(format("{}{}\n{}\n", static_cast<char>(Opcode::global), module, name)); }
  void common_text(std::string_view utf8) {
    std::string bytes(1, static_cast<char>(Opcode::bin_unicode));
    zip::append_number(bytes, utf8.size(), 4);
    once(bytes.append(utf8));
  }

  void integer(int64_t value) {
    if (value >= 0 && value <= 0xFF) {
      emit({Opcode::bin_int1});
      number(static_cast<uint64_t>(value), 1);
    } else if (value >= 0 && value <= 0xFFFF) {
      emit({Opcode::bin_int2});
      number(static_cast<uint64_t>(value), 2);
    } else if (value == static_cast<int32_t>(value)) {
      emit({Opcode::bin_int});
      number(static_cast<uint64_t>(value), 4);
    } else {
      emit({Opcode::long1});
      number(sizeof value, 1);
      number(static_cast<uint64_t>(value), 8);
    }
  }
  void real(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    emit({Opcode::bin_float});
    for (int i = 7; i >= 0; --i) {
      number(bits >> (8 * i), 1);
    }
  }
  void bytes(std::string_view value) {
    std::string utf8;
    for (const char character : value) {
      const auto byte = static_cast<unsigned char>(character);
      if (byte < 0x80) {
        utf8 += character;
      } else {
        utf8 += static_cast<char>(0xC0U | byte >> 6U);
        utf8 += static_cast<char>(0x80U | (byte & 0x3FU));
      }
    }
    name("_codecs", "encode");
    text(utf8);
    common_text("latin1");
    emit({Opcode::tuple2, Opcode::reduce});
  }

  template <typename Emit>
  void tuple(size_t count, Emit emit_element) {
    constexpr std::array<Opcode, 4> short_tuples = {Opcode::empty_tuple, Opcode::tuple1, Opcode::tuple2, Opcode::tuple3};
    const bool is_short = count < short_tuples.size();
    if (!is_short) {
      emit({Opcode::mark});
    }
    for (size_t i = 0; i < count; ++i) {
      emit_element(i);
    }
    emit({is_short ? short_tuples[count] : Opcode::tuple});
  }
  void integers(const std::vector<int64_t>& values) {
    tuple(values.size(), [&](size_t i) { integer(values[i]); });
  }
  // Children in batches, each between a mark and `end`; a batch holds whole entries.
  void batches(std::span<const Id> children, Opcode end) {
    for (size_t i = 0; i < children.size(); ++i) {
      if (i % batch == 0) {
        emit({Opcode::mark});
      }
      value(children[i]);
      if (i % batch == batch - 1 || i + 1 == children.size()) {
        emit({end});
      }
    }
  }

  void tensor(Id id) {
    const ArchiveTensor& tensor = tree_.value(id).tensor();
    const std::optional<std::string_view> storage = storage_class_name(tensor.dtype);
    int64_t numel = 1;
    std::vector<int64_t> strides(tensor.shape.size());
    for (size_t i = tensor.shape.size(); i-- > 0;) {
      strides[i] = std::max<int64_t>(numel, 1);
      numel *= tensor.shape[i];
    }
    name("torch._utils", storage ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
    emit({Opcode::mark, Opcode::mark});
    common_text("storage");
    storage ? name("torch", *storage) : name("torch.storage", "UntypedStorage");
    text(format("{}", encoded_.tensors.size()));
    common_text("cpu");
    integer(storage ? numel : numel * static_cast<int64_t>(c10::elementSize(tensor.dtype)));
    emit({Opcode::tuple, Opcode::bin_pers_id});
    integer(0);
    integers(tensor.shape);
    integers(strides);
    emit({Opcode::new_false});
    name("collections", "OrderedDict");
    emit({Opcode::empty_tuple, Opcode::reduce});
    if (!storage) {
      name("torch", torch_dtype_name(tensor.dtype));
    }
    emit({Opcode::tuple, Opcode::reduce});
    encoded_.tensors.push_back(tree_.tensor_index(id));
  }

  // Not deeper than max_archive_depth: the survey has seen to it.
  void value(Id id) {
    if (const auto known = memo_by_id_.find(id); known != memo_by_id_.end()) {
      get(known->second);
      return;
    }
    const ArchiveValue node = tree_.value(id);
    const std::span<const Id> children = tree_.children(id);
    switch (node.kind()) {
      case ArchiveKind::none:
        emit({Opcode::none});
        return;
      case ArchiveKind::boolean:
        emit({*node.boolean() ? Opcode::new_true : Opcode::new_false});
        return;
      case ArchiveKind::integer:
        integer(*node.integer());
        return;
      case ArchiveKind::real:
        real(*node.real());
        return;
      case ArchiveKind::big_integer:
        emit({Opcode::long1});
        number(node.text()->size(), 1);
        emit(*node.text());
        return;
      case ArchiveKind::string:
        text(*node.text());
        break;
      case ArchiveKind::bytes:
        bytes(*node.text());
        break;
      case ArchiveKind::tuple:
        tuple(children.size(), [&](size_t i) { value(children[i]); });
        break;
      case ArchiveKind::set:
        name("__builtin__", "set");
        emit({Opcode::empty_list});
        batches(children, Opcode::appends);
        emit({Opcode::tuple1, Opcode::reduce});
        break;
      case ArchiveKind::list:
        emit({Opcode::empty_list});
        batches(children, Opcode::appends);
        break;
      case ArchiveKind::dict:
        emit({Opcode::empty_dict});
        batches(children, Opcode::set_items);
        break;
      case ArchiveKind::tensor:
        tensor(id);
        break;
      case ArchiveKind::opaque:
        throw std::invalid_argument(format("[encode_pickle] {} cannot be written", node.global().full_name()));
    }
    remember(id);
  }

  const ArchiveTree& tree_;
  const ArchiveSurvey survey_;
  EncodedPickle encoded_;
  std::unordered_map<Id, uint32_t> memo_by_id_;
  std::unordered_map<std::string, uint32_t> memo_by_bytes_;
  uint32_t memo_count_ = 0;
};

}  // namespace

EncodedPickle encode_pickle(const ArchiveTree& tree) { return PickleEncoder(tree).run(); }

}  // namespace darkroom
