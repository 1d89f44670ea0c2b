#include "node/runtime/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>

namespace kimberlite::runtime {
namespace {

struct GaugeRow {
  const char* name;
  const char* help;
  std::uint64_t MetricsSnapshot::* value;
};

constexpr std::array kGauges{
    GaugeRow{"kimberlite_final_height", "Height of the newest final block", &MetricsSnapshot::final_height},
    GaugeRow{"kimberlite_log_size", "Leaves of the log", &MetricsSnapshot::log_size},
    GaugeRow{"kimberlite_view", "Current view of consensus; rising without final_height means that leaders fail",
             &MetricsSnapshot::view},
    GaugeRow{"kimberlite_pool_envelopes", "Envelopes waiting to be ordered", &MetricsSnapshot::pool_envelopes},
    GaugeRow{"kimberlite_pool_bytes", "Bytes of envelopes waiting to be ordered", &MetricsSnapshot::pool_bytes},
    GaugeRow{"kimberlite_submissions_waiting", "Clients waiting for finality", &MetricsSnapshot::submissions_waiting},
    GaugeRow{"kimberlite_peers_connected", "Peers connected", &MetricsSnapshot::peers_connected},
    GaugeRow{"kimberlite_peer_sent_bytes", "Bytes sent to peers since start", &MetricsSnapshot::peer_bytes_sent},
    GaugeRow{"kimberlite_peer_received_bytes", "Bytes received from peers since start",
             &MetricsSnapshot::peer_bytes_received},
    GaugeRow{"kimberlite_peer_received_frames", "Messages received from peers since start",
             &MetricsSnapshot::peer_frames_received},
    GaugeRow{"kimberlite_peer_frames_dropped", "Frames dropped because a peer's queue was full",
             &MetricsSnapshot::peer_frames_dropped},
    GaugeRow{"kimberlite_peer_faults", "Times a peer was disconnected because it broke the protocol, since start",
             &MetricsSnapshot::peer_faults},
    GaugeRow{"kimberlite_connections_refused", "Connections to the peer port that were no peer's, since start",
             &MetricsSnapshot::connections_refused},
    GaugeRow{"kimberlite_synced_writes", "Synced writes of journal and store since start",
             &MetricsSnapshot::synced_writes},
    GaugeRow{"kimberlite_store_bytes", "Size of the store on disk", &MetricsSnapshot::store_bytes},
    GaugeRow{"kimberlite_checkpoint_size", "Log size under the published checkpoint",
             &MetricsSnapshot::checkpoint_size},
    GaugeRow{"kimberlite_checkpoint_signatures", "Participants that signed the published checkpoint",
             &MetricsSnapshot::checkpoint_signatures},
    GaugeRow{"kimberlite_evidence", "Pairs of conflicting votes kept; above zero: a validator misbehaves, see status",
             &MetricsSnapshot::evidence},
    GaugeRow{"kimberlite_skipped_leaders", "Validators that get no time in their next turn as leader: see status",
             &MetricsSnapshot::skipped_leaders},
    GaugeRow{"kimberlite_undecided_blocks", "Executed blocks that are not final", &MetricsSnapshot::undecided_blocks},
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  std::array<prometheus::Gauge*, kGauges.size()> gauges{};
  prometheus::Gauge* progressing{};
  prometheus::Gauge* votes{};
  prometheus::Family<prometheus::Counter>* refused{};
  prometheus::Family<prometheus::Counter>* peer_refused{};
  prometheus::Counter* events{};
  prometheus::Counter* made{};
  prometheus::Counter* verified{};
  prometheus::Histogram* finality{};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  auto& registry = impl_->registry;
  for (std::size_t i = 0; i < kGauges.size(); ++i) {
    impl_->gauges[i] = &prometheus::BuildGauge().Name(kGauges[i].name).Help(kGauges[i].help).Register(registry).Add({});
  }
  impl_->progressing = &prometheus::BuildGauge()
                            .Name("kimberlite_progressing")
                            .Help("1 if the node makes progress, 0 if not: see why in status and /readyz")
                            .Register(registry)
                            .Add({});
  impl_->votes = &prometheus::BuildGauge()
                      .Name("kimberlite_votes")
                      .Help("1 if this node's key votes, 0 if it follows: see why in status")
                      .Register(registry)
                      .Add({});
  impl_->refused = &prometheus::BuildCounter()
                        .Name("kimberlite_envelopes_refused_total")
                        .Help("Envelopes refused, by reason")
                        .Register(registry);
  impl_->peer_refused = &prometheus::BuildCounter()
                             .Name("kimberlite_peer_messages_refused_total")
                             .Help("Peer messages refused, by reason")
                             .Register(registry);
  impl_->events = &prometheus::BuildCounter()
                       .Name("kimberlite_events_final_total")
                       .Help("Events that became final")
                       .Register(registry)
                       .Add({});
  impl_->made = &prometheus::BuildCounter()
                     .Name("kimberlite_signatures_made_total")
                     .Help("Signatures made by the node's key: votes and checkpoints")
                     .Register(registry)
                     .Add({});
  impl_->verified = &prometheus::BuildCounter()
                         .Name("kimberlite_signatures_verified_total")
                         .Help("Signatures verified in what came from peers")
                         .Register(registry)
                         .Add({});
  impl_->finality =
      &prometheus::BuildHistogram()
           .Name("kimberlite_finality_seconds")
           .Help("From submission on this node to finality")
           .Register(registry)
           .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
}

Metrics::~Metrics() = default;

void Metrics::envelope_final(double seconds) {
  impl_->finality->Observe(seconds);
}

void Metrics::envelope_refused(std::string_view reason) {
  impl_->refused->Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::peer_message_refused(std::string_view reason) {
  impl_->peer_refused->Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::signatures_made(std::uint64_t count) {
  impl_->made->Increment(static_cast<double>(count));
}

void Metrics::signatures_verified(std::uint64_t count) {
  impl_->verified->Increment(static_cast<double>(count));
}

void Metrics::events_final(std::uint64_t count) {
  impl_->events->Increment(static_cast<double>(count));
}

std::string Metrics::text(const MetricsSnapshot& now) {
  for (std::size_t i = 0; i < kGauges.size(); ++i) {
    impl_->gauges[i]->Set(static_cast<double>(now.*(kGauges[i].value)));
  }
  impl_->progressing->Set(now.progressing ? 1 : 0);
  impl_->votes->Set(now.votes ? 1 : 0);
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace kimberlite::runtime
