// The page that a person sees who opens a node's HTTP address: what this is, and where to look.
#include "node/api/http_answer.h"
#include "proto/civil_time.h"
#include "proto/encoding.h"

namespace kimberlite::api {
namespace {

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    switch (character) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

constexpr std::string_view kEndpoints = R"(<table>
<tr><td><a href="/checkpoint">/checkpoint</a></td><td>the newest published checkpoint, signed by the participants' nodes
(C2SP tlog-checkpoint)</td></tr>
<tr><td>/tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</td><td>hashes of the log, such as /tile/0/x001/234 (C2SP tlog-tiles)</td></tr>
<tr><td>/tile/entries/&lt;N&gt;[.p/&lt;W&gt;]</td><td>entries of the log</td></tr>
<tr><td><a href="/epochs">/epochs</a></td><td>how each epoch ended: the walk from the genesis document to who votes now</td></tr>
<tr><td><a href="/genesis">/genesis</a></td><td>the genesis document: the network's founding roll and keys</td></tr>
<tr><td><a href="/readyz">/readyz</a></td><td>whether this node makes progress, and if not, why</td></tr>
<tr><td><a href="/livez">/livez</a></td><td>whether this process answers</td></tr>
<tr><td><a href="/metrics">/metrics</a></td><td>figures for Prometheus</td></tr>
</table>
<p>Nothing here asks for trust: <code>kimberlite audit</code> and <code>kimberlite verify</code> check all of it against the
participants' keys.</p>
)";

}  // namespace

std::string index_page(std::string_view network_name, const storage::Tip& tip) {
  const std::string name = escape_html(network_name);
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      name +
      "</title>\n<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
      "td{padding:.3rem 1rem .3rem 0;vertical-align:top}td:first-child{font-family:monospace;white-space:nowrap}"
      "</style>\n</head>\n<body>\n<h1>" +
      name + "</h1>\n<p>A Kimberlite node: the ledger of Kimberley Process certificates. Its log has " +
      std::to_string(tip.log_size.value) + " entries in " + std::to_string(tip.height.value) + " blocks";
  if (tip.height.value > 0) page += ", the newest of " + format_time(tip.block_time_ms);
  page += ".</p>\n";
  page += kEndpoints;
  page += "</body>\n</html>\n";
  return page;
}

}  // namespace kimberlite::api
