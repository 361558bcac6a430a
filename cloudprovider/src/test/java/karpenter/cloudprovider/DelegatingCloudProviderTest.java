package karpenter.cloudprovider;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import karpenter.core.scheduling.UnsupportedVolumes;
import org.junit.jupiter.api.Test;

final class DelegatingCloudProviderTest {
    private static final UnsupportedVolumes UNSUPPORTED = new UnsupportedVolumes(Set.of("example.com/disk"), Set.of());

    @Test
    void passesOnEverythingThatAProviderCanSay() {
        List<String> missing = new ArrayList<>();
        for (Method method : CloudProvider.class.getMethods()) {
            // What it manages follows from its NodeClasses.
            boolean derived =
                    Modifier.isStatic(method.getModifiers()) || method.getName().equals("manages");
            if (!derived && !isDeclared(method)) {
                missing.add(method.toString());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean isDeclared(Method wanted) {
        return Arrays.stream(DelegatingCloudProvider.class.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals(wanted.getName())
                        && Arrays.equals(method.getParameterTypes(), wanted.getParameterTypes()));
    }

    @Test
    void overlaysDontHideWhatStorageIsUnsupported() {
        CloudProvider provider = (CloudProvider) Proxy.newProxyInstance(
                CloudProvider.class.getClassLoader(),
                new Class<?>[] {CloudProvider.class},
                (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("unsupportedVolumes");
                    return UNSUPPORTED;
                });
        assertThat(new OverlaidCloudProvider(provider).unsupportedVolumes()).isEqualTo(UNSUPPORTED);
    }
}
