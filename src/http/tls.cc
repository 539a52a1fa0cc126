#include "http/tls.h"

#include <array>
#include <cstring>
#include <ctime>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/bounded_files.h"
#include "base/check.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

// TLS 1.3 has none but good ones; of 1.2, those with forward secrecy and authenticated encryption.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// What OpenSSL says of the last failure; it keeps a queue for each thread, which is empty afterwards.
std::string last_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

base::Error refused(const std::filesystem::path& path, std::string_view what) {
  return base::invalid_argument(path.string() + ": " + std::string(what) + " (" + last_tls_error() + ")");
}

// A server must not ask its terminal for a password.
int no_password(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) { return 0; }

// The one protocol we speak inside TLS.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void* /*data*/) {
  static constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, kOurs.data(), kOurs.size(), offered, offered_length);
  *out = chosen;
  // Who offers only others is served all the same, as a client that knows nothing of the extension.
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void configure(SSL_CTX* context) {
  CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  CHECK(SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // A connection that waits holds no buffers of OpenSSL's.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Sessions travel in tickets; nothing is kept for them here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using MemoryBio = std::unique_ptr<BIO, Free<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

bool is_address(const std::string& host) {
  std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> address(a2i_IPADDRESS(host.c_str()));
  ERR_clear_error();
  return address != nullptr;
}

// The names a certificate is for, as OpenSSL's notation for extensions has them. A host that could end its item there
// and begin another is none.
base::Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) {
    const bool is_name = !host.empty() && host.find_first_not_of(
                                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789-_.*") == std::string::npos;
    if (!is_address(host) && !is_name) {
      return base::invalid_argument(base::quoted_for_message(host) + " is neither a host name nor an address");
    }
    if (!out.empty()) out += ',';
    out += (is_address(host) ? "IP:" : "DNS:") + host;
  }
  return out;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// 127 bits that make this certificate another than the last.
bool set_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_new());
  return number != nullptr && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// What a certificate says of itself.
struct Contents {
  const char* common_name;
  std::vector<std::pair<int, std::string>> extensions;
  std::time_t from;
  std::time_t to;
};

Contents contents_of(const char* common_name, std::vector<std::pair<int, std::string>> extensions, base::WallTime now,
                     std::chrono::days validity) {
  const base::WallTime from = now - std::chrono::days(1);
  return {common_name, std::move(extensions), std::chrono::system_clock::to_time_t(from),
          std::chrono::system_clock::to_time_t(from + validity)};
}

// Fills the certificate of `key`, and signs it with the issuer's.
bool fill(X509* certificate, EVP_PKEY* key, const Contents& contents, X509* issuer, EVP_PKEY* issuer_key) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const auto* const common_name = reinterpret_cast<const unsigned char*>(contents.common_name);
  if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
      ASN1_TIME_set(X509_getm_notBefore(certificate), contents.from) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), contents.to) == nullptr ||
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) != 1 ||
      X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 || X509_set_pubkey(certificate, key) != 1) {
    return false;
  }
  for (const auto& [kind, value] : contents.extensions) {
    if (!add_extension(certificate, issuer, kind, value)) return false;
  }
  return X509_sign(certificate, issuer_key, EVP_sha256()) != 0;
}

// A certificate with a new key. Without an issuer it is its own.
base::Result<SelfSigned> make_certificate(const Contents& contents, X509* issuer, EVP_PKEY* issuer_key) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  const MemoryBio certificate_text(BIO_new(BIO_s_mem()));
  const MemoryBio key_text(BIO_new(BIO_s_mem()));
  CHECK(key != nullptr && certificate != nullptr && certificate_text != nullptr && key_text != nullptr);
  if (!fill(certificate.get(), key.get(), contents, issuer == nullptr ? certificate.get() : issuer,
            issuer_key == nullptr ? key.get() : issuer_key) ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return base::invalid_argument(std::string("a certificate of ") + contents.common_name + ": " + last_tls_error());
  }
  return SelfSigned{text_of(certificate_text.get()), text_of(key_text.get())};
}

// Of a certificate that a server shows.
std::vector<std::pair<int, std::string>> server_extensions(const std::string& names) {
  return {{NID_subject_alt_name, names},
          {NID_basic_constraints, "critical,CA:FALSE"},
          {NID_key_usage, "critical,digitalSignature"},
          {NID_ext_key_usage, "serverAuth"}};
}

}  // namespace

base::Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  // OpenSSL would look for a beginning in a file without an end.
  for (const auto& file : {files.certificate, files.key}) {
    const auto is_small = base::check_small_file(file);
    if (!is_small && is_small.error().code() == base::ErrorCode::kInvalidArgument) return is_small.error();
  }
  SSL_CTX* const native = SSL_CTX_new(TLS_server_method());
  CHECK(native != nullptr);  // out of memory
  const std::shared_ptr<const TlsContext> context(new TlsContext(native));
  configure(native);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(native, files.certificate.c_str()) != 1) {
    return refused(files.certificate, "cannot be read as a certificate in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(native, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refused(files.key, "cannot be read as this certificate's private key in PEM, without a password");
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return refused(files.key, "is not the key of " + files.certificate.string());
  }
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

base::WallTime TlsContext::not_after() const {
  std::tm time{};
  const X509* const certificate = SSL_CTX_get0_certificate(context_);
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return base::WallTime{};
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::from_time_t(timegm(&time)));
}

std::string TlsContext::fingerprint() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  CHECK(X509_digest(SSL_CTX_get0_certificate(context_), EVP_sha256(), digest.data(), &length) == 1);
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (unsigned int i = 0; i < length; ++i) {
    if (i > 0) out += ':';
    out += kDigits[digest[i] >> 4U];
    out += kDigits[digest[i] & 15U];
  }
  return out;
}

base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, base::WallTime now,
                                          std::chrono::days validity) {
  TRY_ASSIGN(const std::string names, alternative_names(hosts));
  return make_certificate(contents_of("Waybill", server_extensions(names), now, validity), nullptr, nullptr);
}

base::Result<SelfSigned> make_authority(const std::string& host, base::WallTime now, std::chrono::days validity) {
  TRY_ASSIGN(const std::string names, alternative_names({host}));
  if (!names.starts_with("DNS:")) return base::invalid_argument(base::quoted_for_message(host) + " is no host name");
  return make_certificate(contents_of("Waybill client proxy",
                                      {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                       {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                       {NID_name_constraints, "critical,permitted;" + names},
                                       {NID_subject_key_identifier, "hash"}},
                                      now, validity),
                          nullptr, nullptr);
}

base::Result<SelfSigned> make_signed(const SelfSigned& authority, const std::string& host, base::WallTime now,
                                     std::chrono::days validity) {
  TRY_ASSIGN(const std::string names, alternative_names({host}));
  const auto read_only = [](const std::string& text) {
    return MemoryBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  };
  const Certificate issuer(PEM_read_bio_X509(read_only(authority.certificate).get(), nullptr, no_password, nullptr));
  const Key issuer_key(PEM_read_bio_PrivateKey(read_only(authority.key).get(), nullptr, no_password, nullptr));
  if (issuer == nullptr || issuer_key == nullptr) {
    return base::invalid_argument("the authority is no certificate and key in PEM: " + last_tls_error());
  }
  auto extensions = server_extensions(names);
  extensions.emplace_back(NID_authority_key_identifier, "keyid:always");
  return make_certificate(contents_of("Waybill", std::move(extensions), now, validity), issuer.get(), issuer_key.get());
}

}  // namespace waybill::http
