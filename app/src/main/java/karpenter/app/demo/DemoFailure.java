package karpenter.app.demo;

/** The demo can't go on: which step failed, what should have happened, what happened instead. */
final class DemoFailure extends RuntimeException {
    private final String step;

    DemoFailure(String step, String expected, String found) {
        super("failed: " + step + "\n  expected: " + expected + "\n  found: "
                + found.strip().replace("\n", "\n    "));
        this.step = step;
    }

    String step() {
        return step;
    }
}
