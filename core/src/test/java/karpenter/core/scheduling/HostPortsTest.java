package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which ports of a node exclude each other. */
class HostPortsTest {
    private static HostPorts port(String ip, int port, String protocol) {
        return HostPorts.of(List.of(new HostPort(ip, port, protocol)));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 80, TCP, 10.0.0.1, 80, TCP, true",
        "10.0.0.1, 80, TCP, 10.0.0.2, 80, TCP, false",
        "10.0.0.1, 80, TCP, 10.0.0.1, 81, TCP, false",
        "10.0.0.1, 80, TCP, 10.0.0.1, 80, UDP, false",
        "10.0.0.1, 80, '', 10.0.0.1, 80, TCP, true",
        "'', 80, TCP, 10.0.0.1, 80, TCP, true",
        "0.0.0.0, 80, TCP, 10.0.0.1, 80, TCP, true",
        "'::', 80, TCP, 10.0.0.1, 80, TCP, true",
        "'', 80, TCP, 10.0.0.1, 81, TCP, false"
    })
    @Covers("pkg/scheduling: host port conflicts")
    void clashOnOneAddressPortAndProtocolOrOnEveryAddress(
            String ip, int port, String protocol, String otherIp, int otherPort, String otherProtocol, boolean clash) {
        HostPorts one = port(ip, port, protocol);
        HostPorts other = port(otherIp, otherPort, otherProtocol);
        assertThat(one.clashWith(other)).isEqualTo(clash);
        assertThat(other.clashWith(one)).isEqualTo(clash);
    }

    @Test
    void clashWhenAnyOfTheirPortsDo() {
        HostPorts several = port("", 80, "TCP").and(port("", 443, "TCP"));
        assertThat(several.clashWith(port("", 22, "TCP").and(port("", 443, "TCP"))))
                .isTrue();
        assertThat(several.clashWith(port("", 22, "TCP"))).isFalse();
        assertThat(several.clashWith(HostPorts.NONE)).isFalse();
    }

    @Test
    void areEqualHoweverTheyAreWritten() {
        HostPort web = new HostPort("0.0.0.0", 80, "");
        HostPort dns = new HostPort("10.0.0.1", 53, "UDP");
        assertThat(HostPorts.of(List.of(web, dns, web)))
                .isEqualTo(HostPorts.of(List.of(dns, new HostPort("::", 80, "TCP"))));
        assertThat(HostPorts.of(List.of())).isSameAs(HostPorts.NONE);
    }

    @Test
    void joinWithoutRepetition() {
        HostPorts web = port("", 80, "TCP");
        HostPorts dns = port("", 53, "UDP");
        assertThat(web.and(HostPorts.NONE)).isSameAs(web);
        assertThat(HostPorts.NONE.and(web)).isSameAs(web);
        assertThat(web.and(dns)).isEqualTo(dns.and(web));
        assertThat(web.and(dns).and(web).taken()).hasSize(2);
        assertThat(Stream.of(web, HostPorts.NONE).map(HostPorts::isEmpty)).containsExactly(false, true);
    }
}
