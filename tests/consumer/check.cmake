# SPDX-License-Identifier: Apache-2.0
# Script test: builds and runs the consumer project against the installed package (way=installed) or with the source
# tree as a subproject (way=subproject). The work folder is kept, so that a second run only checks.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed (${status}): ${ARGN}")
  endif()
endfunction()

if(way STREQUAL "installed")
  run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/prefix)
  set(find -D CMAKE_PREFIX_PATH=${work}/prefix)
else()
  set(find -D STRATA_SOURCE=${source} -D STRATA_SANITIZE=${sanitize})
endif()
run(${CMAKE_COMMAND} -S ${source}/tests/consumer -B ${work}/build -G ${generator} -D CMAKE_BUILD_TYPE=${build_type} ${find})
run(${CMAKE_COMMAND} --build ${work}/build --target consumer --parallel 2)
run(${work}/build/consumer TIMEOUT 30)
