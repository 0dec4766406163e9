"""TLS with a CA of one's own, client certificates, names, and whom not to believe. S-9."""
import ssl
import subprocess

from rig import Case, main

GET = {"method": "GET", "path": "/x"}


def who(handler):
    """Answers with the name in the client's certificate and what was asked for."""
    certificate = handler.connection.getpeercert() or {}
    names = dict(pair for part in certificate.get("subject", ()) for pair in part)
    handler.answer(200, {"client": names.get("commonName"), "host": handler.headers["Host"]})


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.ca = self.authority("ca")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                     "-keyout", f"{name}.key", "-out", f"{name}.crt")
        return self.folder / f"{name}.crt"

    def leaf(self, name, alternative=None):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        extra = self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", str(extra), "-out", f"{name}.crt")
        return str(self.folder / f"{name}.crt"), str(self.folder / f"{name}.key")

    def server(self, alternative="IP:127.0.0.1", clients=False, most=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.leaf("server", alternative))
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        if most:
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = most
            context.set_ciphers("ALL:@SECLEVEL=0")
        return self.script(who, tls=context)

    def test_own_ca(self):
        """As file and as data."""
        server = self.server()
        for access in ({"caFile": str(self.ca)}, {"ca": self.ca.read_text()}):
            answer, = self.calls(server, GET, **access)
            self.assertEqual((answer["error"], answer["status"]), (0, 200), answer["text"])

    def test_wrong_ca(self):
        """S-9: another CA, or only the system's: not believed, and nothing was sent, the token least of all."""
        server = self.server()
        for access in ({"caFile": str(self.authority("other"))}, {}):
            answer, = self.calls(server, GET, token="secret", **access)
            self.assertEqual((answer["status"], answer["reason"]), (0, "ApiServerUntrusted"))
        self.assertEqual(server.requests, [])

    def test_insecure(self):
        """Only where the user's own file says so."""
        answer, = self.calls(self.server("DNS:other"), GET, insecure=1)
        self.assertEqual(answer["status"], 200, answer["text"])

    def test_name(self):
        """S-9: the certificate is for the host, or for tls-server-name, which is asked for; Host is the host's."""
        server = self.server("DNS:kube.internal")
        answer, = self.calls(server, GET, caFile=str(self.ca))
        self.assertEqual(answer["reason"], "ApiServerUntrusted")
        answer, = self.calls(server, GET, caFile=str(self.ca), tlsServerName="kube.internal")
        self.assertEqual(answer["status"], 200, answer["text"])
        self.assertEqual("https://" + answer["body"]["host"], server.url)
        answer, = self.calls(server, GET, caFile=str(self.ca), tlsServerName="kube.external")
        self.assertEqual(answer["reason"], "ApiServerUntrusted")

    def test_client_certificate(self):
        server = self.server(clients=True)
        certificate, key = self.leaf("jane")
        answer, = self.calls(server, GET, caFile=str(self.ca), certificateFile=certificate, keyFile=key)
        self.assertEqual((answer["status"], (answer["body"] or {}).get("client")), (200, "jane"), answer["text"])
        answer, = self.calls(server, GET, caFile=str(self.ca))
        self.assertLess(answer["error"], 0)

    def test_useless_files(self):
        server = self.server()
        bad = self.folder / "bad"
        bad.write_text("no PEM")
        certificate, key = self.leaf("jane")
        for access in ({"caFile": str(bad)}, {"caFile": str(self.ca), "certificateFile": str(bad), "keyFile": key},
                       {"caFile": str(self.ca), "certificateFile": certificate, "keyFile": str(bad)}):
            answer, = self.calls(server, GET, **access)
            self.assertEqual(answer["reason"], "ClusterAccessInvalid", (access, answer["text"]))

    def test_old_tls(self):
        """S-9: 1.2 at least."""
        answer, = self.calls(self.server(most=ssl.TLSVersion.TLSv1_1), GET, caFile=str(self.ca))
        self.assertLess(answer["error"], 0)


if __name__ == "__main__":
    main()
