// SPDX-License-Identifier: Apache-2.0
// Opcodes of text mode, of the extension registry and of classes named in place are refused: torch.save writes none of them, and each is
// one more way to say a name.
#include "core/checkpoint/pickle_reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/base/format.h"
#include "core/checkpoint/pickle_cursor.h"
#include "core/checkpoint/pickle_objects.h"
#include "core/checkpoint/pickle_opcodes.h"
#include "core/checkpoint/torch_archive_walk.h"

namespace darkroom {
namespace {

using Id = ArchiveTree::Id;

constexpr size_t max_values = 1'000'000;  // on the stack, in the memo
constexpr size_t max_long_bytes = 16;
constexpr size_t base_memory = size_t{16} << 20;
constexpr size_t memory_per_byte = 4;
constexpr int first_protocol = 2;
constexpr int last_protocol = 5;

// The virtual machine: a stack with marks, a memo, one opcode at a time.
class PickleMachine {
 public:
  explicit PickleMachine(const PickleSource& source)
      : cursor_(source.bytes),
        source_(source),
        tree_(content_.tree),
        objects_(content_, source.ids),
        memory_limit_(base_memory + memory_per_byte * std::min(source.bytes.size(), max_pickle_bytes)) {}

  PickleContent run() {
    size_t opcode_at = 0;
    try {
      if (cursor_.take_byte() != static_cast<uint8_t>(Opcode::proto)) {
        refuse_pickle("a pickle starts with PROTO (0x80)");
      }
      protocol_ = cursor_.take_byte();
      if (protocol_ < first_protocol || protocol_ > last_protocol) {
        refuse_pickle("pickle protocol {}; expected {} to {}", protocol_, first_protocol, last_protocol);
      }
      do {
        opcode_at = cursor_.at();
      } while (step(static_cast<Opcode>(cursor_.take_byte())));
    } catch (const PickleProblem& problem) {
      fail(ErrorCode::bad_input, "{}, byte {}: {}", source_.where, source_.first_byte + opcode_at, problem.what());
    }
    content_.end = cursor_.at();
    return std::move(content_);
  }

