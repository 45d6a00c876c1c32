# Every package the project stands on, found in one place.
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
set(MPI_CXX_SKIP_MPICXX TRUE)  # the C++ bindings that MPI dropped
find_package(MPI REQUIRED COMPONENTS CXX)
pkg_check_modules(images REQUIRED IMPORTED_TARGET libpng libjpeg libwebp libwebpmux libheif libtiff-4 gdk-pixbuf-2.0 lcms2 zlib)
pkg_check_modules(drawing REQUIRED IMPORTED_TARGET librsvg-2.0 cairo glib-2.0)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(highway REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
add_library(Archive ALIAS PkgConfig::archive)

include(LibTorch)
