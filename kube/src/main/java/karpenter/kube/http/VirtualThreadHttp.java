package karpenter.kube.http;

import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientImpl;
import java.net.http.HttpClient;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The JDK's HTTP client for one fabric8 client, on virtual threads instead of a pool that grows with each request. */
final class VirtualThreadHttp extends JdkHttpClientFactory {
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-", 0).factory());

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
        return HttpClient.newBuilder().executor(threads);
    }

    @Override
    protected void closeHttpClient(JdkHttpClientImpl client) {
        threads.shutdownNow();
    }
}
