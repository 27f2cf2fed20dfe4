# SPDX-License-Identifier: Apache-2.0
# Puts the report's page together: template, style, scripts and the plotting library D3 become page_parts.hpp.
set(folder ${CMAKE_CURRENT_SOURCE_DIR}/report)
find_file(STRATA_D3 d3.min.js PATHS /usr/share/nodejs/d3/dist /usr/local/share/nodejs/d3/dist NO_DEFAULT_PATH
  DOC "D3 version 5, minified, for the HTML report")
find_file(STRATA_D3_SANKEY d3-sankey.min.js PATHS /usr/share/nodejs/d3-sankey/dist /usr/local/share/nodejs/d3-sankey/dist
  NO_DEFAULT_PATH DOC "d3-sankey, minified, for the HTML report")
if(NOT STRATA_D3 OR NOT STRATA_D3_SANKEY)
  message(FATAL_ERROR "The HTML report needs the JavaScript library D3 5 with d3-sankey: install Debian's node-d3, or set "
    "STRATA_D3 and STRATA_D3_SANKEY to d3.min.js and d3-sankey.min.js.")
endif()

# In this order: what a script uses comes before it.
set(scripts units.js page.js runs.js scatter.js summary.js latency.js frontier.js time.js energy.js timeline.js roofline.js
  diagram.js configuration.js shift.js main.js)
list(TRANSFORM scripts PREPEND ${folder}/)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${scripts} ${folder}/page.html ${folder}/style.css ${folder}/page_parts.hpp.in ${STRATA_D3} ${STRATA_D3_SANKEY})

file(READ ${folder}/style.css STRATA_REPORT_STYLE)
file(READ ${STRATA_D3} d3)
file(READ ${STRATA_D3_SANKEY} sankey)
set(STRATA_REPORT_LIBRARIES "${d3}\n${sankey}")
set(STRATA_REPORT_SCRIPT "'use strict';\n")
foreach(script IN LISTS scripts)
  file(READ ${script} text)
  string(APPEND STRATA_REPORT_SCRIPT "${text}")
endforeach()

# The place of the data cuts the page in two.
file(READ ${folder}/page.html page)
string(FIND "${page}" "@STRATA_REPORT_DATA@" cut)
string(SUBSTRING "${page}" 0 ${cut} before)
string(LENGTH "@STRATA_REPORT_DATA@" width)
math(EXPR rest "${cut} + ${width}")
string(SUBSTRING "${page}" ${rest} -1 after)
string(CONFIGURE "${before}" STRATA_REPORT_BEFORE @ONLY)
string(CONFIGURE "${after}" STRATA_REPORT_AFTER @ONLY)
configure_file(${folder}/page_parts.hpp.in ${CMAKE_CURRENT_BINARY_DIR}/generated/sc_main/report/page_parts.hpp @ONLY)
