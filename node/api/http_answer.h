// What each HTTP path answers, apart from how HTTP is spoken: a function of the sources and the path.
// Thread-safe if the sources are.
#pragma once

#include <string>
#include <string_view>

#include "node/api/http_server.h"

namespace kimberlite::api {

/// An answer, ready to be sent.
struct HttpAnswer {
  unsigned status{};
  std::string_view content_type;
  std::string_view cache_control;
  bool cross_origin{};  ///< public static data: any web page may read it
  std::string body;
};

/// The answer to a GET of `target`; what follows a "?" is ignored. 400 for a malformed tile path, 403 for the log of a
/// network whose log is for members, 404 for what does not exist (yet), 500 if the store cannot be read, 503 for
/// /readyz of a node that is not.
HttpAnswer answer_get(const HttpSources& sources, std::string_view target);

/// An answer in one sentence, never cached.
HttpAnswer plain_answer(unsigned status, std::string sentence);

/// The human page at "/".
std::string index_page(std::string_view network_name, const storage::Tip& tip);

}  // namespace kimberlite::api
