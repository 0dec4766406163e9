"""What people are shown of the messages that pass: `sluice explain` and `sluice try` (S-11, C-6, C-7)."""
import json
import subprocess

from harness.supervisor import binaries

ANNA = {"author": "^anna$"}
PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}


def sluice(run, *arguments, code=0):
    done = subprocess.run([str(binaries() / "sluice"), *arguments], env=run.served_by.environment(), cwd=run.folder, capture_output=True, text=True, timeout=90)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def lines(run, *arguments):
    return [json.loads(line) for line in sluice(run, *arguments, "-o", "json").splitlines()]


def test_people_are_shown_where_messages_go_and_why(run):
    """S-11: values escaped and cut, no bodies; and a try counts, takes nothing, and refuses what the dialect refuses."""
    run.deploy(app={"instances": 1}, settings=PATIENT)
    anna = run.session(run.served_by, "anna", ANNA).start()
    producer = run.producer(count=100000, rate=60, strange=0.2)
    producer.wait_count(60)
    name = run.split()["status"]["sessions"][0]["name"]
    *samples, over = [line for line in lines(run, "explain", "--for", "4") if line["type"] != "running"]
    assert over["type"] == "over" and over["passed"] >= len(samples) > 0 and over["matched"] > 0, over
    assert {"author", "uid"} <= {header["name"] for header in over["headers"]}, over
    keys = {"type", "position", "time", "went", "session", "copies", "sessionsLeftOut", "sessions"}
    for sample in samples:
        topic, partition, offset = sample["position"].rsplit("/", 2)
        assert topic == run.topic and int(partition) < 4 and int(offset) >= 0 and set(sample) <= keys, sample
        (session,) = sample["sessions"]
        (found,) = session["filters"]
        assert session["name"] == name and found["name"] == "author" and found["pattern"] == "^anna$", sample
        taken = found["verdict"] == "matches"
        assert sample["went"] == ("session" if taken else "application") and session["gets"] == ("message" if taken else "nothing"), sample
        assert (found["value"] == "anna") == taken if found["values"] == 1 and "value" in found else not taken or found["values"] > 1, sample
        assert len(found.get("value", "")) <= 4 * 256, sample
    assert {"matches", "differs"} <= {sample["sessions"][0]["filters"][0]["verdict"] for sample in samples}
    text = sluice(run, "explain", "--for", "2s")
    assert f" -> {name}\n  {name} gets it\n    author matches '^anna$': \"anna\"\n" in text and "headers seen: " in text, text

    over = lines(run, "try", "--filter", "author=^bob$", "--filter", "uid=.", "--for", "3")[-1]
    assert over["type"] == "over" and 0 < over["matched"] < over["examined"], over
    author, uid = sorted(over["filters"], key=lambda found: found["name"])
    assert author["pattern"] == "^bob$" and author["matches"] >= over["matched"] and author["differs"] > 0, over
    assert uid["matches"] == over["examined"], over
    text = sluice(run, "try", "--filter", "Author=^bob$", "--for", "2")
    assert "0 of " in text and "there is 'author', and the filter asks for 'Author'" in text, text
    refused = sluice(run, "try", "--filter", "author=[a-z&&[^b]]", code=73)
    assert 'header "author"' in refused and "FilterInvalid" in refused, refused
    assert "NAME=REGEX" in sluice(run, "try", "--filter", "author", code=64)
    assert "1s to 60s" in sluice(run, "explain", "--for", "2m", code=64)
    producer.stop()
    anna.end()
    run.finish(anna)  # nothing is missing, and anna has all of hers
