"""What others do to a workload while it is patched, and what is left behind: W-6, W-9, C-19."""
import unittest

from kube_rig import ANNOTATION, TEMP, TOPIC, Case, workload


class People(Case):
    def test_reverts(self):
        """W-6, CASE-17: repaired three times within one event each, then left, with the advice."""
        self.patched()
        for i in range(3):
            self.set_topic("orders")
            self.until_asked("PATCH", "/deployments/", 2 + i)
            self.until_topic(TEMP)
            self.until("repaired", lambda seen: seen["state"] in ("rolling", "ready"))
        self.set_topic("orders")
        self.until_state("failed", reason="TargetReverted", unpatchedGone=False)
        self.assertIn("managedFieldsManagers", self.last["text"])
        self.assertEqual(len(self.cluster.asked("PATCH", "/deployments/")), 4)
        self.set_topic(TEMP)  # the other tool gave in
        self.until_state("ready")

    def test_a_reverted_pod_is_named(self):
        """W-6: while one runs, the target is not patched."""
        self.patched()
        self.add_pod("shop-back", workload()["spec"]["template"])
        self.until("seen", lambda seen: not seen["unpatchedGone"] and "shop-back" in seen["waitsFor"])
        self.cluster.delete("pods", "shop-back")
        self.until_state("ready", unpatchedGone=True)

    def test_the_annotation_is_lost(self):
        """It comes back without a rollout, with the original; and counts as no revert. There is no fight over it either."""
        before = self.patched()
        for i in range(3):
            self.change(lambda d: d["metadata"]["annotations"].pop(ANNOTATION))
            self.until_asked("PATCH", "/deployments/", 2 + i)
            self.until_annotation(True)
            self.until_state("ready")
        self.change(lambda d: d["metadata"]["annotations"].pop(ANNOTATION))
        self.add_pod("shop-back", workload()["spec"]["template"])
        self.until_waits_for("shop-back")  # it has seen what came before
        self.cluster.delete("pods", "shop-back")
        self.until_state("ready")
        self.assertEqual(len(self.cluster.asked("PATCH", "/deployments/")), 4)
        self.assertNotIn(ANNOTATION, self.cluster.get("deployments", "shop")["metadata"]["annotations"])
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.assertEqual(self.cluster.get("deployments", "shop")["spec"], before["spec"])

    def test_an_image_is_changed(self):
        """Somebody's own rollout goes on with our entries, and stays when they go."""
        self.patched()
        self.change(lambda d: d["spec"]["template"]["spec"]["containers"][0].update(image="shop:2"))
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.assertEqual(self.template()["spec"]["containers"][0]["image"], "shop:2")

    def test_deleted(self):
        """C-11, CASE-3, W-10: gone, but a pod that ends slowly still uses the temporary queue: it is held until that is gone."""
        self.patched()
        self.cluster.delete("deployments", "shop")
        self.until("held", lambda seen: seen["held"] and not seen["exists"])
        self.assertIn("shop-2-0", self.last["waitsFor"])
        self.tell(set=[], past=[TOPIC], uid="u-shop")
        for name in self.cluster.names("pods"):
            self.cluster.delete("pods", name)
        self.until("let go", lambda seen: not seen["held"] and not seen["exists"])

    def test_the_proof_of_its_end_is_a_fresh_list(self):
        """C-11: the watch says that no pod of a deleted workload is left, but a list of this moment knows better."""
        self.patched()
        late = self.cluster.get("pods", "shop-2-0")
        self.tell(set=[], past=[TOPIC], uid="u-shop")
        before = len(self.cluster.asked("GET", "/pods$"))
        with self.cluster.changed:  # as if the watch had not told of it: without an event
            self.cluster.objects["pods", "web", "shop-hidden"] = {**late, "metadata": {**late["metadata"], "name": "shop-hidden"}}
        self.cluster.delete("deployments", "shop")
        for name in ("shop-2-0", "shop-2-1"):
            self.cluster.delete("pods", name)
        self.until_asked("GET", "/pods$", before + 2)
        self.stored()
        self.assertTrue(self.last["held"] and not self.last["exists"])
        with self.cluster.changed:
            del self.cluster.objects["pods", "web", "shop-hidden"]
        self.until("let go", lambda seen: not seen["held"] and not seen["exists"])

    def test_made_again(self):
        """Another object of that name: what was wanted of the first is not done to it."""
        self.patched()
        self.cluster.delete("deployments", "shop")
        self.cluster.put("deployments", {**workload(), "metadata": {"name": "shop", "uid": "another"}})
        self.until("seen", lambda seen: seen["uid"] == "another" and seen["exists"])
        self.assertEqual(self.env()[-1]["value"], "orders")
        self.want(TOPIC)
        self.until_topic(TEMP)

    def test_forgotten(self):
        """Nobody speaks of it any more: it is no longer watched, and no longer in the store."""
        self.deploy()
        self.start()
        self.until("read", lambda seen: seen["exists"])
        self.assertIsNotNone(self.stored())
        self.tell(concerned=False)
        self.until_stored(lambda document: document is None)


