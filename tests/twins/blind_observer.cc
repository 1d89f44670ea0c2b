// An observer that sees nothing. Here one key runs twice, and each of the two is shown certificates without its own
// signature: the observer would stop them at once, and a rule broken on purpose before the judge of this search sees
// it.
#include "consensus/internal/observer.h"

namespace kimberlite::consensus {

Observer::Observer(const Config& config, const Recovered& /*recovered*/)
    : epoch_(config.epoch),
      validators_(config.validators.size()),
      may_vote_(false),
      order_(config.leader_seed, validators_) {}

Observer::Observer(const Config& config, const BlockRef& closing, const Observer& /*before*/)
    : Observer(config, Recovered{closing, std::nullopt, {}, {}}) {}

void Observer::check(const Input* /*input*/, const Actions& /*actions*/, const Standing& /*now*/) {}

}  // namespace kimberlite::consensus
