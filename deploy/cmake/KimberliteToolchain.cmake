# Flags that every target shares: warnings as errors, ccache and a fast linker when present, sanitizers on request.
set(KIMBERLITE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: \"address,undefined\" or \"thread\"")

find_program(KIMBERLITE_CCACHE ccache)
if(KIMBERLITE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KIMBERLITE_CCACHE}")
endif()

find_program(KIMBERLITE_MOLD mold)
if(KIMBERLITE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Our own code only: generated code and system headers are not held to these.
add_library(kimberlite_warnings INTERFACE)
target_compile_options(kimberlite_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies in std::string's own insert and operator+ at -O2 (GCC bug 105651).
  target_compile_options(kimberlite_warnings INTERFACE -Wno-restrict)
endif()

if(KIMBERLITE_SANITIZE)
  add_compile_options(-fsanitize=${KIMBERLITE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KIMBERLITE_SANITIZE})
endif()
