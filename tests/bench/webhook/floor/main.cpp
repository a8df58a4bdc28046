// SPDX-License-Identifier: Apache-2.0
// The floor that acr-webhook is measured against: a TLS server that looks for the uid of a review and answers with a
// constant, as thin as OpenSSL on epoll allows. It trusts what it reads and survives nothing: floor PORT CERTIFICATE
// KEY.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kBefore =
    R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":")";
constexpr std::string_view kAfter =
    R"(","allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL2ltYWdlUHVsbFNlY3JldHMiLCJ2YWx1ZSI6W3sibmFtZSI6ImFjci1jcmVkZW50aWFsLXNlY3JldC1hZ2dyZWdhdGlvbiJ9XX1d","auditAnnotations":{"decision":"patched"}}})";

struct Connection {
  int descriptor;
  SSL* ssl;
  bool shaken = false;
  std::string bytes;
};

std::array<char, 16 * 1024> space;

/// The whole length of the first request in `bytes`; 0 = not all there.
std::size_t request_length(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const auto length = bytes.find("Content-Length: ");
  const auto body = length < end ? std::strtoul(bytes.data() + length + 16, nullptr, 10) : 0;
  return bytes.size() < end + 4 + body ? 0 : end + 4 + body;
}

std::string answer_to(std::string_view request) {
  const auto mark = request.find(R"("uid":")");
  const auto uid = mark == std::string_view::npos ? std::string_view() : request.substr(mark + 7, 36);
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  answer += std::to_string(kBefore.size() + uid.size() + kAfter.size());
  answer += "\r\n\r\n";
  return answer.append(kBefore).append(uid).append(kAfter);
}

/// Serves what there is. False: the connection has ended.
bool serve(Connection& connection) {
  SSL* const ssl = connection.ssl;
  if (!connection.shaken) {
    const int done = SSL_accept(ssl);
    if (done != 1) return SSL_get_error(ssl, done) == SSL_ERROR_WANT_READ;
    connection.shaken = true;
  }
  do {
    const int read = SSL_read(ssl, space.data(), static_cast<int>(space.size()));
    if (read <= 0) return SSL_get_error(ssl, read) == SSL_ERROR_WANT_READ;
    connection.bytes.append(space.data(), static_cast<std::size_t>(read));
    while (const auto length = request_length(connection.bytes)) {
      const auto answer = answer_to(std::string_view(connection.bytes).substr(0, length));
      if (SSL_write(ssl, answer.data(), static_cast<int>(answer.size())) <= 0) return false;
      connection.bytes.erase(0, length);
    }
  } while (SSL_has_pending(ssl) != 0);
  return true;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* match = nullptr;
  static constexpr std::string_view kOurs = "\x08http/1.1";
  if (SSL_select_next_proto(&match, length, reinterpret_cast<const unsigned char*>(kOurs.data()), kOurs.size(), offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* make_context(const char* certificate, const char* key) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  const bool good = SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1;
  return good ? context : nullptr;
}

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return -1;
  return ::listen(listener, 1024) == 0 ? listener : -1;
}

void accept_one(int poll, int listener, SSL_CTX* context) {
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  auto* const connection = new Connection{.descriptor = descriptor, .ssl = SSL_new(context), .bytes = {}};
  SSL_set_fd(connection->ssl, descriptor);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

void end(Connection* connection) {
  SSL_free(connection->ssl);
  ::close(connection->descriptor);
  delete connection;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const context = make_context(argv[2], argv[3]);
  const int listener = listen_on(static_cast<std::uint16_t>(std::atoi(argv[1])));
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (context == nullptr || listener < 0 || ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) != 0) return 1;
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      ERR_clear_error();
      if (connection == nullptr) {
        accept_one(poll, listener, context);
      } else if (!serve(*connection)) {
        end(connection);
      }
    }
  }
}
