package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// probe asks the components of one cluster how they are.
type probe struct {
	client *http.Client
	token  string
}

func newProbe(caCert []byte, adminToken string) probe {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(caCert)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		// A kept connection would outlive a stopped API server and hide that it
		// is back or gone.
		DisableKeepAlives: true,
		// Loopback never goes through a proxy the environment names.
		Proxy: nil,
	}
	return probe{&http.Client{Transport: transport, Timeout: 5 * time.Second}, adminToken}
}

// do returns the body of a 200 answer, any other is an error.
func (p probe) do(ctx context.Context, method, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(url, "https:") {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s %s answers %d: %s", method, url, response.StatusCode, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}

// ok returns a check that all URLs answer 200.
func (p probe) ok(urls ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, url := range urls {
			if _, err := p.do(ctx, http.MethodGet, url); err != nil {
				return err
			}
		}
		return nil
	}
}
