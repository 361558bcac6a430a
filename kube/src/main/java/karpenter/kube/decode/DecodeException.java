package karpenter.kube.decode;

/** A field of an object is not what Kubernetes allows there. */
public final class DecodeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;

    /**
     * @param path the field, {@code Pod default/web: spec.priority} for example
     * @param problem what it is and what it should be
     */
    DecodeException(String path, String problem) {
        super(path + ": " + problem);
        this.path = path;
    }

    /** The object and the field in it. */
    public String path() {
        return path;
    }
}
