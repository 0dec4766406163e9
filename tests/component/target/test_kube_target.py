"""One workload on its way to what is wanted, over an API server that refuses, and people who interfere: W-1 to W-9, C-2, C-3, C-11."""
import unittest

from kube_rig import ANNOTATION, LABEL, TEMP, TOPIC, Case, workload


class Life(Case):
    def test_patched_and_restored(self):
        """C-2, C-3, CASE-2, CASE-18: one patch; ready only when the last unpatched pod is gone; and back to the first bytes."""
        before = self.deploy()
        self.start()
        self.until("read", lambda seen: seen["exists"] and not seen["unread"])
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.assertEqual(self.template()["metadata"]["labels"][LABEL], "true")
        self.until_waits_for("shop-old-0", "shop-old-1")
        template = self.template()
        self.add_set(2, template, replicas=2)
        self.add_pod("shop-2-0", template, owner=("ReplicaSet", "shop-2", "u-shop-2"))
        self.cluster.delete("pods", "shop-old-0")
        self.until("one patched pod", lambda seen: seen["patchedReady"] == 1 and "shop-old-1" in seen["waitsFor"])
        self.assertFalse(self.last["unpatchedGone"])
        pod = self.cluster.get("pods", "shop-old-1")
        pod["metadata"]["deletionTimestamp"] = "2999-01-01T00:00:00Z"
        self.cluster.put("pods", pod)
        self.until_waits_for("shop-old-1 (terminating)")
        self.cluster.delete("pods", "shop-old-1")
        self.until_state("ready", unpatchedGone=True, patchedReady=1)
        self.assertEqual(len(self.cluster.asked("PATCH", "/deployments/")), 1)  # W-3

        self.want(past=[TOPIC])
        self.until_topic("orders")
        after = self.cluster.get("deployments", "shop")
        self.assertEqual(after["spec"], before["spec"])
        self.assertEqual(after["metadata"]["annotations"], before["metadata"]["annotations"])
        self.until_waits_for("shop-2-0")
        self.add_set(2, template)
        self.add_pod("shop-3-0", after["spec"]["template"])
        self.cluster.delete("pods", "shop-2-0")
        self.until_state("ready")

    def test_nothing_wanted_asks_for_little(self):
        """P-13: a target that nobody has patched is read, and neither written nor listed again."""
        self.deploy()
        self.start()
        self.until("read", lambda seen: seen["exists"] and not seen["unread"])
        self.want()
        self.until_state("ready")
        self.assertEqual(self.cluster.asked("PATCH"), [])
        for plural in ("deployments/shop", "deployments", "pods", "replicasets"):
            self.assertLessEqual(len(self.cluster.asked("GET", f"/{plural}$")), 2)  # the list and its watch

    def test_the_proof_is_a_fresh_list(self):
        """C-11: the watch says that nobody is left, but a list of this moment knows better."""
        self.deploy()
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        late = self.cluster.get("pods", "shop-old-0")
        hidden = []

        def come_back(cluster):  # as if the watch had not told of it: without an event
            with cluster.changed:
                if not hidden:
                    hidden.append(cluster.objects.setdefault(("pods", "web", "shop-hidden"), {**late, "metadata": {**late["metadata"], "name": "shop-hidden"}}))
        self.cluster.fault("GET", "/pods$", come_back, times=1)
        self.roll()
        self.until_asked("GET", "/pods$", 4)
        self.assertNotEqual(self.last.get("state"), "ready")
        with self.cluster.changed:
            del self.cluster.objects[("pods", "web", "shop-hidden")]
        self.until_state("ready")

    def test_an_error_while_listing_is_not_none(self):
        """C-11"""
        self.deploy()
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.cluster.fault("GET", "/pods$", 403)
        self.roll()
        self.until_state("failed", unpatchedGone=False)
        self.assertIn("listed", self.last["text"])
        self.until_state("ready", unpatchedGone=True)

    def test_a_new_driver_finds_what_is_in_force(self):
        """CASE-4: no second rollout, and it can restore what an earlier one patched."""
        before = self.patched()
        self.stop()
        self.start()
        self.want(TOPIC)
        self.until_state("ready", patchedReady=2)
        self.assertEqual(len(self.cluster.asked("PATCH", "/deployments/")), 1)
        self.stop()
        self.start()
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.assertEqual(self.cluster.get("deployments", "shop")["spec"], before["spec"])
        self.until_waits_for("shop-2-0")

    def test_scaled_to_zero(self):
        """W-4: ready at once."""
        self.deploy(replicas=0)
        self.start()
        self.want(TOPIC)
        self.until_state("ready", scaledToZero=True, patchedReady=0)

    def test_what_holds_it_back_is_named(self):
        """W-4"""
        self.deploy(paused=True)
        self.start()
        self.want(TOPIC)
        self.until_waits_for("paused")
        self.assertEqual((self.last["state"], self.last["reason"]), ("rolling", "TargetPaused"))

    def test_progress(self):
        """A pod that gets further is progress; one that starts again and again is not (CASE-30)."""
        self.deploy()
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.until_waits_for("shop-old-0")
        before = self.last["progress"]
        template, owner = self.template(), ("ReplicaSet", "shop-2", "u-shop-2")
        self.add_pod("shop-2-0", template, owner, ready=False)
        self.until("progress", lambda seen: seen["progress"] > before)
        before = self.last["progress"]
        for reason in ("CrashLoopBackOff", "Error"):
            pod = self.cluster.get("pods", "shop-2-0")
            pod["status"]["containerStatuses"] = [{"name": "main", "state": {"waiting": {"reason": reason}}}]
            self.cluster.put("pods", pod)
            self.until_waits_for("shop-2-0", reason)
        self.assertEqual(self.last["progress"], before)


