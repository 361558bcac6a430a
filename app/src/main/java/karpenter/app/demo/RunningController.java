package karpenter.app.demo;

import java.time.Duration;

/** The controller under observation. */
interface RunningController {
    boolean alive();

    /** The end of its log. */
    String tail();

    /** Highest anonymous + shared resident memory seen, in MiB; 0 where the system does not say. */
    long peakRssMib();

    /** CPU time used so far, user and system. */
    Duration cpu();
}
