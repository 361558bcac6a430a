package karpenter.app.demo;

import java.util.List;
import java.util.Map;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.port.ClusterSource;

/**
 * What the demo asks of a cluster, as its administrator. Calls block, carry a deadline, and throw {@link
 * IllegalStateException} with the server's answer when it says no.
 */
interface DemoCluster extends AutoCloseable {
    /** Whether an object of that kind and name exists. */
    boolean exists(Document document);

    /**
     * Creates the object. Every CustomResourceDefinition that was created before another object is served by then.
     *
     * @return false when an object of that name exists already; it is left as it is
     */
    boolean create(Document document);

    /** Asks for deletion, of dependents in the background; nothing happens when there is no such object. */
    void delete(Document document);

    /** A watch of everything the story tells; to be started by the caller. */
    ClusterSource watch();

    /** Every node that there is now. */
    List<Present> nodes();

    /**
     * A node before the demo.
     *
     * @param simulated whether KWOK may play it
     * @param pool the NodePool that its label names, empty when none
     */
    record Present(String name, boolean simulated, String pool) {}

    /** Removes the finalizers and the object: for what is left when the controller can't do it any more. */
    void wipe(Node node);

    /** Removes the finalizers and the object: for what is left when the controller can't do it any more. */
    void wipe(NodeClaim claim);

    /**
     * Where the controller meant pods to run, as its Nominated events say.
     *
     * @return by pod uid, the names of the NodeClaim and the Node that the event names
     */
    Map<String, List<String>> nominations();

    /** A token of that service account; it goes when the account goes. */
    String tokenOf(String namespace, String serviceAccount);

    @Override
    void close();
}
