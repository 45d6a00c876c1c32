# cmake -DOUTPUT=FILE -DFILES="A;B" -P Embed.cmake: the files as a table in C++ (src/serve/page_files.h).
set(table)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND table "    {\"${name}\", R\"file(${text})file\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"serve/page_files.h\"\n
namespace imagine::serve {\n
const std::vector<PageFile>& page_files() {
  static const std::vector<PageFile> kFiles = {
${table}  };
  return kFiles;
}\n
}  // namespace imagine::serve\n")
