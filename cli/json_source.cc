// The one translation unit that compiles Boost.JSON, which Debian's headers bring without a library to link.
#include <boost/json/src.hpp>