 private:
  // ---- stack and memo

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  void push(Id id) {
    if (stack_.size() == max_values) {
      refuse_pickle("more than {} values on the stack", max_values);
    }
    stack_.push_back(id);
  }
  Id pop() {
    const Id id = top();
    stack_.pop_back();
    return id;
  }
  Id top() const {
    if (stack_.size() <= floor()) {
      refuse_pickle("takes a value that is not there");
    }
    return stack_.back();
  }
  // What lies above the last mark, which goes.
  std::vector<Id> pop_to_mark() {
    if (marks_.empty()) {
      refuse_pickle("needs a mark that is not there");
    }
    std::vector<Id> ids(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return ids;
  }
  void push_tuple(size_t count) {
    if (stack_.size() - floor() < count) {
      refuse_pickle("takes {} values where {} are", count, stack_.size() - floor());
    }
    const Id tuple = tree_.tuple(std::span(stack_).last(count));
    stack_.resize(stack_.size() - count);
    push(tuple);
  }
  void push_text(std::string_view text) {
    if (!is_utf8(text)) {
      refuse_pickle("a text is not valid UTF-8");
    }
    push(tree_.string(text));
  }

  void put(size_t index) {
    if (index >= max_values) {
      refuse_pickle("memo number {}; expected one below {}", index, max_values);
    }
    if (index >= memo_.size()) {
      memo_.resize(index + 1);
    }
    memo_count_ += memo_[index] == 0 ? 1 : 0;
    memo_[index] = top() + 1;
  }
  void get(size_t index) {
    if (index >= memo_.size() || memo_[index] == 0) {
      refuse_pickle("memo number {} is not set", index);
    }
    push(memo_[index] - 1);
  }

  // ---- opcodes; false after STOP

  bool step(Opcode code) {
    if (code == Opcode::stop) {
      if (stack_.size() != 1 || !marks_.empty()) {
        refuse_pickle("the pickle ends with {} values and {} marks; expected one value", stack_.size(), marks_.size());
      }
      tree_.set_root(pop());
      return false;
    }
    const bool known = step_scalar(code) || step_container(code) || step_object(code) || (protocol_ > first_protocol && step_later(code));
    if (!known) {
      refuse_opcode(code);
    }
    if (tree_.memory_bytes() > memory_limit_) {
      refuse_pickle("the values take more than {} bytes of memory", memory_limit_);
    }
    return true;
  }

  bool step_scalar(Opcode code) {
    switch (code) {
      case Opcode::none:
        push(tree_.none());
        return true;
      case Opcode::new_true:
      case Opcode::new_false:
        push(tree_.boolean(code == Opcode::new_true));
        return true;
      case Opcode::bin_int:
        push(tree_.integer(static_cast<int32_t>(cursor_.take_unsigned(4))));
        return true;
      case Opcode::bin_int1:
        push(tree_.integer(cursor_.take_byte()));
        return true;
      case Opcode::bin_int2:
        push(tree_.integer(static_cast<int64_t>(cursor_.take_unsigned(2))));
        return true;
      case Opcode::long1: {
        const size_t length = cursor_.take_byte();
        if (length > max_long_bytes) {
          refuse_pickle("an integer of {} bytes; at most {} are allowed", length, max_long_bytes);
        }
        push(length == 0 ? tree_.integer(0) : tree_.big_integer(cursor_.take(length)));
        return true;
      }
      case Opcode::bin_float: {
        uint64_t bits = 0;
        for (const char byte : cursor_.take(8)) {
          bits = bits << 8U | static_cast<unsigned char>(byte);
        }
        push(tree_.real(std::bit_cast<double>(bits)));
        return true;
      }
      case Opcode::bin_unicode:
        push_text(cursor_.take_string(4));
        return true;
      case Opcode::short_bin_string:
      case Opcode::bin_string: {  // a str of Python 2: text if it is valid as such
        const std::string_view text = cursor_.take_string(code == Opcode::short_bin_string ? 1 : 4);
        push(is_utf8(text) ? tree_.string(text) : tree_.bytes(text));
        return true;
      }
      default:
        return false;
    }
  }

  bool step_container(Opcode code) {
    switch (code) {
      case Opcode::mark:
        if (marks_.size() == max_values) {
          refuse_pickle("more than {} marks", max_values);
        }
        marks_.push_back(stack_.size());
        return true;
      case Opcode::empty_dict:
        push(tree_.dict());
        return true;
      case Opcode::empty_list:
        push(tree_.list());
        return true;
      case Opcode::empty_tuple:
        push(tree_.tuple({}));
        return true;
      case Opcode::tuple:
        push(tree_.tuple(pop_to_mark()));
        return true;
      case Opcode::tuple1:
      case Opcode::tuple2:
      case Opcode::tuple3:
        push_tuple(static_cast<size_t>(code) - static_cast<size_t>(Opcode::tuple1) + 1);
        return true;
      case Opcode::append: {
        const Id element = pop();
        objects_.append(top(), std::span(&element, 1), ArchiveKind::list);
        return true;
      }
      case Opcode::appends: {
        const std::vector<Id> elements = pop_to_mark();
        objects_.append(top(), elements, ArchiveKind::list);
        return true;
      }
      case Opcode::set_item: {
        const Id element = pop();
        const std::array<Id, 2> entry = {pop(), element};
        objects_.set_items(top(), entry);
        return true;
      }
      case Opcode::set_items: {
        const std::vector<Id> entries = pop_to_mark();
        objects_.set_items(top(), entries);
        return true;
      }
      default:
        return false;
    }
  }

  bool step_object(Opcode code) {
    switch (code) {
      case Opcode::bin_put:
        put(cursor_.take_byte());
        return true;
      case Opcode::long_bin_put:
        put(cursor_.take_unsigned(4));
        return true;
      case Opcode::bin_get:
        get(cursor_.take_byte());
        return true;
      case Opcode::long_bin_get:
        get(cursor_.take_unsigned(4));
        return true;
      case Opcode::global: {
        const size_t start = cursor_.at() - 1;
        const std::string_view module = cursor_.take_line();
        push_name(module, cursor_.take_line(), start);
        return true;
      }
      case Opcode::reduce:
      case Opcode::new_obj: {
        const Id arguments = pop();
        push(objects_.call(pop(), arguments));
        return true;
      }
      case Opcode::build: {
        const Id state = pop();
        objects_.build(top(), state);
        return true;
      }
      case Opcode::bin_pers_id:
        push(objects_.persistent(pop()));
        return true;
      default:
        return false;
    }
  }

  // Protocols 3 to 5.
  bool step_later(Opcode code) {
    switch (code) {
      case Opcode::short_bin_bytes:
        push(tree_.bytes(cursor_.take_string(1)));
        return true;
      case Opcode::bin_bytes:
        push(tree_.bytes(cursor_.take_string(4)));
        return true;
      case Opcode::bin_bytes8:
        push(tree_.bytes(cursor_.take_string(8)));
        return true;
      case Opcode::short_bin_unicode:
        push_text(cursor_.take_string(1));
        return true;
      case Opcode::bin_unicode8:
        push_text(cursor_.take_string(8));
        return true;
      case Opcode::empty_set:
        push(tree_.set());
        return true;
      case Opcode::add_items: {
        const std::vector<Id> elements = pop_to_mark();
        objects_.append(top(), elements, ArchiveKind::set);
        return true;
      }
      case Opcode::frozen_set: {
        const std::vector<Id> elements = pop_to_mark();
        push(tree_.set());
        objects_.append(top(), elements, ArchiveKind::set);
        return true;
      }
      case Opcode::new_obj_ex: {
        const ArchiveValue keywords = tree_.value(pop());
        const Id arguments = pop();
        const Id callable = pop();
        if (keywords.kind() != ArchiveKind::dict || (keywords.size() != 0 && !objects_.is_opaque_call(callable))) {
          refuse_pickle("a call with named arguments");
        }
        push(objects_.call(callable, arguments));
        return true;
      }
      case Opcode::stack_global: {
        const ArchiveValue name = tree_.value(pop());
        const ArchiveValue module = tree_.value(pop());
        if (name.kind() != ArchiveKind::string || module.kind() != ArchiveKind::string) {
          refuse_pickle("a name is made of {} and {}", archive_kind_name(module.kind()), archive_kind_name(name.kind()));
        }
        push_name(std::string(*module.text()), std::string(*name.text()), cursor_.at() - 1);
        return true;
      }
      case Opcode::memoize:
        put(memo_count_);
        return true;
      case Opcode::frame:
        if (cursor_.take_unsigned(8) > cursor_.left()) {
          refuse_pickle("a frame that is longer than the pickle");
        }
        return true;
      default:
        return false;
    }
  }

  void push_name(std::string_view module, std::string_view name, size_t start) {
    if (!is_utf8(module) || !is_utf8(name)) {
      refuse_pickle("a name is not valid UTF-8");
    }
    push(objects_.name(module, name, source_.first_byte + start));
  }

  [[noreturn]] void refuse_opcode(Opcode code) const {
    std::string_view name = protocol_ == first_protocol ? "unknown, or of a later protocol" : "unknown";
    for (const RefusedOpcode& refused : refused_opcodes) {
      name = refused.code == static_cast<uint8_t>(code) ? refused.name : name;
    }
    refuse_pickle("opcode 0x{:02x} ({}) is not one that weights need", static_cast<uint8_t>(code), name);
  }

  PickleCursor cursor_;
  const PickleSource& source_;
  PickleContent content_;
  ArchiveTree& tree_;
  PickleObjects objects_;
  const size_t memory_limit_;
  int protocol_ = 0;
  std::vector<Id> stack_;
  std::vector<size_t> marks_;
  std::vector<Id> memo_;  // 1 + id; 0: not set
  size_t memo_count_ = 0;
};

}  // namespace

PickleContent read_pickle(const PickleSource& source) { return PickleMachine(source).run(); }

}  // namespace darkroom
