package karpenter.runtime;

/** The one key of a controller that has nothing to choose between: a loop over the whole cluster. */
public enum Singleton {
    /** The key. */
    INSTANCE
}
