package karpenter.core.scheduling;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import karpenter.core.cluster.PodShape.HostPort;

/**
 * Ports of a node that pods take for themselves. Two clash when number and protocol are equal and the addresses are too or one
 * of them means every address. Immutable; equal sets are equal.
 *
 * @param taken in normal form: TCP for no protocol, the empty address for every address; ascending
 */
record HostPorts(List<HostPort> taken) {
    static final HostPorts NONE = new HostPorts(List.of());

    private static final Comparator<HostPort> ORDER = Comparator.comparingInt(HostPort::port)
            .thenComparing(HostPort::protocol)
            .thenComparing(HostPort::hostIp);

    static HostPorts of(Collection<HostPort> written) {
        return written.isEmpty()
                ? NONE
                : sorted(written.stream().map(HostPorts::normal).toList());
    }

    private static HostPorts sorted(Collection<HostPort> ports) {
        TreeSet<HostPort> ordered = new TreeSet<>(ORDER);
        ordered.addAll(ports);
        return new HostPorts(List.copyOf(ordered));
    }

    private static HostPort normal(HostPort port) {
        boolean everywhere = port.hostIp().isEmpty()
                || port.hostIp().equals("0.0.0.0")
                || port.hostIp().equals("::");
        return new HostPort(
                everywhere ? "" : port.hostIp(), port.port(), port.protocol().isEmpty() ? "TCP" : port.protocol());
    }

    boolean isEmpty() {
        return taken.isEmpty();
    }

    HostPorts and(HostPorts others) {
        if (others.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return others;
        }
        TreeSet<HostPort> all = new TreeSet<>(ORDER);
        all.addAll(taken);
        all.addAll(others.taken);
        return new HostPorts(List.copyOf(all));
    }

    boolean clashWith(HostPorts others) {
        for (HostPort mine : taken) {
            for (HostPort theirs : others.taken) {
                if (mine.port() == theirs.port()
                        && mine.protocol().equals(theirs.protocol())
                        && (mine.hostIp().isEmpty()
                                || theirs.hostIp().isEmpty()
                                || mine.hostIp().equals(theirs.hostIp()))) {
                    return true;
                }
            }
        }
        return false;
    }
}
