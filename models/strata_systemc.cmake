# SPDX-License-Identifier: Apache-2.0
# Defines SystemC::systemc, from SystemC's own CMake package or, where there is none, from pkg-config.
if(NOT TARGET SystemC::systemc)
  find_package(SystemCLanguage CONFIG QUIET)
endif()
if(NOT TARGET SystemC::systemc)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET GLOBAL systemc)
  add_library(SystemC::systemc ALIAS PkgConfig::SYSTEMC)
endif()