class Refusals(Case):
    def test_conflicts_are_read_again(self):
        """W-8, CASE-29: 409 and 422, then ours; 500 too."""
        for code in (409, 422, 500):
            with self.subTest(code=code):
                self.cluster.fault("PATCH", "/deployments/", code)
                self.deploy()
                self.start()
                self.want(TOPIC)
                self.until_topic(TEMP)
                self.stop()
                self.doCleanups()
                self.setUp()

    def test_somebody_is_faster(self):
        """W-8: a change between read and patch is kept, and the patch hits the right place."""
        def insert(cluster):
            document = cluster.get("deployments", "shop")
            document["spec"]["template"]["spec"]["containers"].insert(0, {"name": "proxy"})
            cluster.put("deployments", document)
        self.deploy()
        self.cluster.fault("PATCH", "/deployments/", insert)
        self.start()
        self.want(TOPIC)
        self.until_state("rolling")
        self.until_asked("PATCH", "/deployments/", 2)
        for _ in range(100):
            containers = self.template()["spec"]["containers"]
            if len(containers[1].get("env", [])) and containers[1]["env"][-1]["value"] == TEMP:
                break
            self.wait_change()
        self.assertEqual(containers[0], {"name": "proxy"})
        self.assertEqual(containers[1]["env"][-1]["value"], TEMP)
        self.until_waits_for("shop-old-0")
        self.assertNotIn("failed", self.states)  # it was read again at once

    def test_an_answer_that_was_lost(self):
        """The patch was done, but 500 came back: it is ours already."""
        def do_it(cluster):
            present = cluster.get("deployments", "shop")
            present["spec"]["template"]["spec"]["containers"][0]["env"][-1]["value"] = TEMP
            cluster.put("deployments", present)
        self.deploy()
        self.start()
        self.cluster.fault("PATCH", "/deployments/", do_it)
        self.want({**TOPIC, "original": {**TOPIC["original"], "sha256": "8b7b8f1d"}})
        self.until_state("rolling")
        self.until_topic(TEMP)

    def test_without_the_right(self):
        """The message is the server's; it is tried again."""
        self.deploy()
        self.cluster.fault("PATCH", "/deployments/", 403)
        self.start()
        self.want(TOPIC)
        self.until_state("failed", reason="NotPermitted")
        self.until_topic(TEMP)

    def test_a_container_that_is_not_there(self):
        self.deploy()
        self.start()
        self.want({**TOPIC, "container": "none"})
        self.until_state("failed", reason="ContainerNotFound")
        self.assertEqual(self.cluster.asked("PATCH"), [])

    def test_stopped(self):
        """A leader that lost its Lease writes nothing."""
        self.deploy()
        self.start()
        self.until("read", lambda seen: seen["exists"])
        self.tell(stop=True)
        self.want(TOPIC)
        self.change(lambda d: d["metadata"].update(labels={"x": "y"}))
        self.assertEqual(self.stored()["metadata"]["uid"], "u-shop")
        self.assertEqual(self.cluster.asked("PATCH"), [])


    def test_another_leads(self):
        """A leader that was frozen wakes up with an answer in its hands, before it hears that its time is over."""
        self.deploy()
        self.start()
        self.until("read", lambda seen: seen["exists"])
        self.tell(mayWrite=False)
        self.want(TOPIC)
        self.until_state("failed")
        self.assertIn("does not lead", self.last["text"])
        self.assertEqual(self.cluster.asked("PATCH"), [])
        self.tell(mayWrite=True)
        self.until_topic(TEMP)


