"""A resource followed for ever, over everything that a server and a network can do. S-10."""
from urllib.parse import parse_qs, urlsplit

from rig import SESSIONS, Case, bookmark, event, listing, main, replies, status, streams, thing

GONE = status(410, "Expired", "too old resource version")


def query(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


class Watch(Case):
    def test_list_then_watch(self):
        """Pages of 500; items get the apiVersion and kind that lists leave out; the watch begins at the list's version."""
        server = self.script(replies(200, listing(7, thing("a", 3), more="next/1")), replies(200, listing(7, thing("b", 4))),
                             streams(event("ADDED", thing("c", 8)), event("MODIFIED", thing("a", 9)), event("DELETED", thing("b", 10))))
        self.follow(server)
        first = self.hear()["put"]
        self.assertEqual((first["apiVersion"], first["kind"]), ("sluice.dev/v1alpha1", "SplitSession"))
        self.expect("put b@4", "synced", "healthy", "put c@8", "put a@9", "gone b/u-b")
        pages = server.wait_requests(3)
        self.assertEqual(urlsplit(pages[0].path).path, SESSIONS)
        self.assertEqual(query(pages[0]), {"limit": "500"})
        self.assertEqual(query(pages[1]), {"limit": "500", "continue": "next/1"})
        stream = query(pages[2])
        self.assertTrue(240 <= int(stream.pop("timeoutSeconds")) <= 300)
        self.assertEqual(stream, {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": "7"})

    def test_selectors(self):
        server = self.script(replies(200, listing(1)), streams())
        self.follow(server, namespace="team", name="a", labelSelector="app=x,y")
        server.wait_requests(2)
        for request in server.requests:
            self.assertEqual(urlsplit(request.path).path, "/apis/sluice.dev/v1alpha1/namespaces/team/splitsessions")
            self.assertEqual(query(request)["fieldSelector"], "metadata.name=a")
            self.assertEqual(query(request)["labelSelector"], "app=x,y")

    def test_page_expired(self):
        """CASE-29: 410 on a page: the list begins again, and nothing of the half list counts."""
        server = self.script(replies(200, listing(7, thing("a", 3), more="n")), replies(410, GONE), replies(200, listing(9, thing("b", 8))), streams())
        self.follow(server)
        self.expect("put a@3", "put b@8", "gone a/u-a", "synced", "healthy")
        self.assertNotIn("continue", query(server.wait_requests(3)[2]))

    def test_resumed(self):
        """A stream whose time is over, or that is cut in an event, goes on from the last event or bookmark, without a list."""
        server = self.script(replies(200, listing(1)), streams(event("ADDED", thing("a", 5)), end="close"), streams(bookmark(12), end="close"),
                             streams(event("ADDED", thing("b", 14)), event("ADDED", thing("c", 15))[:20], end="cut"), streams(event("ADDED", thing("c", 15))))
        self.follow(server)
        self.expect("synced", "healthy", "put a@5", "put b@14", "unhealthy", "healthy", "put c@15")
        self.assertEqual([query(r).get("resourceVersion") for r in server.wait_requests(5)], [None, "1", "5", "12", "14"])

    def test_too_old(self):
        """CASE-29: ERROR 410, or HTTP 410: a fresh list, whose difference yields what is gone; nothing was unhealthy."""
        server = self.script(replies(200, listing(1, thing("a", 1), thing("b", 1))), streams(event("ERROR", GONE)), replies(200, listing(9, thing("b", 1), thing("c", 8))),
                             replies(410, GONE), replies(200, listing(11, thing("c", 8))), streams(event("ADDED", thing("d", 12))))
        self.follow(server)
        self.expect("put a@1", "put b@1", "synced", "healthy", "put b@1", "put c@8", "gone a/u-a", "synced")
        self.expect("put c@8", "gone b/u-b", "synced", "put d@12")

    def test_replaced(self):
        """Another uid under the same name is another object."""
        server = self.script(replies(200, listing(1, thing("a", 1))), streams(event("ERROR", GONE)), replies(200, listing(9, thing("a", 8, uid="new"))),
                             streams(event("DELETED", thing("a", 10, uid="new"))))
        self.follow(server)
        self.expect("put a@1", "synced", "healthy", "gone a/u-a", "put a@8", "synced", "gone a/new")

    def test_misunderstood(self):
        """Whatever is no event ends the stream, and a list tells the truth."""
        for bad in (b"no json\n", b'{"type":"NEWS","object":{"metadata":{"name":"x","resourceVersion":"5"}}}\n', b'{"type":"ADDED"}\n',
                    event("ADDED", thing("", 5)), event("ADDED", thing("a", 5, uid="u" * 200)), event("ADDED", thing("n" * 300, 5))):
            with self.subTest(bad=bad):
                server = self.script(replies(200, listing(1)), streams(bad), replies(200, listing(6, thing("a", 5))), streams())
                self.follow(server)
                self.expect("synced", "healthy", "put a@5", "synced")
                self.stop()

    def test_large_event(self):
        """S-10: an event has a limit, also one that never ends."""
        large = thing("a", 5)
        large["spec"] = "x" * 2000
        for parts in ([event("ADDED", large)], [event("ADDED", large)[:-1]]):
            server = self.script(replies(200, listing(1)), streams(*parts), replies(200, listing(6, thing("a", 5))), streams())
            self.follow(server, eventBytesMax=1000)
            self.expect("synced", "healthy", "put a@5", "synced")
            self.stop()

    def test_many_events_at_once(self):
        """The limit is of one event, not of what comes at once; events may be cut anywhere."""
        events = b"".join(event("ADDED", thing(f"a{n}", n)) for n in range(2, 52))
        server = self.script(replies(200, listing(1)), streams(events[:777], events[777:]))
        self.follow(server, eventBytesMax=300)
        self.expect("synced", "healthy", *[f"put a{n}@{n}" for n in range(2, 52)])

    def test_too_many(self):
        """S-10: objects have a limit, in lists and in streams; it is told."""
        server = self.script(replies(200, listing(1, thing("a", 1))), streams(event("ADDED", thing("b", 2))), replies(200, listing(2, thing("a", 1), thing("b", 2))),
                             replies(200, listing(3, thing("b", 2))), streams())
        self.follow(server, objectsMax=1)
        self.expect("put a@1", "synced", "healthy", "put a@1", "unhealthy: there are more than 1 splitsessions")
        self.stop()

    def test_silence(self):
        """CASE-29: a stream that says nothing for longer than it should last is dead; it is resumed."""
        server = self.script(replies(200, listing(3)), streams(), streams(event("ADDED", thing("a", 5))))
        self.follow(server, seconds=1, graceMs=200)
        self.expect("synced", "healthy", "unhealthy: the API server does not answer", "healthy", "put a@5")
        self.assertEqual(query(server.wait_requests(3)[2])["resourceVersion"], "3")

    def test_away_and_back(self):
        """CASE-29: refusals and failures are told once, and retried with Retry-After honoured; then it goes on."""
        server = self.script(replies(503, b"no"), replies(429, status(429, "TooManyRequests", "slow down"), Retry_After=1), replies(200, listing(3)),
                             replies(500, b"no"), streams(event("ADDED", thing("a", 5))))
        self.follow(server)
        self.expect("unhealthy: the API server at http", "synced", "healthy", "put a@5")
        self.assertEqual(query(server.wait_requests(5)[4])["resourceVersion"], "3")

    def test_no_right(self):
        server = self.script(replies(403, status(403, "Forbidden", 'User "x" cannot list resource "splitsessions"')))
        self.follow(server)
        self.expect('unhealthy: User "x" cannot list')
        server.wait_requests(3)

    def test_bad_lists(self):
        for bad in ({}, [], {"kind": "SplitSessionList", "items": []}, {**listing(1), "items": {}}, {**listing(1), "kind": "Status"},
                    listing(1, {"metadata": {}}), b"{"):
            with self.subTest(bad=bad):
                server = self.script(replies(200, bad), replies(200, listing(6, thing("a", 5))), streams())
                self.follow(server)
                self.expect("unhealthy", "put a@5", "synced", "healthy")
                self.stop()

    def test_null_items(self):
        """Some servers say an empty list as null."""
        server = self.script(replies(200, {**listing(1), "items": None}), streams())
        self.follow(server)
        self.expect("synced", "healthy")


if __name__ == "__main__":
    main()
