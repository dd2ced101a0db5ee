"""Findings of an independent scanner in a master's TLS."""

import re
import subprocess
import sys

import pytest

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA = ["-newkey", "rsa:2048"]


@pytest.fixture(params=[CURVE, RSA], ids=["ecdsa", "rsa"])
def tls_master(request, own_master, tmp_path):
    """A master whose certificate is its own CA."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", *request.param, "-nodes", "-days", "90", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return own_master("--local-workers", 0, "--tls-cert", certificate, "--tls-key", key)


def test_a_scanner_finds_nothing(tls_master):
    """sslyze, measured by Mozilla's "intermediate" configuration: versions, suites, curves, known attacks."""
    scan = subprocess.run(
        [sys.executable, "-m", "sslyze", "--mozilla_config=intermediate", f"localhost:{tls_master.port}"],
        capture_output=True, text=True, timeout=300)
    findings = re.findall(r"^ +\* (\w+): (.*)$", scan.stdout.partition("COMPLIANCE AGAINST")[2], re.MULTILINE)
    # The scanner does not know the test's own CA.
    assert [finding for finding in findings if finding[0] != "certificate_path_validation"] == [], scan.stdout
    assert findings, f"the scan did not finish: {scan.stdout}{scan.stderr}"
    # Injection of CCS, Heartbleed, ROBOT, renegotiation.
    assert "VULNERABLE" not in scan.stdout and scan.stdout.count("OK - Not vulnerable") == 4, scan.stdout
