package karpenter.app;

import karpenter.app.options.BuildVersion;
import picocli.CommandLine;

/** What {@code karpenter --version} prints. */
final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"karpenter " + BuildVersion.version()};
    }
}