class Leavings(Case):
    def restored(self):
        self.patched()
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.roll(3)
        self.until_state("ready")

    def test_old_revisions_go(self):
        """W-9, CASE-18: nothing is left that `kubectl rollout undo` could bring back; the names are kept."""
        self.restored()
        self.assertEqual(self.cluster.names("replicasets"), ["shop-1", "shop-3"])
        retired = self.cluster.get("configmaps", "sluice-retired-names", "mirrord")
        self.assertEqual(len(retired["data"]), 1)
        self.assertNotIn("u-shop", str(retired["metadata"].get("ownerReferences")))

    def test_a_revision_that_is_used_is_waited_for(self):
        """W-9: it goes once its controller has left it."""
        self.patched()
        template = self.template()
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.add_set(2, template, replicas=1)
        for name in self.cluster.names("pods"):
            self.cluster.delete("pods", name)
        self.until_waits_for("shop-2", "used no more")
        self.add_set(2, template)
        self.until_state("ready")
        self.assertNotIn("shop-2", self.cluster.names("replicasets"))

    def test_a_revision_that_changed_is_looked_at_again(self):
        """W-9: its version is another than in the list, by its status alone; and one that went by itself is no trouble."""
        self.cluster.fault("DELETE", "/replicasets/", 409)
        self.restored()
        self.assertEqual(len(self.cluster.asked("DELETE", "/replicasets/shop-2")), 2)
        self.assertNotIn("shop-2", self.cluster.names("replicasets"))

    def test_another_target_makes_the_list_of_names(self):
        """W-9: both found none; the names of both are kept."""
        self.cluster.fault("POST", "/configmaps$", lambda cluster: cluster.put(
            "configmaps", {"metadata": {"name": "sluice-retired-names"}, "data": {"other": "{}"}}, "mirrord"))
        self.restored()
        retired = self.cluster.get("configmaps", "sluice-retired-names", "mirrord")
        self.assertIn("shop", "".join(retired["data"].values()))

    def test_while_credentials_are_refused(self):
        """It is no missing right: what was to be cleaned up is not given up."""
        self.cluster.fault("DELETE", "/replicasets/", 401)
        self.restored()
        self.assertNotIn("shop-2", self.cluster.names("replicasets"))

    def stuck(self, ready):
        """Restored, but the controller keeps a patched pod, because no other gets ready."""
        self.patched()
        template = self.template()
        self.want(past=[TOPIC], restartTimeoutMs=200)
        self.until_topic("orders")
        self.add_pod("shop-back", self.template(), ready=False)
        self.cluster.put("replicasets", {**self.cluster.get("replicasets", "shop-2"), "status": {"replicas": 2, "readyReplicas": ready}})
        self.assertEqual(self.cluster.get("replicasets", "shop-2")["spec"]["template"], template)

    def test_a_restore_that_comes_no_further(self):
        """CASE-30, W-9: pods that are not ready are given up with their revision, and it counts as restored once they are gone."""
        self.stuck(0)
        self.until_asked("DELETE", "/replicasets/shop-2")
        self.until("told", lambda seen: seen["state"] == "rolling" and "shop-2" in seen["waitsFor"])
        for i in range(2):
            self.cluster.delete("pods", f"shop-2-{i}")
        self.until_state("ready")

    def test_a_pod_that_is_ready_is_not_given_up(self):
        """W-9: it serves somebody; its revision stays as long as its controller wants it."""
        self.stuck(1)
        self.until_asked("GET", "/replicasets", 6)
        self.assertFalse(self.cluster.asked("DELETE", "/replicasets/shop-2"))
        self.until_waits_for("shop-2")

    def test_without_the_right_to_delete(self):
        """It says so in the log and goes on."""
        self.cluster.fault("DELETE", "/replicasets/", 403)
        self.cluster.fault("PATCH", "/configmaps/", 403)
        self.restored()
        self.assertIn("shop-2", self.cluster.names("replicasets"))

    def test_an_old_name_comes_back(self):
        """W-9: an old revision that somebody kept is taken back, by the retired name alone."""
        self.restored()
        first = self.template()
        self.set_topic(TEMP)
        self.until_asked("PATCH", "/deployments/", 3)
        self.until_topic("orders")
        self.assertEqual(self.template(), first)


    def test_an_old_name_is_seen_through(self):
        """W-9: whoever splits a workload that has one is told its original, before it is restored."""
        self.restored()
        self.stop()
        self.set_topic(TEMP)
        self.start()
        self.until_stored(lambda document: document and document["spec"]["template"]["spec"]["containers"][0]["env"][-1]["value"] == "orders")


