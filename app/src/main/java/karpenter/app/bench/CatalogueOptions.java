package karpenter.app.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where shapes and prices come from, and how much is measured. */
final class CatalogueOptions {
    @Option(
            names = "--prices",
            paramLabel = "FILE",
            description = "Prices as CSV, instance_type,usd_per_hour with a heading. Without it, a model's.")
    private @Nullable Path prices;

    @Option(
            names = "--shapes",
            paramLabel = "FILE",
            description = "Shapes as CSV, instance_type,cores,memory_mib,pods with a heading. Without it, a model's.")
    private @Nullable Path shapes;

    @Option(names = "--quick", description = "Fewer and smaller problems, for use during work.")
    private boolean quick;

    @Option(names = "--json", description = "Print the figures as JSON in the last line.")
    private boolean json;

    Catalogue catalogue() {
        return Catalogue.read(shapes, prices);
    }

    boolean quick() {
        return quick;
    }

    boolean json() {
        return json;
    }
}
