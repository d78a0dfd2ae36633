// SPDX-License-Identifier: Apache-2.0
#include "core/download/address_rules.h"

#include "core/base/error.h"
#include "core/download/robots_tag.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::string use_of(const char* address) {
  const std::optional<NetworkAddress> parsed = parse_address(address);
  return parsed ? std::string(special_use(*parsed).value_or("public")) : "no address";
}

}  // namespace

class AddressRulesTest : public QObject {
  Q_OBJECT

 private slots:
  void specialAddressesAreKnown_data() {
    QTest::addColumn<QString>("use");
    const std::vector<std::pair<const char*, const char*>> cases{{"127.0.0.1", "loopback"},
                                                                 {"127.255.3.4", "loopback"},
                                                                 {"0.0.0.0", "this network"},
                                                                 {"10.255.0.1", "private"},
                                                                 {"11.0.0.0", "public"},
                                                                 {"172.15.255.255", "public"},
                                                                 {"172.16.0.0", "private"},
                                                                 {"172.31.255.255", "private"},
                                                                 {"172.32.0.0", "public"},
                                                                 {"192.168.7.7", "private"},
                                                                 {"169.254.169.254", "link-local"},
                                                                 {"100.63.255.255", "public"},
                                                                 {"100.64.0.0", "carrier-grade NAT"},
                                                                 {"100.127.255.255", "carrier-grade NAT"},
                                                                 {"100.128.0.0", "public"},
                                                                 {"198.19.0.1", "benchmarking"},
                                                                 {"224.0.0.1", "multicast"},
                                                                 {"255.255.255.255", "reserved"},
                                                                 {"8.8.8.8", "public"},
                                                                 {"::", "this network"},
                                                                 {"::1", "loopback"},
                                                                 {"::ffff:127.0.0.1", "loopback"},
                                                                 {"::ffff:8.8.8.8", "public"},
                                                                 {"::7f00:1", "reserved"},
                                                                 {"64:ff9b::10.0.0.1", "private"},
                                                                 {"64:ff9b::8.8.8.8", "public"},
                                                                 {"2002:7f00:1::", "loopback"},
                                                                 {"2002:808:808::1", "public"},
                                                                 {"2001:0:1::", "reserved"},
                                                                 {"2001:db8::1", "documentation"},
                                                                 {"fc00::1", "private"},
                                                                 {"fdff::1", "private"},
                                                                 {"fe80::1", "link-local"},
                                                                 {"febf::1", "link-local"},
                                                                 {"ff02::1", "multicast"},
                                                                 {"2606:4700::1111", "public"},
                                                                 {"256.1.1.1", "no address"},
                                                                 {"localhost", "no address"}};
    for (const auto& [address, use] : cases) {
      QTest::newRow(address) << QString::fromLatin1(use);
    }
  }
  void specialAddressesAreKnown() {
    QFETCH(const QString, use);
    QCOMPARE(QString::fromStdString(use_of(QTest::currentDataTag())), use);
  }

  void anAllowedNetworkIsAllowedAndNoOther() {
    const AddressRules rules{.private_networks = PrivateNetworks::refuse, .allowed = {parse_network("10.1.0.0/16"), parse_network("::1")}};
    QVERIFY(!rules.refusal(*parse_address("10.1.255.1")));
    QVERIFY(rules.refusal(*parse_address("10.2.0.1")));
    QVERIFY(!rules.refusal(*parse_address("::1")));
    QVERIFY(rules.refusal(*parse_address("127.0.0.1")));
    QVERIFY(!AddressRules{.private_networks = PrivateNetworks::allow}.refusal(*parse_address("127.0.0.1")));
  }

  void whatIsNoNetworkIsRefused() {
    for (const char* text : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "host/8", "::/129", "10.0.0.0/8x", ""}) {
      QVERIFY_EXCEPTION_THROWN(parse_network(text), Error);
    }
    QCOMPARE(parse_network("10.0.0.0/8").bits, 104);
    QCOMPARE(parse_network("192.0.2.1").bits, 128);
  }

  void directivesForEverybodyAndForUsForbid() {
    const std::vector<std::string> words = default_disallowing_directives();
    QVERIFY(robots_tag_disallows("noai", "", words));
    QVERIFY(robots_tag_disallows("nofollow, NoImageAI ", "", words));
    QVERIFY(!robots_tag_disallows("nofollow", "", words));
    QVERIFY(!robots_tag_disallows("noai2", "", words));
    QVERIFY(!robots_tag_disallows("otherclient: noai", "", words));
    QVERIFY(!robots_tag_disallows("otherclient: noai", "ours", words));
    QVERIFY(robots_tag_disallows("Ours: nofollow, noai", "ours", words));
    QVERIFY(!robots_tag_disallows("noai", "", {}));
    QVERIFY(!robots_tag_disallows("", "", words));
  }
};

DARKROOM_TEST(AddressRulesTest);
#include "address_rules_test.moc"
