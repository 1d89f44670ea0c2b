// The plot: a bar chart written by hand, so that it needs no other program.
#include <algorithm>
#include <map>

#include "tests/simulation/wan/format.h"
#include "tests/simulation/wan/report.h"

namespace kimberlite::wan {

namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 440;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 70;
constexpr double kBottom = 60;
constexpr const char* kColours[] = {"#2f6f9f", "#e0a030", "#b5423c"};

std::string text(double x, double y, const char* anchor, const std::string& words) {
  return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words.c_str());
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style);
}

/// From milliseconds to a height in the picture.
class Scale {
 public:
  explicit Scale(std::int64_t longest_ms) : top_ms_((longest_ms / 200 + 1) * 200) {}
  [[nodiscard]] double y(double ms) const {
    return kHeight - kBottom - ms / static_cast<double>(top_ms_) * (kHeight - kTop - kBottom);
  }
  [[nodiscard]] std::int64_t top_ms() const { return top_ms_; }

 private:
  std::int64_t top_ms_;
};

const char* colour(const Case& of) {
  if (of.silent == 0) return kColours[0];
  return kColours[of.silent == (of.nodes - 1) / 3 ? 2 : 1];
}

std::string axes(const Scale& scale) {
  std::string out;
  for (std::int64_t ms = 0; ms <= scale.top_ms(); ms += 200) {
    const double y = scale.y(static_cast<double>(ms));
    out += line(kLeft, y, kWidth - kRight, y, "stroke=\"#ddd\"");
    out += text(kLeft - 8, y + 4, "end", std::to_string(ms));
  }
  const double middle = (kTop + kHeight - kBottom) / 2;
  out +=
      format("<text transform=\"translate(18 %.1f) rotate(-90)\" text-anchor=\"middle\">milliseconds</text>\n", middle);
  return out;
}

std::string legend() {
  const char* words[] = {"nobody silent", "f/2 silent", "f silent"};
  std::string out = text(kLeft, 22, "start", "Time to finality where an event is handed in (settled)");
  double x = kLeft;
  for (std::size_t i = 0; i < 3; ++i) {
    out += format("<rect x=\"%.1f\" y=\"36\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x, kColours[i]);
    out += text(x + 18, 46, "start", words[i]);
    x += 120;
  }
  out += line(x + 6, 36, x + 6, 48, "stroke=\"#333\" stroke-width=\"2\"");
  out += text(x + 18, 46, "start", "bar: p50, line: p99");
  x += 150;
  out += line(x, 42, x + 24, 42, "stroke=\"#333\" stroke-width=\"2\" stroke-dasharray=\"5 3\"");
  out += text(x + 30, 46, "start", format("%.1f delays to the quorum", kTargetDelays));
  return out;
}

std::string bar(const Figures& figures, const Scale& scale, double x, double width, const char* colour) {
  const double top = scale.y(static_cast<double>(figures.here_p50));
  std::string out = format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, top, width,
                           scale.y(0) - top, colour);
  const double middle = x + width / 2;
  const double tip = scale.y(static_cast<double>(figures.here_p99));
  out += line(middle, top, middle, tip, "stroke=\"#333\" stroke-width=\"2\"");
  out += line(middle - 5, tip, middle + 5, tip, "stroke=\"#333\" stroke-width=\"2\"");
  out += text(middle, scale.y(0) - 6, "middle",
              format("<tspan fill=\"#fff\">%lld</tspan>", static_cast<long long>(figures.here_p50)));
  return out;
}

}  // namespace

std::string to_svg(const std::vector<Figures>& all) {
  std::map<std::size_t, std::vector<Figures>> by_size;
  std::int64_t longest_ms = 0;
  for (const Figures& figures : all) {
    by_size[figures.of.nodes].push_back(figures);
    longest_ms = std::max(longest_ms, figures.here_p99);
  }
  const Scale scale(longest_ms);
  std::string out = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
      kWidth, kHeight);
  out += legend() + axes(scale);
  const double group = (kWidth - kLeft - kRight) / static_cast<double>(std::max<std::size_t>(1, by_size.size()));
  double x = kLeft;
  for (const auto& [size, cases] : by_size) {
    const double width = group * 0.8 / static_cast<double>(cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i)
      out += bar(cases[i], scale, x + group * 0.1 + static_cast<double>(i) * width, width - 4, colour(cases[i].of));
    const double target = scale.y(kTargetDelays * static_cast<double>(cases.front().quorum_delay));
    out += line(x + group * 0.06, target, x + group * 0.94, target,
                "stroke=\"#333\" stroke-width=\"2\" stroke-dasharray=\"5 3\"");
    out += text(x + group / 2, kHeight - kBottom + 20, "middle", "n = " + std::to_string(size));
    x += group;
  }
  out += text((kLeft + kWidth - kRight) / 2, kHeight - 14, "middle", "nodes, in the participants' capitals");
  return out + "</svg>\n";
}

}  // namespace kimberlite::wan