class Names(Case):
    def test_the_store_has_the_originals(self):
        """Names resolve to the originals while a split is live; status and what we wrote are not there."""
        before = self.patched()
        document = self.until_stored(lambda d: d is not None)
        self.assertEqual(document["spec"], before["spec"])
        self.assertNotIn(ANNOTATION, document["metadata"]["annotations"])

    def test_config_maps(self):
        """W-2: those that its containers name, as they change."""
        env = [{"name": "TOPIC", "valueFrom": {"configMapKeyRef": {"name": "names", "key": "topic"}}}]
        self.cluster.put("configmaps", {"metadata": {"name": "names"}, "data": {"topic": "orders"}})
        self.cluster.put("configmaps", {"metadata": {"name": "others"}, "data": {"x": "y"}})
        self.deploy(env=env)
        self.start()
        self.until("read", lambda seen: seen["exists"] and not seen["unread"])
        self.until_stored(lambda d: d and d["data"] == {"topic": "orders"}, kind="ConfigMap", name="names")
        self.assertIsNone(self.stored(kind="ConfigMap", name="others"))
        self.cluster.put("configmaps", {"metadata": {"name": "names"}, "data": {"topic": "orders-2"}})
        self.until_stored(lambda d: d and d["data"] == {"topic": "orders-2"}, kind="ConfigMap", name="names")
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.assertIsNotNone(self.stored(kind="ConfigMap", name="names"))
        self.cluster.delete("configmaps", "names")
        self.until_stored(lambda d: d is None, kind="ConfigMap", name="names")


    def test_more_config_maps_than_there_is_room_for(self):
        """One too many leaves those that are followed as they are."""
        def refer(name):
            return {"name": name.upper(), "valueFrom": {"configMapKeyRef": {"name": name, "key": "k"}}}
        names = [f"names-{i}" for i in range(64)]
        for name in ["one-more", *names]:
            self.cluster.put("configmaps", {"metadata": {"name": name}, "data": {"k": name}})
        self.deploy(env=[refer(name) for name in names])
        self.start()
        self.until("read", lambda seen: seen["exists"] and not seen["unread"])
        self.change(lambda d: d["spec"]["template"]["spec"]["containers"][0]["env"].insert(0, refer("one-more")))
        self.until_stored(lambda d: d and len(d["spec"]["template"]["spec"]["containers"][0]["env"]) == 65)
        self.assertIsNotNone(self.stored(kind="ConfigMap", name="names-63"))
        self.assertIsNone(self.stored(kind="ConfigMap", name="one-more"))
        asked = [query for _, _, query, _ in self.cluster.asked("GET", "/configmaps$") if "names-63" in query.get("fieldSelector", "")]
        self.assertLessEqual(len(asked), 2)  # the list and its watch


class StatefulSet(Case):
    plural, kind = "statefulsets", "StatefulSet"

    def add_revision(self, number, template):
        self.cluster.put("controllerrevisions", {
            "metadata": {"name": f"shop-{number}", "labels": {"app": "shop"}, "ownerReferences": [{"kind": "StatefulSet", "uid": "u-shop", "controller": True}]},
            "data": {"spec": {"template": template}}, "revision": number})

    def test_life(self):
        """W-5, W-9: pods by their own owner; old revisions go."""
        owner = ("StatefulSet", "shop", "u-shop")
        before = self.cluster.put(self.plural, workload(replicas=1))
        self.add_revision(1, self.template())
        self.add_pod("shop-0", owner=owner)
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.until_waits_for("shop-0")
        self.add_revision(2, self.template())
        self.cluster.delete("pods", "shop-0")
        self.add_pod("shop-0", owner=owner, uid="second")
        self.until_state("ready", patchedReady=1)
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.change(lambda d: d.update(status={"currentRevision": "shop-1", "updateRevision": "shop-1"}))
        self.cluster.delete("pods", "shop-0")
        self.add_pod("shop-0", owner=owner, uid="third")
        self.until_state("ready")
        self.assertEqual(self.cluster.names("controllerrevisions"), ["shop-1"])
        self.assertEqual(self.cluster.get(self.plural, "shop")["spec"], before["spec"])

    def test_on_delete(self):
        """W-4"""
        self.cluster.put(self.plural, workload(updateStrategy={"type": "OnDelete"}))
        self.add_pod("shop-0", owner=("StatefulSet", "shop", "u-shop"))
        self.start()
        self.want(TOPIC)
        self.until_waits_for("OnDelete")


class Rollout(Case):
    plural, kind = "rollouts", "Rollout"

    def test_a_paused_canary_is_named(self):
        """W-4; merging of lists is unknown to custom resources, JSON Patch is not (W-8)."""
        self.cluster.put(self.plural, workload())
        self.add_set(1, self.template(), replicas=2)
        self.add_pod("shop-1-0")
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.change(lambda d: d.update(status={"pauseConditions": [{"reason": "CanaryPauseStep"}]}))
        self.until_waits_for("canary")
        self.assertEqual(self.last["reason"], "TargetPromotion")


if __name__ == "__main__":
    unittest.main(verbosity=2)
