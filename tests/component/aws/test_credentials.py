"""Where keys come from, and when they are fetched again. The service's answers say nothing; its requests show who signed."""
import re
import time
import unittest
import urllib.parse

from rig import KEYS, Case, call, closes, error, refuses, replies

FINE = replies({})
SECRET = "canary-secret-4567"
ROLE = "arn:aws:iam::123456789012:role/sluice"
INSTANCE = "/latest/meta-data/iam/security-credentials/"


def expiry(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def metadata(key="AKIDMETA", seconds=3600, **more):
    """An answer of a metadata service; keys of the n-th answer are told apart by their number."""
    count = [0]

    def step(handler):
        count[0] += 1
        handler.answer(200, {"Code": "Success", "AccessKeyId": f"{key}{count[0]}", "SecretAccessKey": SECRET, "Token": "canary-token", "Expiration": expiry(seconds), **more})
    return step


def sts(key="AKIDROLE", seconds=3600):
    def step(handler):
        handler.answer(200, f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>canary&amp;token</SessionToken>
  <Expiration>{expiry(seconds)}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>""")
    return step


def signers(server):
    return [re.search(r"Credential=([^/]*)/", request.headers["Authorization"])[1] for request in server.requests]


class Chain(Case):
    def setUp(self):
        super().setUp()
        self.service = self.script(FINE)

    def signer(self, environment, **more):
        [answer] = self.probe(self.service.url, call(), environment=environment, **more)
        self.assertEqual((answer.error, answer.message), (0, ""))
        return signers(self.service)[-1]

    def failure(self, environment, **more):
        [answer] = self.probe(self.service.url, call(), environment=environment, **more)
        self.assertEqual(answer.error, -126)
        self.assertEqual(self.service.requests, [])
        return answer.message

    def test_environment_comes_first(self):
        """Q-11."""
        agent = self.script(metadata())
        self.assertEqual(self.signer({**KEYS, "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url}), "AKIDTEST")
        self.assertEqual(agent.requests, [])

    def test_half_a_pair_is_an_error(self):
        self.assertIn("environment: AWS_SECRET_ACCESS_KEY is not set", self.failure({"AWS_ACCESS_KEY_ID": "AKIDTEST"}))

    def test_who_was_asked_and_why_each_had_none_is_told(self):
        self.assertEqual(
            self.failure({}),
            "there are no AWS credentials. environment: AWS_ACCESS_KEY_ID is not set; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
            "container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; profile: there is no shared credentials file with a profile 'default'; "
            "instance: AWS_EC2_METADATA_DISABLED is set")

    def test_token_of_a_service_account_is_exchanged(self):
        security = self.script(sts())
        environment = {"AWS_WEB_IDENTITY_TOKEN_FILE": self.file("token", "canary.jwt/+=\n"), "AWS_ROLE_ARN": ROLE, "AWS_ENDPOINT_URL_STS": security.url}
        self.assertEqual(self.signer(environment), "AKIDROLE")
        [request] = security.requests
        self.assertEqual(dict(urllib.parse.parse_qsl(request.body)), {
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "sluice", "WebIdentityToken": "canary.jwt/+="})
        self.assertIsNone(request.headers["Authorization"])
        self.assertEqual(request.headers.get_all("Accept"), ["text/xml"])
        self.assertEqual(self.service.requests[0].headers["X-Amz-Security-Token"], "canary&token")

    def test_refused_token_is_told_and_nobody_else_is_asked(self):
        """What comes later in the chain may have rights that nobody meant."""
        security = self.script(refuses(400, "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token expired</Message></Error></ErrorResponse>"))
        agent = self.script(metadata())
        message = self.failure({"AWS_WEB_IDENTITY_TOKEN_FILE": self.file("token", "canary"), "AWS_ROLE_ARN": ROLE, "AWS_ENDPOINT_URL": security.url,
                                "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url})
        self.assertIn("web identity: STS answered with HTTP status 400 ExpiredTokenException: Token expired", message)
        self.assertEqual(agent.requests, [])

    def test_token_file_that_is_not_there_is_named(self):
        path = str(self.folder / "absent")
        self.assertIn(f"web identity: {path} cannot be read: No such file", self.failure({"AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": ROLE}))

    def test_service_that_hides_for_a_while_is_asked_again(self):
        security = self.script(closes, refuses(503, ""), sts())  # lost on a new connection: else the HTTP door itself sends it again
        self.assertEqual(self.signer({"AWS_WEB_IDENTITY_TOKEN_FILE": self.file("token", "canary"), "AWS_ROLE_ARN": ROLE, "AWS_ENDPOINT_URL_STS": security.url}), "AKIDROLE")

    def test_container_agent_is_asked_with_its_token(self):
        agent = self.script(by_path={"/v1/credentials?x=1": [metadata()]})
        environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url + "/v1/credentials?x=1", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": self.file("token", "canary-pod\n"),
                       "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one"}
        self.assertEqual(self.signer(environment), "AKIDMETA1")
        self.assertEqual(agent.requests[0].headers["Authorization"], "canary-pod")
        self.assertEqual(self.service.requests[0].headers["X-Amz-Security-Token"], "canary-token")

    def test_container_agent_in_trouble_is_asked_three_times(self):
        agent = self.script(refuses(500, ""), closes, metadata())
        self.assertEqual(self.signer({"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url}), "AKIDMETA1")
        agent = self.script(refuses(500, ""))
        self.service.requests.clear()
        self.assertIn("container: the agent answered with HTTP status 500", self.failure({"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url}))
        self.assertEqual(len(agent.requests), 3)

    def test_secrets_are_asked_for_in_plain_only_nearby(self):
        """S-8: in clear text only on this machine, by addresses."""
        for url in ("http://10.0.0.1/", "http://agent.example/", "http://127.0.0.1.example/", "http://169.254.1.1/", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"):
            with self.subTest(url=url):
                self.assertRegex(self.failure({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}), "not on this machine|is no URL")
        self.assertIn("no address of the machine's own",
                      self.failure({"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://metadata.example"}))

    def test_token_of_two_lines_is_refused(self):
        """It would be two headers."""
        for token in ("a\r\nX-Other: b", "a\nb"):
            self.assertIn("two lines", self.failure({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": token}))

    def test_answer_of_an_agent_that_is_none_is_refused(self):
        cases = [
            (replies("x"), "is not understood"),
            (replies("[" * 100), "is not understood"),
            (replies({"AccessKeyId": "a", "SecretAccessKey": "b"}), "does not say when the keys expire"),
            (metadata(SecretAccessKey=""), "its secret access key is empty"),
            (metadata(AccessKeyId="a\nb"), "its access key id has blanks"),
            (metadata(Token="canary" * 4000), "its session token is longer than 16384 bytes"),
            (metadata(Code="Failed"), "no success"),
            (replies("x" * 70000), "agent does not answer"),
        ]
        for step, text in cases:
            with self.subTest(text=text):
                agent = self.script(step)
                self.assertIn(text, self.failure({"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url}))

    def test_instance_is_asked_with_a_session_token(self):
        """IMDSv2: version 1 is never asked."""
        instance = self.script(by_path={"/latest/api/token": [replies("canary-imds")], INSTANCE: [replies("node-role\n")], INSTANCE + "node-role": [metadata("AKIDNODE")]})
        environment = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url + "/"}
        self.assertEqual(self.signer(environment), "AKIDNODE1")
        token, role, keys = {request.path: request for request in instance.requests}.values()
        self.assertEqual((token.method, token.headers["X-aws-ec2-metadata-token-ttl-seconds"]), ("PUT", "21600"))
        self.assertEqual([request.headers["X-aws-ec2-metadata-token"] for request in (role, keys)], ["canary-imds"] * 2)

    def test_instance_without_a_role_or_token_is_told(self):
        instance = self.script(by_path={"/latest/api/token": [replies("canary-imds")]})
        environment = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url}
        self.assertIn(f"instance: {instance.url} has no role: HTTP status 404", self.failure(environment))
        instance = self.script(refuses(403, ""))
        environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = instance.url
        self.assertIn("has no token: HTTP status 403", self.failure(environment))
        self.assertEqual(len(instance.requests), 1)

    def test_machine_that_is_no_instance_is_told_in_time(self):
        """Within ten seconds, when nobody answers."""
        began = time.monotonic()
        message = self.failure({"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
        self.assertIn("instance: http://127.0.0.1:1 does not answer", message)
        self.assertLess(time.monotonic() - began, 10)


    def test_silence_is_told_in_time(self):
        """Where packets to the metadata's address go nowhere."""
        instance = self.script(lambda handler: time.sleep(1.5))
        began = time.monotonic()
        message = self.failure({"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url})
        self.assertIn("does not answer: Connection timed out", message)
        self.assertLess(time.monotonic() - began, 10)


class Profile(Case):
    def setUp(self):
        super().setUp()
        self.service = self.script(FINE)
        (self.folder / ".aws").mkdir()

    def look(self, **environment):
        [answer] = self.probe(self.service.url, call(), environment=environment)
        return answer.message or signers(self.service)[-1]

    def test_profile_of_the_home(self):
        self.file(".aws/credentials", f"[other]\naws_access_key_id=AKIDOTHER\naws_secret_access_key={SECRET}\n\n[default]\naws_access_key_id = AKIDHOME\naws_secret_access_key = {SECRET}\n")
        self.assertEqual(self.look(), "AKIDHOME")
        self.assertEqual(self.look(AWS_PROFILE="other"), "AKIDOTHER")
        self.assertIn("profile: profile 'third' does not exist", self.look(AWS_PROFILE="third"))

    def test_profile_of_the_config_file(self):
        path = self.file("config", f"[profile work]\nregion = eu-west-1\ns3 =\n  aws_access_key_id = nested\naws_access_key_id = AKIDWORK\naws_secret_access_key = {SECRET}\n[profile sso]\nsso_session = x\n")
        self.assertEqual(self.look(AWS_PROFILE="work", AWS_CONFIG_FILE=path), "AKIDWORK")
        self.assertIn("sso_session in profile 'sso' is not supported", self.look(AWS_PROFILE="sso", AWS_CONFIG_FILE=path))

    def test_file_that_is_named_must_be_there(self):
        self.assertIn("/absent, which AWS_SHARED_CREDENTIALS_FILE names, cannot be read", self.look(AWS_SHARED_CREDENTIALS_FILE="/absent"))

    def test_file_beyond_its_limit_is_refused(self):
        """S-10."""
        path = self.file("long", "#" * ((1 << 20) + 1))
        self.assertIn("cannot be read", self.look(AWS_SHARED_CREDENTIALS_FILE=path))


class Role(Case):
    def test_role_is_assumed_with_the_keys_of_the_chain(self):
        """Q-9: role_arn and external_id of the client properties."""
        service, security = self.script(FINE), self.script(sts())
        [answer] = self.probe(service.url, call(), environment={**KEYS, "AWS_ENDPOINT_URL_STS": security.url}, roleArn=ROLE, externalId="a b")
        self.assertEqual((answer.status, signers(service), signers(security)), (200, ["AKIDROLE"], ["AKIDTEST"]))
        [request] = security.requests
        self.assertEqual(dict(urllib.parse.parse_qsl(request.body)), {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "sluice", "ExternalId": "a b"})
        self.assertIn("/eu-west-1/sts/aws4_request", request.headers["Authorization"])

    def test_role_that_is_denied_is_told(self):
        service = self.script(FINE)
        security = self.script(refuses(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: u is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"))
        [answer] = self.probe(service.url, call(), environment={**KEYS, "AWS_ENDPOINT_URL_STS": security.url}, roleArn=ROLE)
        self.assertEqual(answer.error, -126)
        self.assertEqual(answer.message, "there are no AWS credentials. role: STS answered with HTTP status 403 AccessDenied: User: u is not authorized to perform: sts:AssumeRole")

    def test_role_without_keys_below_it_names_the_providers(self):
        service, security = self.script(FINE), self.script(sts())
        [answer] = self.probe(service.url, call(), environment={"AWS_ENDPOINT_URL_STS": security.url}, roleArn=ROLE)
        self.assertIn("environment: AWS_ACCESS_KEY_ID is not set", answer.message)
        self.assertEqual(security.requests, [])


class Refresh(Case):
    def agent(self, *steps):
        agent = self.script(*steps)
        return agent, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url}

    def test_one_fetch_serves_all_who_wait(self):
        """Q-11."""
        def late(handler):
            time.sleep(0.5)
            metadata()(handler)
        service = self.script(FINE)
        agent, environment = self.agent(late)
        answers = self.probe(service.url, *[call()] * 50, at_once=True, environment=environment)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len(agent.requests), 1)

    def test_keys_are_fetched_again_before_they_expire(self):
        """Short-lived ones after half of their life."""
        service = self.script(FINE)
        agent, environment = self.agent(metadata("AKIDA", 14), metadata("AKIDB", 301))
        answers = self.probe(service.url, call(), call(), call(afterMs=7500), call(afterMs=300), environment=environment)
        self.assertEqual([answer.error for answer in answers], [0, 0, 0, 0])
        self.assertEqual(signers(service)[:2] + signers(service)[3:], ["AKIDA1", "AKIDA1", "AKIDB1"])
        self.assertEqual(len(agent.requests), 2)

    def test_old_keys_serve_while_new_ones_cannot_be_had(self):
        service = self.script(FINE)
        agent, environment = self.agent(metadata("AKIDA", 30), refuses(400, "{}"))
        answers = self.probe(service.url, call(), call(afterMs=15500), call(afterMs=300), environment=environment)
        self.assertEqual([answer.error for answer in answers], [0, 0, 0])
        self.assertEqual(signers(service), ["AKIDA1"] * 3)
        self.assertEqual(len(agent.requests), 2)

    def test_call_waits_for_keys_that_have_expired(self):
        service = self.script(FINE)
        agent, environment = self.agent(metadata("AKIDA", 14), metadata("AKIDB"))
        self.probe(service.url, call(), call(afterMs=5000), environment=environment)
        self.assertEqual(signers(service), ["AKIDA1", "AKIDB1"])

    def test_keys_that_a_service_refuses_are_fetched_again(self):
        """A token that expired early: calls that were refused together share one fetch."""
        def refuse_old(handler):
            (error("ExpiredToken", status=403) if "AKIDMETA1/" in handler.headers["Authorization"] else FINE)(handler)
        service = self.script(refuse_old)
        agent, environment = self.agent(metadata())
        answers = self.probe(service.url, *[call()] * 20, at_once=True, environment=environment)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len(agent.requests), 2)

    def test_keys_that_are_always_refused_are_told(self):
        service = self.script(error("InvalidClientTokenId", "The security token included in the request is invalid", status=403))
        agent, environment = self.agent(metadata())
        [answer] = self.probe(service.url, call(), environment=environment)
        self.assertEqual((answer.code, len(service.requests), len(agent.requests)), ("InvalidClientTokenId", 2, 2))
        service.requests.clear()
        [answer] = self.probe(service.url, call())
        self.assertEqual((answer.code, len(service.requests)), ("InvalidClientTokenId", 1))

    def test_service_that_takes_its_time_to_refuse_is_asked_twice(self):
        def refuse_late(handler):
            time.sleep(1.2)
            error("ExpiredToken", status=403)(handler)
        service = self.script(refuse_late)
        agent, environment = self.agent(metadata())
        [answer] = self.probe(service.url, call(), environment=environment)
        self.assertEqual((answer.code, len(service.requests)), ("ExpiredToken", 2))

    def test_keys_that_are_always_refused_are_not_fetched_for_every_call(self):
        service = self.script(error("ExpiredToken", status=403))
        agent, environment = self.agent(metadata())
        began = time.monotonic()
        answers = self.probe(service.url, *[call()] * 30, environment=environment)
        self.assertEqual({answer.code for answer in answers}, {"ExpiredToken"})
        self.assertLessEqual(len(agent.requests), 2 + int(time.monotonic() - began))

    def test_keys_that_have_expired_when_they_come_are_none(self):
        service = self.script(FINE)
        agent, environment = self.agent(metadata(seconds=-5))
        answers = self.probe(service.url, call(), call(), environment=environment)
        self.assertEqual({(answer.error, answer.message) for answer in answers}, {(-126, "there are no AWS credentials. container: its keys have expired, or do so soon")})
        self.assertLessEqual(len(agent.requests), 2)

    def test_call_does_not_wait_for_keys_beyond_its_deadline(self):
        def never(handler):
            time.sleep(3)
        service = self.script(FINE)
        agent, environment = self.agent(never)
        [answer] = self.probe(service.url, call(deadlineMs=300), environment=environment)
        self.assertEqual((answer.error, service.requests), (-110, []))
        self.assertIn("waited too long for credentials", answer.message)

    def test_failure_is_told_to_all_who_waited(self):
        service = self.script(FINE)
        agent, environment = self.agent(refuses(400, "{}"))
        answers = self.probe(service.url, *[call()] * 20, at_once=True, environment=environment)
        self.assertEqual(([answer.error for answer in answers], len(agent.requests)), ([-126] * 20, 1))

    def test_call_after_a_failure_tries_again(self):
        service = self.script(FINE)
        agent, environment = self.agent(refuses(400, "{}"), metadata())
        answers = self.probe(service.url, call(), call(afterMs=1200), environment=environment)
        self.assertEqual([answer.error for answer in answers], [-126, 0])
        self.assertEqual(len(agent.requests), 2)


if __name__ == "__main__":
    unittest.main()
