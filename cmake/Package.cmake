# What is installed: the command, its data, and a shared library whose headers need nothing but the standard library:
#   find_package(imagine) and link imagine::imagine.

file(WRITE ${PROJECT_BINARY_DIR}/shared.cc "// All of it comes from the static libraries.\n")
add_library(imagine_shared SHARED ${PROJECT_BINARY_DIR}/shared.cc)
target_link_libraries(imagine_shared PRIVATE
  "$<LINK_LIBRARY:WHOLE_ARCHIVE,imagine_engine>" "$<LINK_LIBRARY:WHOLE_ARCHIVE,imagine_recipes>")
target_include_directories(imagine_shared PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(imagine_shared PUBLIC cxx_std_20)
target_link_options(imagine_shared PRIVATE
  -Wl,-z,defs -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map)
set_target_properties(imagine_shared PROPERTIES
  OUTPUT_NAME imagine EXPORT_NAME imagine VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
set_target_properties(imagine imagine-draw imagine-workshop imagine_shared PROPERTIES
  INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${torch_root}/lib")

install(TARGETS imagine imagine-draw imagine-workshop RUNTIME)
install(TARGETS imagine_shared EXPORT imagineTargets LIBRARY)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/imagine DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models DESTINATION ${CMAKE_INSTALL_DATADIR}/imagine)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/imagine)
install(EXPORT imagineTargets NAMESPACE imagine:: FILE imagineConfig.cmake DESTINATION ${package})
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/imagineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/imagineConfigVersion.cmake DESTINATION ${package})
