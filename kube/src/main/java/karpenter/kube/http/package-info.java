/**
 * HTTP to the API server: who we are, one call with a deadline, one stream with a patience. fabric8's client does accounts,
 * TLS and token refresh; this package adds rate limit, concurrency limit and metrics, and turns every outcome that can be
 * expected into data. Called from virtual threads, which it blocks; the HTTP client itself works on virtual threads and one
 * selector thread.
 */
@NullMarked
package karpenter.kube.http;

import org.jspecify.annotations.NullMarked;
