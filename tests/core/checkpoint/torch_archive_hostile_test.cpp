// SPDX-License-Identifier: Apache-2.0
// Files that want something else than to be read: each is refused with a sentence that names the file and the place in it.
#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/pickle_reader.h"
#include "core/checkpoint/torch_archive.h"
#include "tests/core/checkpoint/torch_archive_files.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* canary = "/tmp/darkroom_archive_was_executed";

const std::string command = text("touch /tmp/darkroom_archive_was_executed");

}  // namespace

class TorchArchiveHostileTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    fs::remove(canary);
  }
  void cleanup() { QVERIFY(!fs::exists(canary)); }

  void theHandMadeFileIsGood() {
    write_bytes(path(), archive_of(good_body()));
    const TorchArchive archive(path());
    QCOMPARE(archive.tensor("w").sizes().vec(), (std::vector<int64_t>{2, 3}));
    archive.verify();
    write_bytes(path(), legacy_file(dict("w", tensor(legacy_storage("0", 6), {2, 3}, {3, 1})), "]" + text("0") + "a",
                                    number(6, 8) + std::string(24, '\0')));
    QCOMPARE(TorchArchive(path()).tensor("w").numel(), int64_t{6});
  }

  // ---- code

  void refusesNamesOfCode_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const auto with = [](const std::string& value, int protocol = 2) { return archive_of(dict("x", value), protocol); };
    add_archive_row("os.system by REDUCE", with(call(name("os", "system"), {command})), "os.system (byte ");
    add_archive_row("posix.system", with(call(name("posix", "system"), {command})), "posix.system (byte ");
    add_archive_row("builtins.eval", with(call(name("builtins", "eval"), {text("1")})), "builtins.eval (byte ");
    add_archive_row("__builtin__.exec", with(call(name("__builtin__", "exec"), {text("1")})), "__builtin__.exec (byte ");
    add_archive_row("builtins.getattr", with(call(name("builtins", "getattr"), {text("a"), text("b")})), "builtins.getattr (byte ");
    add_archive_row("named, never called", with(name("subprocess", "Popen")), "subprocess.Popen (byte ");
    add_archive_row("by NEWOBJ", with(name("subprocess", "Popen") + tuple({command}) + "\x81"), "subprocess.Popen (byte ");
    add_archive_row("by NEWOBJ_EX", with(name("subprocess", "Popen") + tuple({command}) + "}\x92", 4), "subprocess.Popen (byte ");
    add_archive_row("by BUILD", with(name("x", "Y") + ")\x81" + raw("}b")), "x.Y (byte ");
    add_archive_row("by STACK_GLOBAL", with(raw("\x8c\x02os\x8c\x06system\x93") + tuple({command}) + "R", 4), "os.system (byte ");
    add_archive_row("a walk of attributes", with(name("torch", "serialization.os.system")), "torch.serialization.os.system (byte ");
    add_archive_row("a walk from an inert module", with(name("numpy", "testing.os.system")), "numpy.testing.os.system (byte ");
    add_archive_row("a walk from an inert prefix", with(name("pytorch_lightning", "core.os.system")),
                    "pytorch_lightning.core.os.system (byte ");
    add_archive_row("a module that only begins like an inert one", with(name("pytorch_lightning_evil", "Run")),
                    "pytorch_lightning_evil.Run (byte ");
    add_archive_row("numpy's own runner", with(name("numpy.testing._private.utils", "runstring")), "runstring (byte ");
    add_archive_row("a nested loader", with(name("torch.storage", "_load_from_bytes")), "torch.storage._load_from_bytes (byte ");
    add_archive_row("torch.load itself", with(name("torch", "load")), "torch.load (byte ");
    add_archive_row("pickle.loads", with(name("pickle", "loads")), "pickle.loads (byte ");
    add_archive_row("another spelling of a known name", with(name("torch._utils ", "_rebuild_tensor_v2")),
                    "torch._utils ._rebuild_tensor_v2 (byte ");
    add_archive_row("in a dict that nothing refers to", archive_of(dict("x", "]" + name("os", "system") + "a")), "os.system (byte ");
    add_archive_row("six of them",
                    with("]" + name("a", "a") + "a" + name("b", "b") + "a" + name("c", "c") + "a" + name("d", "d") + "a" + name("e", "e") +
                         "a" + name("f", "f") + "a"),
                    "and 1 more");
    add_archive_row("control characters in the name", with(name("os\x1b[2J", "system")), "os?[2J.system");
  }
  void refusesNamesOfCode() { expectRefusal("names code that weights do not need"); }

  void onlyTensorsAreReadBesideCode() {
    const std::string body = "}" + text("w") + tensor(storage("0", 6), {6}, {1}) + "s" + text("x") + call(name("os", "system"), {command}) +
                             "q\x05}" + text("y") + "K\x01s" + "b" + "s";
    write_bytes(path(), archive_of(body));
    QVERIFY_EXCEPTION_THROWN(TorchArchive{path()}, Error);
    const TorchArchive archive(path(), Trust::tensors_only);
    QCOMPARE(archive.tensors().size(), size_t{1});
    QCOMPARE(archive.root().find("x")->global().full_name(), std::string("os.system"));
  }

  void tensorsCannotBeMadeByCode() {
    write_bytes(path(), archive_of(dict("w", tensor(call(name("os", "system"), {command}), {2}, {1}))));
    QVERIFY(refusal_of(path(), Trust::tensors_only).find("a tensor is made of an object of Python instead of a storage") !=
            std::string::npos);
  }

  // ---- opcodes

  void refusesEveryOtherOpcode() {
    const std::string allowed2 =
        raw("\x80.(N\x88\x89JKM\x8aGX}])t\x85\x86\x87"
            "aesuqrhjcRb\x81QUT");
    const std::string allowed4 = raw("CB\x8e\x8c\x8d\x8f\x90\x91\x92\x93\x94\x95");
    int refused = 0;
    for (const int protocol : {2, 4}) {
      for (int code = 0; code < 256; ++code) {
        const auto byte = static_cast<char>(code);
        const bool is_allowed = allowed2.find(byte) != std::string::npos || (protocol == 4 && allowed4.find(byte) != std::string::npos);
        if (is_allowed && byte != '\x80') {
          continue;
        }
        const std::string bytes = pickle("N" + std::string(1, byte), protocol);
        try {
          read_pickle({bytes, "file", 0, PersistentIds::zip});
          QFAIL(format("opcode 0x{:02x} was accepted", code).c_str());
        } catch (const Error& error) {
          const std::string text = error.what();
          QVERIFY2(text.starts_with(format("file, byte 3: opcode 0x{:02x}", code)), text.c_str());
          ++refused;
        }
      }
    }
    QCOMPARE(refused, (256 - 34 + 1) + (256 - 34 - 12 + 1));  // 34 opcodes of protocol 2; a second PROTO is refused
  }

  void refusesPicklesCutAtEveryByte() {
    for (const char* file : {"state_dict.pt", "values.pt", "values_protocol4.pt", "lightning.ckpt"}) {
      const std::string bytes = read_file(golden_archive(file));
      const size_t start = bytes.find(raw("\x80"), 30);
      const std::string whole = bytes.substr(start);
      const size_t end = read_pickle({whole, "file", 0, PersistentIds::zip}).end;
      for (size_t length = 0; length < end; ++length) {
        const std::string cut = whole.substr(0, length);
        QVERIFY_EXCEPTION_THROWN(read_pickle({cut, "file", 0, PersistentIds::zip}), Error);
      }
    }
  }

  void refusesMalformedPickles_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const auto body = [](const std::string& opcodes, int protocol = 2) { return archive_of(opcodes, protocol); };
    const auto whole = [](const std::string& bytes) {
      std::vector<TestEntry> entries = good_entries();
      entries[0].data = bytes;
      return zip_file(entries);
    };
    add_archive_row("empty", whole(""), "the pickle ends where 1 more");
    add_archive_row("no PROTO", whole("N."), "starts with PROTO");
    add_archive_row("protocol 1", body("N", 1), "pickle protocol 1; expected 2 to 5");
    add_archive_row("protocol 6", body("N", 6), "pickle protocol 6");
    add_archive_row("something behind", whole(pickle("N") + "N."), "something follows the pickle");
    add_archive_row("nothing on the stack", body(""), "ends with 0 values");
    add_archive_row("two values", body("NN"), "ends with 2 values");
    add_archive_row("a mark left", body("N("), "1 marks");
    add_archive_row("no mark", body("Nt"), "needs a mark");
    add_archive_row("takes from below a mark", body("N(a"), "takes a value that is not there");
    add_archive_row("tuple from below a mark", body("NN(\x86"), "takes 2 values where 0 are");
    add_archive_row("memo that is not set", body("h\x07"), "memo number 7 is not set");
    add_archive_row("memo beyond the limit", body("Nr" + number(1'000'000, 4)), "memo number 1000000");
    add_archive_row("memo of nothing", body("q\x01"), "takes a value that is not there");
    add_archive_row("text beyond the end", body("X" + number(100, 4) + "abc"), "the pickle ends where 100 more");
    add_archive_row("text of 4 GiB", body("X" + number(0xFFFFFFFF, 4)), "a string of 4294967295 bytes");
    add_archive_row("text of 2^64", body("\x8d" + number(~uint64_t{0}, 8), 4), "a string of 18446744073709551615 bytes");
    add_archive_row("bytes of 2^63", body("\x8e" + number(uint64_t{1} << 63U, 8), 4), "a string of 9223372036854775808 bytes");
    add_archive_row("text that is no UTF-8", body(text("\xff\xfe")), "not valid UTF-8");
    add_archive_row("overlong UTF-8", body(text("\xc0\xaf")), "not valid UTF-8");
    add_archive_row("surrogate", body(text("\xed\xa0\x80")), "not valid UTF-8");
    add_archive_row("integer of 17 bytes", body("\x8a\x11" + std::string(17, '\1')), "an integer of 17 bytes");
    add_archive_row("frame beyond the end", body("\x95" + number(1000, 8) + "N", 4), "a frame that is longer");
    add_archive_row("later opcode in protocol 2", body("\x8f"), "opcode 0x8f");
    add_archive_row("a name without an end", whole(raw("\x80\x02") + "cos"), "a name that does not end");
    add_archive_row("a name of 300 bytes", body(name(std::string(300, 'a'), "b")), "a name of 300 and 1 bytes");
    add_archive_row("an empty name", body(name("", "b")), "a name of 0 and 1 bytes");
    add_archive_row("STACK_GLOBAL of numbers", body("K\1K\2\x93", 4), "a name is made of an integer and an integer");
    add_archive_row("SETITEM on a list", body("]NNs"), "an entry is set in a list as if it were a dict");
    add_archive_row("SETITEMS on a tuple", body(")(NNu"), "an entry is set in a tuple");
    add_archive_row("SETITEMS of three", body("}(NNNu"), "a key without a value");
    add_archive_row("SETITEM on a tensor", body(tensor(storage("0", 6), {6}, {1}) + "NNs"), "an entry is set in a tensor");
    add_archive_row("APPEND on a dict", body("}Na"), "something is added to a dict as if it were a list");
    add_archive_row("ADDITEMS on a list", body("](N\x90", 4), "something is added to a list as if it were a set");
    add_archive_row("BUILD on a list", body("]}b"), "a list is given a state");
    add_archive_row("BUILD on a number", body("K\1}b"), "an integer is given a state");
    add_archive_row("call of a number", body("K\1)R"), "an integer is called");
    add_archive_row("call of a type", body(name("torch", "float32") + ")R"), "torch.float32 is called");
    add_archive_row("arguments that are no tuple", body(name("collections", "OrderedDict") + "]R"),
                    "called with a list instead of a tuple");
    add_archive_row("named arguments", body(name("collections", "OrderedDict") + raw(")}") + text("a") + raw("Ns\x92"), 4),
                    "named arguments");
    add_archive_row("dict of no pairs", body(call(name("collections", "OrderedDict"), {"](K\1K\2e"})), "something else than pairs");
    add_archive_row("dict of a number", body(call(name("collections", "OrderedDict"), {"K\1"})), "a dict is made of an integer");
    add_archive_row("set of a number", body(call(name("builtins", "set"), {"K\1"})), "a set is made of an integer");
    add_archive_row("bytes in UTF-8", body(call(name("_codecs", "encode"), {text("a"), text("utf-8")})),
                    "in an encoding other than latin1");
    add_archive_row("bytes beyond U+00FF", body(call(name("_codecs", "encode"), {text("€"), text("latin1")})), "beyond U+00FF");
    add_archive_row("bytes by rot13", body(call(name("_codecs", "encode"), {text("a"), text("rot13")})),
                    "in an encoding other than latin1");
    add_archive_row("device of a number", body(call(name("torch", "device"), {"K\1"})), "torch.device is not made of");
    add_archive_row("size of texts", body(call(name("torch", "Size"), {tuple({text("a")})})), "torch.Size holds a string");
    add_archive_row("scalar of too few bytes",
                    body(call(name("numpy.core.multiarray", "scalar"), {call(name("numpy", "dtype"), {text("f8")}), text("abc")})),
                    "a numpy scalar of 8 bytes");
    add_archive_row("dtype without an order", body(call(name("numpy", "dtype"), {text("f8")}) + ")b"), "without a byte order");
    add_archive_row("list as a key", body("}]Ns"), "a list is the key of a dict");
    add_archive_row("tensor as a key", body("}" + tensor(storage("0", 6), {6}, {1}) + "Ns"), "a tensor is the key of a dict");
    add_archive_row("the same key twice", body("}" + text("a") + "Ns" + text("a") + "Ns"), "the key \"a\" twice");
    add_archive_row("the same number twice", body("}K\1NsM" + number(1, 2) + "Ns"), "the key \"1\" twice");
    add_archive_row(
        "two ways to one name",
        body("}" + text("a.b") + tensor(storage("0", 6), {6}, {1}) + "s" + text("a") + dict("b", tensor(storage("0", 6), {6}, {1})) + "s"),
        "two tensors have the name \"a.b\"");
    add_archive_row("a list in itself", body("]q\1h\1a"), "a list holds itself");
    add_archive_row("a dict in itself, over three", body("}q\1" + text("a") + "]]h\1aas"), "a dict holds itself");
  }
  void refusesMalformedPickles() { expectRefusal(); }

  // ---- tensors and storages

  void refusesMalformedTensors_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const auto view = [](const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset = 0) {
      return archive_of(dict("w", tensor(storage("0", 6), shape, strides, offset)));
    };
    const auto id = [](const std::vector<std::string>& fields) { return archive_of(dict("w", tensor(tuple(fields) + "Q", {6}, {1}))); };
    const std::string type = name("torch", "FloatStorage");
    const int64_t huge = int64_t{1} << 62;
    add_archive_row("one element too many", view({7}, {1}), "does not lie in its storage of 6 elements");
    add_archive_row("strides that reach too far", view({2, 3}, {4, 1}), "does not lie in its storage");
    add_archive_row("offset too far", view({6}, {1}, 1), "does not lie in its storage");
    add_archive_row("empty, offset too far", view({0}, {1}, 7), "does not lie in its storage");
    add_archive_row("negative extent", view({-1}, {1}), "shape holds -1");
    add_archive_row("negative stride", view({2}, {-1}, 3), "strides holds -1");
    add_archive_row("negative offset", view({2}, {1}, -1), "offset must be");
    add_archive_row("shape that overflows", view({huge, huge}, {0, 0}), "larger than any memory");
    add_archive_row("bytes that overflow", view({huge}, {0}), "larger than any memory");
    add_archive_row("strides that overflow", view({3, 3}, {huge, huge}), "larger than any memory");
    add_archive_row("offset that overflows", view({2}, {huge}, huge), "larger than any memory");
    add_archive_row("empty with an overflowing rest", view({0, huge, huge}, {1, 1, 1}), "larger than any memory");
    add_archive_row("a view of terabytes", view({1'000'000, 1'000'000}, {0, 0}), "more than 4 times the file's bytes");
    add_archive_row("rank 9", view({1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1}), "at most 8 integers");
    add_archive_row("more strides than extents", view({6}, {1, 1}), "1 extents and 2 strides");
    add_archive_row("text as extent",
                    archive_of(dict("w", call(name("torch._utils", "_rebuild_tensor"),
                                              {storage("0", 6), integer(0), tuple({text("6")}), integers({1})}))),
                    "holds a string");
    add_archive_row(
        "big integer as extent",
        archive_of(dict("w", call(name("torch._utils", "_rebuild_tensor"),
                                  {storage("0", 6), integer(0), tuple({"\x8a\x09" + std::string(8, '\0') + "\1"}), integers({1})}))),
        "beyond 64 bits");
    add_archive_row("too few arguments",
                    archive_of(dict("w", call(name("torch._utils", "_rebuild_tensor_v2"), {storage("0", 6), integer(0)}))),
                    "is called with 2 arguments; expected 6 to 7");
    add_archive_row("no storage", archive_of(dict("w", tensor("N", {6}, {1}))), "a tensor is made of None");
    add_archive_row("a parameter of a dict", archive_of(dict("w", call(name("torch._utils", "_rebuild_parameter"), {"}", "\x88", "}"}))),
                    "a Parameter is made of a dict");
    add_archive_row("a tensor within itself by class",
                    archive_of(dict("w", call(name("torch._tensor", "_rebuild_from_type_v2"),
                                              {name("torch._tensor", "_rebuild_from_type_v2"), name("torch", "Tensor"), ")", "}"}))),
                    "a tensor of another class");
    add_archive_row("id that is no tuple", archive_of(dict("w", text("storage") + "Q")), "a persistent id is a string");
    add_archive_row("id of another kind", id({text("module"), type, text("0"), text("cpu"), "K\6"}), "starts with \"module\"");
    add_archive_row("id of four fields", id({text("storage"), type, text("0"), text("cpu")}), "4 fields; expected \"storage\" and 5");
    add_archive_row("id of six fields", id({text("storage"), type, text("0"), text("cpu"), "K\6", "N"}), "6 fields");
    add_archive_row("unknown storage type", id({text("storage"), name("torch", "QInt8Storage"), text("0"), text("cpu"), "K\6"}),
                    "torch.QInt8Storage");
    add_archive_row("storage type a text", id({text("storage"), text("FloatStorage"), text("0"), text("cpu"), "K\6"}),
                    "a storage's type is FloatStorage");
    add_archive_row("key that leads elsewhere", id({text("storage"), type, text("../data.pkl"), text("cpu"), "K\6"}), "expected digits");
    add_archive_row("empty key", id({text("storage"), type, text(""), text("cpu"), "K\6"}), "expected digits");
    add_archive_row("key a number", id({text("storage"), type, raw("K\0"), text("cpu"), "K\6"}), "expected digits");
    add_archive_row("no such storage", archive_of(dict("w", tensor(storage("1", 6), {6}, {1}))), "no entry \"a/data/1\"");
    add_archive_row("negative count", archive_of(dict("w", tensor(storage("0", -1), {0}, {1}))), "has no possible count");
    add_archive_row("count that overflows", archive_of(dict("w", tensor(storage("0", huge), {6}, {1}))), "has no possible count");
    add_archive_row("larger than its entry", archive_of(dict("w", tensor(storage("0", 7), {7}, {1}))), "28 bytes, but its entry has 24");
    add_archive_row("smaller than its entry", archive_of(dict("w", tensor(storage("0", 5), {5}, {1}))), "20 bytes, but its entry has 24");
    add_archive_row("two types for one storage",
                    archive_of("}" + text("a") + tensor(storage("0", 6), {6}, {1}) + "s" + text("b") +
                               tensor(storage("0", 6, "IntStorage"), {6}, {1}) + "s"),
                    "storage 0 is announced twice");
    add_archive_row("untyped storage without a dtype", archive_of(dict("w", tensor(storage("0", 24, "UntypedStorage"), {6}, {1}))),
                    "without a dtype is made of an untyped storage");
    add_archive_row(
        "dtype that is none",
        archive_of(dict("w", call(name("torch._utils", "_rebuild_tensor_v3"),
                                  {storage("0", 24, "UntypedStorage"), integer(0), integers({6}), integers({1}), "\x89", "}", "N"}))),
        "a tensor's dtype is None");
    add_archive_row("larger dtype than its untyped storage",
                    archive_of(dict("w", call(name("torch._utils", "_rebuild_tensor_v3"),
                                              {storage("0", 24, "UntypedStorage"), integer(0), integers({4}), integers({1}), "\x89", "}",
                                               name("torch", "float64")}))),
                    "does not lie in its storage of 3 elements");
  }
  void refusesMalformedTensors() { expectRefusal(); }

  void refusesMalformedFilesOfTheOlderFormat_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const std::string body = dict("w", tensor(legacy_storage("0", 6), {6}, {1}));
    const std::string keys = "]" + text("0") + "a";
    const std::string data = number(6, 8) + std::string(24, '\0');
    const auto part = [&](const std::string& view) {
      return legacy_file(dict("w", tensor(legacy_storage("0", 6, view), {1}, {1})), keys, data);
    };
    add_archive_row("another protocol", legacy_file(body, keys, data, dict("little_endian", "\x88"), 1002), "protocol number 1001");
    add_archive_row("big-endian", legacy_file(body, keys, data, dict("little_endian", "\x89")), "little byte order");
    add_archive_row("no byte order", legacy_file(body, keys, data, "}"), "little byte order");
    add_archive_row("system a number", legacy_file(body, keys, data, "K\1"), "little byte order");
    add_archive_row("cut in a pickle", legacy_file(body, keys, data).substr(0, 40), "pickle 3 of 5, byte ");
    add_archive_row("no keys", legacy_file(body, "]", data), "is a list of 0; expected a list of the keys of 1");
    add_archive_row("another key", legacy_file(body, "]" + text("1") + "a", data), "key 0 of pickle 5 is \"1\"");
    add_archive_row("key a number", legacy_file(body, "]K\1a", data), "key 0 of pickle 5");
    add_archive_row("keys a dict", legacy_file(body, "}", data), "is a dict of 0");
    add_archive_row("key twice",
                    legacy_file("}" + text("v") + tensor(legacy_storage("1", 6), {6}, {1}) + "s" + text("w") +
                                    tensor(legacy_storage("0", 6), {6}, {1}) + "s",
                                "](" + text("0") + text("0") + "e", data + data),
                    "listed twice");
    add_archive_row("data cut off", legacy_file(body, keys, data.substr(0, 31)), "storage 0 needs 32 bytes");
    add_archive_row("no data", legacy_file(body, keys, ""), "storage 0 needs 32 bytes");
    add_archive_row("something behind", legacy_file(body, keys, data + "x"), "something follows the last storage");
    add_archive_row("five fields", legacy_file(dict("w", tensor(storage("0", 6), {6}, {1})), keys, data),
                    "5 fields; expected \"storage\" and 6");
    add_archive_row("part beyond the storage", part(tuple({text("1"), integer(4), integer(3)})), "the part of storage 0");
    add_archive_row("part from beyond", part(tuple({text("1"), integer(7), integer(0)})), "the part of storage 0");
    add_archive_row("negative part", part(tuple({text("1"), integer(-1), integer(3)})), "the part of storage 0");
    add_archive_row("part that overflows", part(tuple({text("1"), integer(1), integer(std::numeric_limits<int64_t>::max())})),
                    "the part of storage 0");
    add_archive_row("part a number", part("K\1"), "the part of storage 0");
    add_archive_row("a storage in the keys", legacy_file(body, "]" + legacy_storage("0", 6) + "a", data),
                    "refers to a storage where none can be");
    add_archive_row("code", legacy_file(call(name("os", "system"), {command}), "]", ""), "names code");
    add_archive_row("code in the system's pickle", legacy_file(body, keys, data, call(name("os", "system"), {command})),
                    "little byte order");
    add_archive_row("code in the keys", legacy_file(body, call(name("os", "system"), {command}), data), "an object of Python of 0");
    add_archive_row("code as the magic number", pickle(call(name("os", "system"), {command})), "no magic number");
  }
  void refusesMalformedFilesOfTheOlderFormat() { expectRefusal(); }

  void countsOfTheOlderFormatAreComparedWhenUsed() {
    write_bytes(path(), legacy_file(dict("w", tensor(legacy_storage("0", 6), {6}, {1})), "]" + text("0") + "a",
                                    number(7, 8) + std::string(24, '\0')));
    const TorchArchive archive(path());
    QVERIFY_EXCEPTION_THROWN(archive.tensor("w"), Error);
    QVERIFY_EXCEPTION_THROWN(archive.verify(), Error);
  }

 private:
  fs::path path() const { return fs::path(folder_->path().toStdString()) / "hostile.ckpt"; }

  // The row's file is refused for the row's reason, with the file's name in front.
  void expectRefusal(const std::string& also = "") {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    write_bytes(path(), std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
    const std::string text = refusal_of(path(), Trust::known_names);
    QVERIFY2(text.starts_with(path().string() + ":"), text.c_str());
    QVERIFY2(text.find(reason.toStdString()) != std::string::npos && text.find(also) != std::string::npos, text.c_str());
  }

  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(TorchArchiveHostileTest);
#include "torch_archive_hostile_test.moc"
