/**
 * What users' dashboards see of pods, nodes and pools, under upstream's names and labels, and how cloud calls are measured.
 * From the image (a snapshot at each scrape, deltas for durations) to the registry. Gauges are computed by the thread that
 * scrapes; deltas arrive on the watch's threads. Nothing here decides anything.
 */
@NullMarked
package karpenter.controllers.metrics;

import org.jspecify.annotations.NullMarked;
