"""A split on a real cluster, from `helm install` to the template as it was."""

ANNA = {"author": "^anna$"}
BOB = {"author": "^bob$"}


def test_case_18_and_w_1_two_developers_and_everything_as_before(story):
    """CASE-1, CASE-18, W-1, C-2: two pods, two developers, and at the end the template byte for byte."""
    story.deploy(instances=2)
    producer = story.producer("1", rate=100)
    anna = story.session(story.served_by, "anna", ANNA).start()
    bob = story.session(story.developer("bob"), "bob", BOB).start()
    story.flow(400)
    producer.stop()
    story.wait_all_collected(story.deployed, anna, bob)
    assert anna.end() == 0
    assert bob.end() == 0
    ledger = story.finish(anna, bob)
    assert ledger, "the checker gives a ledger"