class Autoscalers(Case):
    """C-19, CASE-17"""

    def add_scalers(self):
        target = {"kind": "Deployment", "name": "shop"}
        metric = {"type": "External", "external": {"metric": {"name": "lag", "selector": {"matchLabels": {"topic": "orders"}}}}}
        self.hpa = self.cluster.put("horizontalpodautoscalers", {"metadata": {"name": "shop"}, "spec": {"scaleTargetRef": target, "metrics": [metric]}})
        self.keda = self.cluster.put("scaledobjects", {"metadata": {"name": "shop"}, "spec": {"scaleTargetRef": {"name": "shop"}, "triggers": [
            {"type": "kafka", "metadata": {"topic": "orders", "consumerGroup": "billing"}}]}})

    def test_they_follow_the_queue(self):
        """Pointed before the workload is patched, and back with its restore."""
        self.add_scalers()
        self.patched()
        self.assertEqual(self.cluster.get("scaledobjects", "shop")["spec"]["triggers"][0]["metadata"]["topic"], TEMP)
        labels = self.cluster.get("horizontalpodautoscalers", "shop")["spec"]["metrics"][0]["external"]["metric"]["selector"]["matchLabels"]
        self.assertEqual(labels, {"topic": TEMP})
        patches = [path.split("/")[-2] for _, path, _, _ in self.cluster.asked("PATCH")]
        self.assertEqual(patches, ["horizontalpodautoscalers", "scaledobjects", "deployments"])
        self.want(past=[TOPIC])
        self.until_topic("orders")
        self.assertEqual(self.cluster.get("scaledobjects", "shop")["spec"], self.keda["spec"])
        self.assertEqual(self.cluster.get("horizontalpodautoscalers", "shop")["spec"], self.hpa["spec"])

    def test_the_workload_was_restored_by_others(self):
        """Nothing of ours is on it any more, but its autoscalers still have the temporary name."""
        self.add_scalers()
        before = self.patched()
        self.stop()
        self.add_set(2, self.template())
        self.cluster.put("deployments", before)
        for name in self.cluster.names("pods"):
            self.cluster.delete("pods", name)
        self.start()
        self.want(past=[TOPIC])
        self.until_state("ready")
        self.assertEqual(self.cluster.get("scaledobjects", "shop")["spec"], self.keda["spec"])
        self.assertEqual(self.cluster.get("horizontalpodautoscalers", "shop")["spec"], self.hpa["spec"])

    def test_a_kind_that_is_not_installed(self):
        self.cluster.fault("GET", "/scaledobjects$", 404)
        self.patched()

    def test_a_conflict(self):
        """Somebody changes it between list and patch: looked at again."""
        self.add_scalers()
        self.cluster.fault("PATCH", "/scaledobjects/", 422)
        self.patched()
        self.assertEqual(self.cluster.get("scaledobjects", "shop")["spec"]["triggers"][0]["metadata"]["topic"], TEMP)

    def test_one_that_cannot_be_pointed(self):
        self.add_scalers()
        self.hpa["spec"]["metrics"][0]["external"]["metric"]["name"] = "lag_of_orders"
        self.cluster.put("horizontalpodautoscalers", self.hpa)
        self.deploy()
        self.start()
        self.want(TOPIC)
        self.until_state("failed", reason="AutoscalerConflict")
        self.assertEqual(self.env()[-1]["value"], "orders")
        self.want(TOPIC, ignoreAutoscaler=True)
        self.until_topic(TEMP)


if __name__ == "__main__":
    unittest.main(verbosity=2)
