"""Describe TLS failures: the server's certificate, the client's, and protocol versions."""

from __future__ import annotations

import ssl

from llmctl.errors import Hint
from llmctl.http.ca_bundle import ca_bundle
from llmctl.http.cancellation import Cancellation
from llmctl.http.network_failure import NetworkFailure


def tls_failure(
    error: ssl.SSLError, progress: Cancellation, has_client_cert: bool
) -> NetworkFailure | None:
    """Return the failure if another attempt would fail in the same way, else None."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_failure(error)
    alert = (error.reason or "").rpartition("ALERT_")[2]
    if alert in _CLIENT_CERT_ALERTS and not progress.is_answered:
        # It came in the handshake or, with TLS 1.3, in place of the response: whatever was sent,
        # the server did nothing with it.
        return _client_cert_failure(_CLIENT_CERT_ALERTS[alert], progress, has_client_cert)
    if alert == "HANDSHAKE_FAILURE" and not progress.sent:
        # With TLS 1.2, this is also how servers refuse a client without a certificate.
        return _handshake_failure(progress, has_client_cert)
    reason = _TLS_REASONS.get(error.reason or "")
    if reason is None:
        return None
    is_plain_proxy = progress.is_at_proxy and reason == _NO_TLS
    hint = Hint(f"set HTTPS_PROXY to http://{progress.proxy}") if is_plain_proxy else None
    return NetworkFailure(reason, sent=progress.sent, is_final=True, hint=hint)


_NO_TLS = "this port does not use TLS"
_TLS_REASONS = dict.fromkeys(
    ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"), _NO_TLS
) | dict.fromkeys(
    ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"),
    "it supports no secure TLS version",
)

# The alerts 42 to 49 and 116, by which a server refuses the client's certificate or the lack of
# one. OpenSSL's names for them start with a protocol version, which says nothing.
_CLIENT_CERT_ALERTS = {
    "BAD_CERTIFICATE": "bad certificate",
    "UNSUPPORTED_CERTIFICATE": "unsupported certificate",
    "CERTIFICATE_REVOKED": "certificate revoked",
    "CERTIFICATE_EXPIRED": "certificate expired",
    "CERTIFICATE_UNKNOWN": "certificate unknown",
    "ILLEGAL_PARAMETER": "illegal parameter",
    "UNKNOWN_CA": "unknown CA",
    "ACCESS_DENIED": "access denied",
    "CERTIFICATE_REQUIRED": "certificate required",
}
_CLIENT_CERT_HINT = Hint(
    "set client_cert and client_key of the profile, or LLMCTL_CLIENT_CERT and LLMCTL_CLIENT_KEY "
    "with a key from the environment"
)
_CHECK_CLIENT_CERT = Hint("check the certificate that client_cert or LLMCTL_CLIENT_CERT names")


def _client_cert_failure(
    alert: str, progress: Cancellation, has_client_cert: bool
) -> NetworkFailure:
    if has_client_cert and not progress.is_at_proxy:
        reason, hint = f"client certificate rejected: {alert}", _CHECK_CLIENT_CERT
    else:
        named = "" if alert == "certificate required" else f" (TLS alert: {alert})"
        reason, hint = f"client certificate required{named}", _CLIENT_CERT_HINT
    return NetworkFailure(reason, is_final=True, hint=None if progress.is_at_proxy else hint)


def _handshake_failure(progress: Cancellation, has_client_cert: bool) -> NetworkFailure:
    if progress.is_at_proxy:
        return NetworkFailure("TLS handshake failed", is_final=True)
    if has_client_cert:
        reason, hint = "the server may have rejected the client certificate", _CHECK_CLIENT_CERT
    else:
        reason, hint = "the server may require a client certificate", _CLIENT_CERT_HINT
    return NetworkFailure(f"TLS handshake failed; {reason}", is_final=True, hint=hint)


_CLOCK_CODES = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAME_CODES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_ISSUER_CODES = (2, 18, 19, 20, 21)  # an issuer is missing, or the certificate is its own
_FORM_CODES = range(78, 95)  # X509_V_FLAG_X509_STRICT: the form that RFC 5280 requires


def _certificate_failure(error: ssl.SSLCertVerificationError) -> NetworkFailure:
    code, bundle = error.verify_code, ca_bundle()
    if code in _CLOCK_CODES:
        hint = "check this machine's clock, then the server's certificate"
    elif code in _NAME_CODES:
        hint = "check the host: the certificate is for another host"
    elif code in _ISSUER_CODES and bundle.variable:
        hint = f"{bundle} does not contain its issuer; add the issuer's certificate to it"
    elif code in _ISSUER_CODES:
        hint = (
            "if a private authority signed it, set REQUESTS_CA_BUNDLE to that authority's file "
            f"(in use: {bundle})"
        )
    elif code in _FORM_CODES:
        hint = f"the authority has to reissue it in the form of RFC 5280 (in use: {bundle})"
    else:
        hint = f"check the certificates in {bundle}"
    reason = f"its TLS certificate was rejected: {error.verify_message}"
    return NetworkFailure(reason, is_final=True, hint=Hint(hint))
