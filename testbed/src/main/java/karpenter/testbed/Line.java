package karpenter.testbed;

import java.time.Duration;

/** How the line between client and server is: slow, one-way, dead. All methods may be called from any thread. */
final class Line {
    private boolean refuse;
    private boolean hold;
    private boolean open;
    private Duration latency = Duration.ZERO;

    synchronized void refuse(boolean newRefuse) {
        refuse = newRefuse;
    }

    synchronized boolean refuses() {
        return refuse;
    }

    synchronized void delay(Duration newLatency) {
        latency = newLatency;
    }

    synchronized void hold(boolean newHold) {
        hold = newHold;
        notifyAll();
    }

    /** Lets all go that waits, for the proxy ends. */
    synchronized void open() {
        open = true;
        notifyAll();
    }

    /** Returns when a request that came now has travelled. */
    synchronized void delayed() throws InterruptedException {
        long end = System.nanoTime() + latency.toNanos();
        for (long left = latency.toNanos(); left > 0 && !open; left = end - System.nanoTime()) {
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
    }

    /** Returns when watches are not held. */
    synchronized void released() throws InterruptedException {
        while (hold && !open) {
            wait();
        }
    }
}
