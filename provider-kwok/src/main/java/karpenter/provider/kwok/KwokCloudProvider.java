package karpenter.provider.kwok;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import karpenter.api.Condition;
import karpenter.api.GoDuration;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.Taint;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Launches simulated machines: a machine is a Node object that KWOK's controllers keep alive.
 *
 * <p><b>Identity.</b> A machine's name is a function of its claim's uid, and the Node carries that uid. A repeated launch finds
 * the same Node, and a launched claim whose Node was still to be created when the process died gets it under the same name
 * ({@link #resume}; {@link #get} and {@link #list} look too, so that such a machine never counts as gone).
 *
 * <p><b>End.</b> The simulated hardware stops when deletion of the Node is accepted. The object itself may stay until the
 * controller's finalizer is removed, which in turn waits for the machine to be gone; hence a Node that is being deleted counts
 * as gone.
 *
 * <p><b>Resources.</b> As upstream's, a node's capacity is what its claim requests and its allocatable is the type's, so limits
 * and usage of a pool count requests, and more pods can be planned onto a node up to the type's size. A claim that requests
 * nothing (a static pool's) has the type's capacity: KWOK would fill in 1,000 cores otherwise.
 *
 * <p><b>Differs from upstream.</b> A type without an available compatible offering is skipped, where upstream takes its price as
 * 0. A claim without a list of instance types may have any. Termination deletes the Node and says so when it has happened, where
 * upstream deletes the NodeClaim and always says so. Nodes that this provider did not make are never listed, found or deleted.
 * Ties in price are broken by the claim's uid, not at random.
 */
public final class KwokCloudProvider implements CloudProvider {
    private static final Logger LOG = LoggerFactory.getLogger(KwokCloudProvider.class);

    private static final String NAME = "kwok";
    private static final String PROVIDER_ID_PREFIX = "kwok://";
    private static final NodeClassKind NODE_CLASS = new NodeClassKind(KwokLabels.GROUP, "KWOKNodeClass");
    private static final String PARTITION = "a";
    private static final Duration REPAIR_TOLERATION = Duration.ofMinutes(10);
    private static final int LONGEST_LABEL_VALUE = 63;
    /** Room for the claim's name, so that {@code kwok-<claim>-<10 hex digits>} is still a legal label value. */
    private static final int LONGEST_NAME_PART = LONGEST_LABEL_VALUE - "kwok-".length() - 11;

    private final List<InstanceType> types;
    private final Map<String, InstanceType> typesByName = new HashMap<>();
    private final InstanceTypesResult typesResult;
    private final ProviderLabels labels;
    private final ObjectReader<Node> nodes;
    private final ObjectWriter<Node> nodeWriter;
    private final Function<String, ReadResult<KwokNodeClass>> nodeClasses;
    private final Supplier<? extends Collection<NodeClaim>> claims;
    private final TimeSource time;
    private final NodeBoots boots;

    /**
     * @param types what can be launched, see {@link KwokInstanceTypes} and {@link InstanceTypeFile}
     * @param nodes reads Nodes past the image: whether a machine exists must not be answered from a cache
     * @param nodeClasses reads the KWOKNodeClass of a name
     * @param claims all NodeClaims known now, for finding launched ones without a Node
     * @param executor runs the creation of Nodes, which blocks
     */
    public KwokCloudProvider(
            List<InstanceType> types,
            ObjectReader<Node> nodes,
            ObjectWriter<Node> nodeWriter,
            Function<String, ReadResult<KwokNodeClass>> nodeClasses,
            Supplier<? extends Collection<NodeClaim>> claims,
            TimeSource time,
            Executor executor) {
        this.types = List.copyOf(types);
        this.typesResult = new InstanceTypesResult.Found(this.types);
        this.nodes = nodes;
        this.nodeWriter = nodeWriter;
        this.nodeClasses = nodeClasses;
        this.claims = claims;
        this.time = time;
        this.boots = new NodeBoots(nodeWriter, time, executor);
        for (InstanceType type : this.types) {
            typesByName.put(type.name(), type);
        }
        this.labels = new ProviderLabels(
                KwokInstanceTypes.wellKnownLabels(this.types),
                Set.of(KwokLabels.GROUP),
                KwokInstanceTypes.reservationLabels(this.types));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<NodeClassKind> supportedNodeClasses() {
        return List.of(NODE_CLASS);
    }

    @Override
    public ProviderLabels labels() {
        return labels;
    }

    @Override
    public InstanceTypesResult instanceTypes(NodePool pool) {
        return typesResult;
    }

    @Override
    public DriftResult drift(NodeClaim claim) {
        return new DriftResult.NotDrifted();
    }

    @Override
    public List<RepairPolicy> repairPolicies() {
        return List.of(
                new RepairPolicy("Ready", Condition.FALSE, REPAIR_TOLERATION),
                new RepairPolicy("Ready", Condition.UNKNOWN, REPAIR_TOLERATION));
    }

    @Override
    public LaunchResult launch(NodeClaim claim) {
        String nodeName = nodeName(claim);
        Node booting = boots.find(nodeName);
        if (booting != null) {
            return new LaunchResult.Launched(machine(booting));
        }
        return switch (nodes.get(nodeName)) {
            case ReadResult.Found<Node>(Node node) -> relaunched(claim, node);
            case ReadResult.NotFound<Node> none -> launchNew(claim, nodeName);
            case ReadResult.Unavailable<Node>(String message) ->
                failed("can't find out whether node " + nodeName + " exists already: " + message);
        };
    }

    private static LaunchResult relaunched(NodeClaim claim, Node node) {
        String uid = node.metadata().annotations().get(KwokLabels.NODE_CLAIM_UID);
        if (!claim.metadata().uid().equals(uid)) {
            return failed("node " + node.name()
                    + " exists and was not launched for this claim; delete that node or recreate the claim");
        }
        if (node.metadata().deleting()) {
            return failed("node " + node.name() + " of this claim is being deleted");
        }
        return new LaunchResult.Launched(machine(node));
    }

    private LaunchResult launchNew(NodeClaim claim, String nodeName) {
        String nodeClassName = claim.spec().nodeClassRef().name();
        return switch (nodeClasses.apply(nodeClassName)) {
            case ReadResult.Found<KwokNodeClass>(KwokNodeClass nodeClass) -> launchNew(claim, nodeName, nodeClass);
            case ReadResult.NotFound<KwokNodeClass> none ->
                new LaunchResult.InsufficientCapacity("KWOKNodeClass " + nodeClassName + " does not exist");
            case ReadResult.Unavailable<KwokNodeClass>(String message) ->
                failed("can't read KWOKNodeClass " + nodeClassName + ": " + message);
        };
    }

    private LaunchResult launchNew(NodeClaim claim, String nodeName, KwokNodeClass nodeClass) {
        String nodeClassName = nodeClass.name();
        for (Condition condition : nodeClass.status().conditions()) {
            if (condition.type().equals("Ready") && condition.isFalse()) {
                return new LaunchResult.NodeClassNotReady(
                        "KWOKNodeClass " + nodeClassName + " is not ready: " + condition.message());
            }
        }
        Duration delay;
        try {
            delay = registrationDelay(nodeClass);
        } catch (IllegalArgumentException e) {
            return failed("KWOKNodeClass " + nodeClassName + ": spec.nodeRegistrationDelay: " + e.getMessage());
        }
        Requirements wanted = Requirements.of(claim.spec().requirements(), Labels.NORMALIZED);
        Requirement wantedTypes = wanted.find(Labels.INSTANCE_TYPE);
        List<InstanceType> listed = types;
        if (wantedTypes != null && !wantedTypes.isComplement()) {
            listed = known(wantedTypes.values());
            if (listed.isEmpty()) {
                return failed("none of the instance types " + wantedTypes.values() + " exists; correct the requirement "
                        + Labels.INSTANCE_TYPE);
            }
        }
        ResourceVector requests = ResourceVector.of(claim.spec().resources().requests());
        OfferingChoice choice = OfferingChoice.cheapest(listed, wanted, requests, tieBreak(claim));
        if (choice == null) {
            return new LaunchResult.InsufficientCapacity("no available offering of " + listed.size()
                    + " instance types satisfies " + wanted + " and holds " + requests);
        }
        Node node = node(claim, nodeName, wanted, requests, choice);
        return new LaunchResult.Launched(machine(boots.start(node, delay)));
    }

    private List<InstanceType> known(Collection<String> names) {
        List<InstanceType> known = new ArrayList<>();
        for (String name : names) {
            InstanceType type = typesByName.get(name);
            if (type != null) {
                known.add(type);
            }
        }
        return known;
    }

    private static Duration registrationDelay(KwokNodeClass nodeClass) {
        String text = nodeClass.spec().nodeRegistrationDelay();
        return text == null ? Duration.ZERO : GoDuration.parse(text);
    }

    private static LaunchResult failed(String message) {
        return new LaunchResult.Failed(LaunchResult.Failed.LAUNCH_FAILED, message);
    }

    private static Node node(
            NodeClaim claim, String nodeName, Requirements wanted, ResourceVector requests, OfferingChoice choice) {
        Map<String, String> nodeLabels = new TreeMap<>(claim.metadata().labels());
        nodeLabels.putAll(choice.labels(wanted));
        nodeLabels.put(
                KwokLabels.INSTANCE_PRICE,
                String.format(Locale.ROOT, "%f", choice.offering().pricePerHourUsd()));
        nodeLabels.put(KwokLabels.PARTITION, PARTITION);
        nodeLabels.put(KwokLabels.FAKE_NODE, KwokLabels.FAKE);
        nodeLabels.put(Labels.HOSTNAME, shortened(claim.name(), LONGEST_LABEL_VALUE));
        ResourceVector capacity = requests.isZero() ? choice.capacity() : requests;
        ResourceVector ofType = choice.allocatable();
        ResourceVector.Builder allocatable = requests.toBuilder();
        ofType.names().forEach(resource -> allocatable.set(resource, ofType.get(resource)));
        return simulated(claim, nodeName, nodeLabels, capacity, allocatable.build());
    }

    private static Node simulated(
            NodeClaim claim,
            String nodeName,
            Map<String, String> nodeLabels,
            ResourceVector capacity,
            ResourceVector allocatable) {
        Map<String, String> annotations = new TreeMap<>(claim.metadata().annotations());
        annotations.put(KwokLabels.FAKE_NODE, KwokLabels.FAKE);
        annotations.put(KwokLabels.NODE_CLAIM_NAME, claim.name());
        annotations.put(KwokLabels.NODE_CLAIM_UID, claim.metadata().uid());
        return new Node(
                ObjectMeta.named(nodeName).withLabels(nodeLabels).withAnnotations(annotations),
                PROVIDER_ID_PREFIX + nodeName,
                false,
                List.of(Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE)),
                capacity,
                allocatable,
                List.of());
    }

    private static Machine machine(Node node) {
        String claimName = node.metadata().annotations().get(KwokLabels.NODE_CLAIM_NAME);
        return new Machine(
                node.providerId(),
                "",
                claimName == null ? node.metadata().labels().getOrDefault(Labels.HOSTNAME, "") : claimName,
                node.metadata().labels(),
                node.metadata().annotations(),
                node.capacity().quantities(),
                node.allocatable().quantities(),
                node.metadata().deleting());
    }

    @Override
    public TerminateResult terminate(NodeClaim claim) {
        String providerId = claim.status().providerID();
        if (!providerId.isEmpty() && !providerId.startsWith(PROVIDER_ID_PREFIX)) {
            return new TerminateResult.Gone();
        }
        String nodeName = providerId.isEmpty() ? nodeName(claim) : nodeName(providerId);
        boots.stop(nodeName);
        return switch (nodes.get(nodeName)) {
            case ReadResult.NotFound<Node> none -> new TerminateResult.Gone();
            case ReadResult.Unavailable<Node>(String message) ->
                new TerminateResult.Failed("can't read node " + nodeName + ": " + message);
            case ReadResult.Found<Node>(Node node) -> gone(node) ? new TerminateResult.Gone() : delete(node);
        };
    }

    private TerminateResult delete(Node node) {
        return switch (nodeWriter.delete(node)) {
            case WriteResult.Written<Node> written -> afterDelete(node);
            case WriteResult.NotFound<Node> none -> new TerminateResult.Gone();
            case WriteResult.Conflict<Node> changed -> new TerminateResult.Accepted();
            case WriteResult.AlreadyExists<Node> never -> new TerminateResult.Accepted();
            case WriteResult.Refused<Node>(int status, String message) ->
                new TerminateResult.Failed("the API server refuses to delete node " + node.name() + " with status "
                        + status + ": " + message);
            case WriteResult.Unavailable<Node>(String message, Duration retryAfter) ->
                new TerminateResult.Failed("can't delete node " + node.name() + ": " + message);
        };
    }

    private TerminateResult afterDelete(Node node) {
        return switch (nodes.get(node.name())) {
            case ReadResult.NotFound<Node> none -> new TerminateResult.Gone();
            case ReadResult.Found<Node>(Node left) ->
                gone(left) ? new TerminateResult.Gone() : new TerminateResult.Accepted();
            case ReadResult.Unavailable<Node> unknown -> new TerminateResult.Accepted();
        };
    }

    /** Whether nothing of ours runs under this Node: its machine was stopped, or it never was our machine. */
    private static boolean gone(Node node) {
        return node.metadata().deleting() || !ours(node);
    }

    @Override
    public LookupResult get(String providerId) {
        if (!providerId.startsWith(PROVIDER_ID_PREFIX)) {
            return new LookupResult.Gone();
        }
        String nodeName = nodeName(providerId);
        Node booting = boots.find(nodeName);
        if (booting != null) {
            return new LookupResult.Found(machine(booting));
        }
        return switch (nodes.get(nodeName)) {
            case ReadResult.Found<Node>(Node node) ->
                gone(node) ? new LookupResult.Gone() : new LookupResult.Found(machine(node));
            case ReadResult.Unavailable<Node>(String message) ->
                new LookupResult.Failed("can't read node " + nodeName + ": " + message);
            case ReadResult.NotFound<Node> none -> {
                resume(Set.of(), nodeName);
                Node resumed = boots.find(nodeName);
                yield resumed == null ? new LookupResult.Gone() : new LookupResult.Found(machine(resumed));
            }
        };
    }

    @Override
    public ListResult list() {
        List<Node> booting =
                boots.all(); // before the nodes, so that one that appears meanwhile is in one list at least
        return switch (nodes.list()) {
            case ReadResult.Found<List<Node>>(List<Node> all) -> new ListResult.Listed(machines(all, booting));
            case ReadResult.NotFound<List<Node>> none -> new ListResult.Listed(machines(List.of(), booting));
            case ReadResult.Unavailable<List<Node>>(String message) ->
                new ListResult.Failed("can't list nodes: " + message);
        };
    }

    private List<Machine> machines(List<Node> all, List<Node> booting) {
        Map<String, Node> byName = new TreeMap<>();
        booting.forEach(node -> byName.put(node.name(), node));
        all.forEach(node -> byName.put(node.name(), node));
        resume(byName.keySet(), null);
        boots.all().forEach(node -> byName.putIfAbsent(node.name(), node));
        return byName.values().stream()
                .filter(KwokCloudProvider::ours)
                .map(KwokCloudProvider::machine)
                .toList();
    }

    /**
     * Creates the Nodes of machines that were launched before a restart and never got theirs. Call once the NodeClaims are
     * listed; calling it again does no harm.
     */
    public void resume() {
        if (list() instanceof ListResult.Failed(String message)) {
            LOG.warn("Can't look for machines without a node yet, will do with the next listing: {}", message);
        }
    }

    /**
     * Boots launched, unregistered claims anew.
     *
     * @param existing names of nodes that exist
     * @param onlyNode the one node to look for, null for all
     */
    private void resume(Set<String> existing, @Nullable String onlyNode) {
        for (NodeClaim claim : claims.get()) {
            String providerId = claim.status().providerID();
            if (!providerId.startsWith(PROVIDER_ID_PREFIX)
                    || claim.metadata().deleting()
                    || claim.isTrue(NodeClaim.REGISTERED)) {
                continue;
            }
            String nodeName = nodeName(providerId);
            if (existing.contains(nodeName)
                    || (onlyNode != null && !onlyNode.equals(nodeName))
                    || boots.find(nodeName) != null) {
                continue;
            }
            LOG.info("Node {} of launched NodeClaim {} does not exist; creating it", nodeName, claim.name());
            boots.start(
                    simulated(
                            claim,
                            nodeName,
                            claim.metadata().labels(),
                            ResourceVector.of(claim.status().capacity()),
                            ResourceVector.of(claim.status().allocatable())),
                    remainingDelay(claim));
        }
    }

    private Duration remainingDelay(NodeClaim claim) {
        Condition launched = claim.condition(NodeClaim.LAUNCHED);
        if (launched == null
                || launched.lastTransitionTime() == null
                || !(nodeClasses.apply(claim.spec().nodeClassRef().name())
                        instanceof ReadResult.Found<KwokNodeClass>(KwokNodeClass nodeClass))) {
            return Duration.ZERO;
        }
        try {
            return registrationDelay(nodeClass).minus(Duration.between(launched.lastTransitionTime(), time.instant()));
        } catch (IllegalArgumentException | DateTimeException e) {
            return Duration.ZERO; // the delay became unreadable since; the machine is late already
        }
    }

    /**
     * Whether this provider (or upstream's, before a switch) made the node: a provider id of ours alone proves nothing, other
     * tools simulate nodes with KWOK too.
     */
    private static boolean ours(Node node) {
        return node.providerId().equals(PROVIDER_ID_PREFIX + node.name())
                && (node.metadata().annotations().containsKey(KwokLabels.NODE_CLAIM_UID)
                        || node.metadata().labels().containsKey(KwokLabels.NODE_CLASS));
    }

    /** The name of the claim's machine; legal as object name and as label value. */
    static String nodeName(NodeClaim claim) {
        if (claim.metadata().uid().isEmpty()) {
            throw new IllegalArgumentException("NodeClaim " + claim.name() + " has no uid; launch only stored claims");
        }
        return "kwok-" + shortened(claim.name().toLowerCase(Locale.ROOT), LONGEST_NAME_PART) + "-"
                + HexFormat.of().formatHex(digest(claim), 0, 5);
    }

    private static String nodeName(String providerId) {
        return providerId.substring(PROVIDER_ID_PREFIX.length());
    }

    private static String shortened(String name, int longest) {
        String cut = name.length() <= longest ? name : name.substring(0, longest);
        int end = cut.length();
        while (end > 0 && !Character.isLetterOrDigit(cut.charAt(end - 1))) {
            end--;
        }
        return cut.substring(0, end);
    }

    private static int tieBreak(NodeClaim claim) {
        return ByteBuffer.wrap(digest(claim)).getInt();
    }

    private static byte[] digest(NodeClaim claim) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(claim.metadata().uid().getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
