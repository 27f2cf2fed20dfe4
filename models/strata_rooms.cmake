# SPDX-License-Identifier: Apache-2.0
# strata_room(NAME ...): one library per room from the *.cpp of its folder and those within, with the project's flags,
# installed with its headers and exported as strata::NAME.

function(strata_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -ffp-contract=off)
  if(STRATA_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(STRATA_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${STRATA_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${STRATA_SANITIZE})
  endif()
endfunction()

function(strata_room name)
  cmake_parse_arguments(room "" "" "LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp */*.cpp)
  set(library strata_${name})
  add_library(${library} STATIC ${sources})
  add_library(strata::${name} ALIAS ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${library} PUBLIC cxx_std_17)
  strata_compile_options(${library})
  target_include_directories(${library} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/strata>)
  target_link_libraries(${library} PUBLIC ${room_LINK} PRIVATE ${room_PRIVATE_LINK})
  install(TARGETS ${library} EXPORT strata-targets)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  install(DIRECTORY . DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/strata/${folder} FILES_MATCHING PATTERN "*.hpp")
endfunction()

# SystemC's headers dominate compile time: every SystemC room and test shares one precompiled copy.
function(strata_reuse_systemc_pch target)
  if(NOT STRATA_SANITIZE)
    target_precompile_headers(${target} REUSE_FROM strata_base)
  endif()
endfunction()
