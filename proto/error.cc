#include "proto/error.h"

namespace kimberlite {

std::string Error::to_string() const {
  std::string text(reason_name(reason));
  if (!field.empty()) text.append(" ").append(field);
  text.append(": ").append(message);
  if (!text.ends_with('.')) text.append(".");
  return text.append(" ").append(reason_remedy(reason));
}

}  // namespace kimberlite
