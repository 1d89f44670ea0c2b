#include "golden.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string_view>
#include <vector>

#include "kimberlite/v1/consensus.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/log.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "naive_map.h"
#include "naive_tree.h"
#include "proto/block.h"
#include "proto/encoding.h"
#include "proto/envelope.h"
#include "proto/genesis.h"
#include "proto/merkle_log.h"
#include "proto/state_map.h"
#include "proto/strict.h"
#include "proto/validator_set.h"
#include "samples.h"

namespace kimberlite::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

constexpr int kEntries = 2;  // of each repeated field

void set_scalar(Message& message, const FieldDescriptor& field, std::uint64_t seed) {
  const Reflection& reflection = *message.GetReflection();
  const std::string text = field.name() + "-" + std::to_string(seed);
  const int enum_value = field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM ? field.enum_type()->value_count() - 1 : 0;
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      reflection.SetInt32(&message, &field, -static_cast<std::int32_t>(seed));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, static_cast<std::int64_t>(seed) << 35);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      repeated ? reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(seed))
               : reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(seed));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      reflection.SetUInt64(&message, &field, seed << 20);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, true);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      reflection.SetEnumValue(&message, &field, field.enum_type()->value(enum_value)->number());
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // there is no floating point in the protocol; messages are filled by their own fields
  }
}

// Sets every field to a value that follows from its number; of a oneof the given alternative.
void fill(Message& message, int alternative, std::uint64_t seed) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const OneofDescriptor* oneof = field.real_containing_oneof();
    if (oneof != nullptr && field.index_in_oneof() != alternative % oneof->field_count()) continue;
    const int entries = field.is_repeated() ? kEntries : 1;
    for (int entry = 0; entry < entries; ++entry) {
      const std::uint64_t value = seed * 31 + static_cast<std::uint64_t>(field.number() + entry);
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        set_scalar(message, field, value);
      } else if (field.is_repeated()) {
        fill(*message.GetReflection()->AddMessage(&message, &field), entry, value);
      } else {
        fill(*message.GetReflection()->MutableMessage(&message, &field), 0, value);
      }
    }
  }
}

std::string line(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) text.append(text.empty() ? "" : "|").append(field);
  return text + "\n";
}

// Every message type of a schema, and of a oneof each alternative.
std::string messages_of(const FileDescriptor& file) {
  std::string lines;
  for (int i = 0; i < file.message_type_count(); ++i) {
    const Descriptor& type = *file.message_type(i);
    const int alternatives = type.real_oneof_decl_count() == 0 ? 1 : type.oneof_decl(0)->field_count();
    for (int alternative = 0; alternative < alternatives; ++alternative) {
      const std::unique_ptr<Message> message(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
      fill(*message, alternative, 1);
      std::string name = type.name();
      if (alternatives > 1) name.append("/").append(type.oneof_decl(0)->field(alternative)->name());
      const std::string bytes = serialize_canonical(*message);
      const std::string tag = "kimberlite/v1/vector/" + name;
      lines += line({"tagged", tag, to_hex(bytes), tagged_digest(tag, bytes).hex()});
    }
  }
  return lines;
}

std::string envelope_lines() {
  const std::string envelope = sign_envelope(sample_envelope(), sample_key(1));
  const std::string payload = serialize_canonical(sample_envelope());
  const std::string leaf = encode_accepted_leaf(envelope);
  return line({"tagged", std::string(kEnvelopeIdTag), to_hex(envelope), envelope_id(envelope).hex()}) +
         line({"signed-envelope", to_hex(payload), sample_key(1).public_key().hex(),
               to_hex(sample_key(1).sign_tagged(kEnvelopeSignatureTag, payload).view()), to_hex(envelope)}) +
         line({"accepted-leaf", to_hex(envelope), to_hex(leaf), leaf_hash(leaf).hex()});
}

std::string block_lines() {
  BlockHeader header;
  header.chain_id = sample_chain_id();
  header.epoch = Epoch{1};
  header.view = View{2};
  header.height = Height{1};
  header.parent = sample_chain_id();
  header.time_ms = TimeMs{1'170'244'800'000};
  header.proposer = "BW";
  header.count = 1;
  header.events_root = sha256("events");
  header.state_root = sha256("state");
  header.validators = sample_genesis_document().validators.digest();
  const std::string leaf = encode_block_leaf(header);
  header.next_validators = sha256("next");
  const std::string last = encode_block_leaf(header);
  return line({"leaf", to_hex(leaf), block_digest(leaf).hex()}) +
         line({"leaf", to_hex(last), block_digest(last).hex()});
}

std::string log_lines() {
  std::string lines;
  const Leaves leaves = numbered_leaves(21);
  CompactRange range;
  std::string list;
  for (std::size_t size = 0;; ++size) {
    lines += line({"log-root", list, range.root().hex()});
    if (size == leaves.size()) return lines;
    list += (list.empty() ? "" : ",") + to_hex(leaves[size]);
    range.append(leaf_hash(leaves[size]));
  }
}

std::string map_lines() {
  std::string lines;
  StateValues values;
  std::string list;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "certificate/BW-" + std::to_string(2'600 + i);
    const std::string value = "record " + std::to_string(i);
    values[key] = value;
    list += (list.empty() ? "" : ",") + to_hex(key) + "=" + to_hex(value);
    lines +=
        line({"map-leaf", to_hex(key), to_hex(value), map_leaf_hash(map_path(key), map_value_digest(value)).hex()});
    lines += line({"map-root", list, naive_map_root(values).hex()});
  }
  return lines;
}

std::string checkpoint_lines() {
  const Checkpoint checkpoint{"kimberlite.example/test", LogSize{44}, sha256("root")};
  std::string lines = line({"checkpoint", checkpoint.origin, "44", checkpoint.root.hex(), to_hex(checkpoint.text()),
                            to_hex(sample_checkpoint_note(checkpoint, {1, 2}))});
  for (unsigned char byte = 1; byte <= 4; ++byte) {
    const NoteVerifier verifier{checkpoint.origin, sample_key(byte).public_key()};
    lines += line({"note-key", verifier.name, verifier.key.hex(), verifier.to_string()});
  }
  return lines;
}

std::string genesis_lines() {
  const GenesisDocument document = sample_genesis_document();
  std::string list;
  for (const Validator& validator : document.validators.all()) {
    list += (list.empty() ? "" : ",") + validator.participant + "=" + validator.key.hex();
  }
  return line({"tagged", std::string(kGenesisTag), to_hex(document.bytes), document.chain_id.hex()}) +
         line({"validators", list, document.validators.digest().hex()});
}

}  // namespace

std::string golden_vectors() {
  std::string text =
      "# Vectors of protocol v1, made by unit_proto and checked by check.py. A line that changes is a change of the "
      "protocol.\n"
      "# To write the file anew: KIMBERLITE_WRITE_VECTORS=1 unit_proto --gtest_filter=Golden.*\n";
  for (const FileDescriptor* file :
       {v1::Event::descriptor()->file(), v1::Envelope::descriptor()->file(), v1::LogEntry::descriptor()->file(),
        v1::Vote::descriptor()->file(), v1::PeerMessage::descriptor()->file(), v1::StateProof::descriptor()->file(),
        v1::CertificateRecord::descriptor()->file(), v1::Genesis::descriptor()->file()}) {
    text += messages_of(*file);
  }
  return text + envelope_lines() + block_lines() + log_lines() + map_lines() + checkpoint_lines() + genesis_lines();
}

}  // namespace kimberlite::test
