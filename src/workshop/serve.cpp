#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/known_models.h"
#include "cli/options.h"
#include "core/check.h"
#include "io/file.h"
#include "serve/service.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

constexpr const char* kServeExamples =
    R"(A page for people at /, and for programs OpenAI's Images API, Google's :predict and
:generateContent, AUTOMATIC1111's /sdapi/v1 and jobs of its own: /openapi.json, docs/serve.md.

Examples:
  imagine serve                                        # http://127.0.0.1:7860, for this machine alone
  imagine serve --model minit2i-b --dtype int8 --models-dir models
  imagine serve --host 0.0.0.0 --api-key-file keys.txt --ssl-cert-file cert.pem --ssl-key-file key.pem
  curl http://127.0.0.1:7860/v1/images/generations -H 'Content-Type: application/json' \
    -d '{"prompt": "a red cube on grass", "seed": 1}'
CTRL-C lets what is being drawn end, and a second one ends it at once.)";

/// What the command line says beside the service's own options.
struct ServeArguments {
  serve::ServiceOptions service = {};
  std::string model = default_model();
  std::string key_file = {};
  int exit_seconds = 30;
  int sleep_seconds = 0;
  int timeout_seconds = 30;
  double memory = 0;  // GB
};

/// A key in each line.
std::vector<std::string> keys_in(const std::string& file) {
  std::vector<std::string> keys;
  const auto text = io::read_file(file);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto key = text.substr(at, end - at);
    while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
    if (!key.empty()) keys.push_back(std::move(key));
    at = end + 1;
  }
  check<InputError>(!keys.empty(), file, ": expected a key in each line, got none");
  return keys;
}

bool is_loopback(const std::string& host) { return host == "::1" || host.starts_with("127."); }

void run_serve(ServeArguments arguments) {
  auto& service = arguments.service;
  service.shelf.model = model_folder_of(arguments.model);
  service.server.head_time = service.server.write_time =
      std::chrono::seconds(arguments.timeout_seconds);
  service.board.engine.memory = std::uint64_t(arguments.memory * 1e9);
  service.board.sleep_after = std::chrono::seconds(arguments.sleep_seconds);
  service.access.is_local = is_loopback(service.server.host);
  if (!arguments.key_file.empty()) {
    std::ranges::copy(keys_in(arguments.key_file), std::back_inserter(service.access.keys));
  }
  watch_interrupts();
  serve::Service running(service);
  const auto* scheme = service.server.certificate_file.empty() ? "http" : "https";
  const auto& host = service.server.host;
  const bool is_v6 = host.find(':') != host.npos;
  std::cout << scheme << "://" << (is_v6 ? concat('[', host, ']') : host) << ':' << running.port()
            << std::endl;
  if (!service.access.is_local && service.access.keys.empty()) {
    std::cerr << "imagine: anybody who reaches " << service.server.host
              << " may draw: --api-key asks for a key\n";
  }
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  running.drain(std::chrono::seconds(arguments.exit_seconds));
}

void add_network_options(CLI::App& command, ServeArguments& arguments) {
  auto& [server, access, shelf, board, limits, metrics] = arguments.service;
  command.add_option("--host", server.host, "address to listen on")->capture_default_str();
  command.add_option("--port", server.port, "0: one that is free")
      ->check(between(0, 65535))
      ->capture_default_str();
  command.add_option("--api-key", access.keys, "asked of clients; may be given again")
      ->envname("IMAGINE_API_KEY");
  command.add_option("--api-key-file", arguments.key_file, "a file with a key in each line");
  command
      .add_option("--allowed-hosts", access.hosts,
                  "names beside localhost that clients on this machine call it by")
      ->delimiter(',');
  command
      .add_option("--cors-origins", access.origins,
                  "origins whose pages may use it: https://a.example, localhost (any port), *")
      ->delimiter(',');
  command.add_option("--ssl-cert-file", server.certificate_file,
                     "a certificate with its chain (PEM): HTTPS alone");
  command.add_option("--ssl-key-file", server.key_file, "its private key (PEM)");
  command.add_flag("--metrics", metrics, "answer GET /metrics with figures for Prometheus");
}

void add_limit_options(CLI::App& command, ServeArguments& arguments) {
  auto& [server, access, shelf, board, limits, metrics] = arguments.service;
  command.add_option("--queue", board.queue, "most requests that wait or are drawn")
      ->check(between(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--parallel", board.parallel, "most pictures that are drawn at once")
      ->check(between(1, 10'000))
      ->capture_default_str();
  command.add_option("--max-count", limits.count, "most pictures of a request")
      ->check(between(1, 10'000))
      ->capture_default_str();
  command.add_option("--max-steps", limits.steps, "most steps that a request may ask for")
      ->check(between(1, 1000))
      ->capture_default_str();
  command
      .add_option("--max-pixels", limits.pixels,
                  "most pixels of a picture; enlarged it may have four times as many")
      ->check(at_least(std::int64_t(1)))
      ->capture_default_str();
  command.add_option("--max-body", server.most_body, "most bytes of a request")
      ->check(between(std::int64_t(1), std::int64_t(1) << 40))
      ->capture_default_str();
  command
      .add_option("--models-max", board.engine.models,
                  "most models whose networks stay loaded; 0: as many as --memory holds")
      ->check(at_least(0))
      ->capture_default_str();
  command
      .add_option("--sleep-idle-seconds", arguments.sleep_seconds,
                  "weights are let go after so long without a request; 0: never")
      ->check(at_least(0))
      ->capture_default_str();
  command
      .add_option("--timeout", arguments.timeout_seconds,
                  "seconds that a client may neither send nor take anything")
      ->check(between(1, 86'400))
      ->capture_default_str();
  command
      .add_option("--exit-timeout", arguments.exit_seconds,
                  "seconds that what is being drawn gets at the end")
      ->check(at_least(0))
      ->capture_default_str();
}

}  // namespace

void add_serve(CLI::App& app) {
  auto arguments = std::make_shared<ServeArguments>();
  arguments->service.server.port = 7860;
  auto* command = app.add_subcommand("serve", "Draw for clients over HTTP");
  command->add_option("--model", arguments->model, "folder or name of the usual model");
  command->add_option("--models-dir", arguments->service.shelf.folder,
                      "a folder whose folders are models too, by their names");
  command->add_option("--lora-dir", arguments->service.shelf.loras,
                      "a folder of low-rank changes that requests may name");
  auto& engine = arguments->service.board.engine;
  command->add_option("--dtype", engine.dtype, "of weights and computation")
      ->check(one_of({"auto", "bf16", "fp32", "int8"}))
      ->capture_default_str();
  command->add_option("--threads", engine.threads, "processor cores; 0: all")
      ->capture_default_str();
  command
      ->add_option("--memory", arguments->memory,
                   "GB of weights that stay loaded, the least recently used go first; 0: a quarter "
                   "of the machine's memory")
      ->check(between(0, 1'000'000))
      ->capture_default_str();
  add_network_options(*command, *arguments);
  add_limit_options(*command, *arguments);
  command->footer(kServeExamples);
  command->callback([arguments] { run_serve(*arguments); });
}

}  // namespace imagine::workshop
